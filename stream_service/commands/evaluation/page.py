"""The result of an evaluation as one HTML page with pictures; it fetches nothing."""

import html
from collections.abc import Mapping, Sequence

from stream_service.commands.evaluation.metrics import (
    Bin,
    Judged,
    TradeOff,
    accuracy,
    confusion,
    macro_f1,
    reliability,
    shares,
    trade_offs,
)
from stream_service.commands.evaluation.result import Result
from stream_service.contracts.analysis import Category

SIDE = 320
"""Length of a picture's side, in pixels."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2933; --soft: #9aa5b1; --bar: #2b6cb0; --bad: #c05621;
  --ground: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --soft: #616e7c; --bar: #63a4e8;
  --bad: #ed8936; --ground: #12181f; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground);
  max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; }
th, td { padding: 0.25rem 0.7rem; text-align: right; border-bottom: 1px solid var(--soft); }
th:first-child, td:first-child { text-align: left; }
.row { display: flex; flex-wrap: wrap; gap: 2.5rem; }
svg text { fill: var(--ink); font-size: 11px; }
"""


def page(result: Result) -> str:
    """The whole page."""
    review_share, wrong_share = shares(result.rows)
    model = html.escape(result.model)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Evaluation of {model}</title>"
        f"<style>{_STYLE}</style><h1>Evaluation of {model}</h1>"
        f"<p>{len(result.rows)} rows, {result.events_per_s:.1f} a second. To a person for want of "
        f"certainty {review_share:.1%}, sent in a wrong category {wrong_share:.1%}.</p>"
        f"{_files(result)}<div class=row>"
        f"<figure><figcaption>Reliability: how often an answer of a confidence is right"
        f"</figcaption>{_reliability(reliability(result.rows))}</figure>"
        f"<figure><figcaption>Share to a person against share sent in a wrong category"
        f"</figcaption>{_trade_off(trade_offs(result.rows))}</figure></div>"
        f"<h2>Confusion</h2><div class=row>"
        + "".join(_confusion(name, rows) for name, rows in result.files.items())
        + "</div></html>\n"
    )


def _files(result: Result) -> str:
    lines = "".join(
        f"<tr><td>{html.escape(name)}<td>{len(rows)}<td>{accuracy(rows):.3f}"
        f"<td>{macro_f1(rows):.3f}"
        for name, rows in result.files.items()
    )
    return f"<table><tr><th>file<th>rows<th>accuracy<th>macro F1{lines}</table>"


def _reliability(bins: Sequence[Bin]) -> str:
    width = SIDE / 10
    bars = "".join(
        f'<rect x="{one.low * SIDE + 2:.1f}" y="{(1 - one.accuracy) * SIDE:.1f}" '
        f'width="{width - 4:.1f}" height="{one.accuracy * SIDE:.1f}" fill="var(--bar)">'
        f"<title>{one.rows} rows, mean confidence {one.confidence:.3f}, "
        f"right {one.accuracy:.3f}</title></rect>"
        for one in bins
    )
    diagonal = f'<line x1="0" y1="{SIDE}" x2="{SIDE}" y2="0" stroke="var(--bad)"/>'
    return _frame(bars + diagonal, "confidence", "right", 1.0, 1.0)


def _trade_off(curve: Sequence[TradeOff]) -> str:
    most = max((one.wrong_auto_reply_share for one in curve), default=0.0) or 1.0
    points = " ".join(
        f"{one.review_share * SIDE:.1f},{(1 - one.wrong_auto_reply_share / most) * SIDE:.1f}"
        for one in curve
    )
    line = f'<polyline points="{points}" fill="none" stroke="var(--bar)" stroke-width="2"/>'
    return _frame(line, "to a person", "wrong", 1.0, most)


def _frame(content: str, across: str, up: str, most_across: float, most_up: float) -> str:
    return (
        f'<svg viewBox="-45 -15 {SIDE + 60} {SIDE + 55}" width="{SIDE + 60}" role="img">'
        f'<path d="M0 0V{SIDE}H{SIDE}" fill="none" stroke="var(--soft)"/>{content}'
        f'<text x="-40" y="10">{most_up:.0%}</text><text x="-40" y="{SIDE / 2}">{up}</text>'
        f'<text x="-15" y="{SIDE + 15}">0</text><text x="{SIDE / 2}" y="{SIDE + 30}" '
        f'text-anchor="middle">{across}</text><text x="{SIDE}" y="{SIDE + 15}" '
        f'text-anchor="end">{most_across:.0%}</text></svg>'
    )


def _confusion(name: str, rows: Sequence[Judged]) -> str:
    table = confusion(rows)
    head = "".join(f"<th>{category.value}" for category in Category)
    lines = "".join(_confusion_line(label, answers) for label, answers in table.items())
    return (
        f"<table><caption>{html.escape(name)}: label down, answer across</caption>"
        f"<tr><th>{head}{lines}</table>"
    )


def _confusion_line(label: str, answers: Mapping[str, int]) -> str:
    most = sum(answers.values()) or 1
    cells = "".join(
        f'<td style="background: color-mix(in srgb, var(--bar) {count / most:.0%}, transparent)">'
        f"{count}"
        for count in answers.values()
    )
    return f"<tr><td>{label}{cells}"
