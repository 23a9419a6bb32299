"""The result of an evaluation, for a terminal."""

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from stream_service.commands.display.plain_text import one_line
from stream_service.commands.evaluation.metrics import (
    accuracy,
    calibration_error,
    macro_f1,
    reliability,
    shares,
    trade_offs,
)
from stream_service.commands.evaluation.result import Result
from stream_service.contracts.analysis import Category

MIXED = 0.5
"""A confidence below it can only come of more than two categories that are near each other."""


def renderables(result: Result) -> Iterator[RenderableType]:
    """The tables, one after the other."""
    yield _files(result)
    yield _reliability(result)
    yield _trade_off(result)
    yield Text(_summary(result))


def _files(result: Result) -> Table:
    table = Table("file", "rows", "accuracy", "macro F1", "calibration error", box=SIMPLE_HEAD)
    for category in Category:
        table.add_column(f"as {category.value}")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, rows in result.files.items():
        answers = [sum(row.category is category for row in rows) for category in Category]
        table.add_row(
            Text(one_line(name)),
            str(len(rows)),
            f"{accuracy(rows):.3f}",
            f"{macro_f1(rows):.3f}",
            f"{calibration_error(rows):.3f}",
            *map(str, answers),
        )
    return table


def _reliability(result: Result) -> Table:
    table = Table("confidence", "rows", "mean", "right", title="reliability", box=SIMPLE_HEAD)
    for one in reliability(result.rows):
        table.add_row(
            f"{one.low:.1f} to {one.high:.1f}",
            str(one.rows),
            f"{one.confidence:.3f}",
            f"{one.accuracy:.3f}",
        )
    return table


def _trade_off(result: Result) -> Table:
    table = Table(
        "least confidence",
        "to a person",
        "sent in a wrong category",
        title="what other thresholds would give",
        box=SIMPLE_HEAD,
    )
    for one in trade_offs(result.rows):
        if one.threshold >= MIXED:
            table.add_row(
                f"{one.threshold:.2f}",
                f"{one.review_share:.1%}",
                f"{one.wrong_auto_reply_share:.1%}",
            )
    return table


def _summary(result: Result) -> str:
    review_share, wrong_share = shares(result.rows)
    cost = "of unknown price" if result.cost_usd is None else f"{result.cost_usd:.4f} USD"
    left_out = sum(sum(labels.values()) for labels in result.left_out.values())
    not_counted = f", {left_out} rows of other labels not counted" if left_out else ""
    return (
        f"{one_line(result.model)}, playbook {one_line(result.playbook_version)}: "
        f"{len(result.rows)} rows in {result.seconds:.1f} s "
        f"({result.events_per_s:.1f} a second), {cost}{not_counted}\n"
        f"to a person for want of certainty {review_share:.1%}, "
        f"sent in a wrong category {wrong_share:.1%}"
    )
