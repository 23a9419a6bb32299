"""``stream-service analyze``: the graph alone, on one text."""

import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream_service.assembly import graph_judge
from stream_service.commands.process.failures import CommandFailed
from stream_service.commands.process.running import run
from stream_service.contracts.codec import encode, validate
from stream_service.contracts.events import refuse_empty_text
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.reply import Reply
from stream_service.contracts.verdict import Verdict
from stream_service.settings import Settings


def analyze_text(
    settings: Settings,
    *,
    text: str,
    rating: int | None,
    language: str | None,
    product: str | None,
    as_json: bool,
) -> None:
    """Judge ``text`` and print the outcome. Raises CommandFailed for a text that is no feedback."""
    if text == "-":
        text = _standard_input()
    given = {
        "event_id": "analyze",
        "text": text,
        "rating": rating,
        "language": language,
        "product": product,
    }
    try:
        refuse_empty_text(text)
        event = validate(FeedbackEvent, given)
    except InvalidRecord as error:
        raise CommandFailed(error.message) from None

    async def main() -> Verdict:
        async with graph_judge(settings) as judge:
            source = Source(topic="analyze", partition=0, offset=0)
            return await judge(event, source, datetime.now(UTC))

    verdict = run(main())
    if as_json:
        sys.stdout.write(encode(verdict).decode() + "\n")
    else:
        Console().print(_table(verdict))


def _standard_input() -> str:
    """All of it, in UTF-8 whatever the locale says. Raises CommandFailed."""
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] - None where it is closed
        raise CommandFailed("standard input is closed; give the text as an argument")
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandFailed(
            f"standard input is not UTF-8 at byte {error.start}; save it as UTF-8"
        ) from None


def _table(verdict: Verdict) -> Table:
    analysis = verdict.analysis
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(overflow="fold")

    def row(name: str, value: object) -> None:
        # Text and not markup: brackets in what a customer wrote are theirs.
        table.add_row(Text(name, style="bold"), Text(str(value)))

    row("category", _with_confidence(analysis.category.value, analysis.confidence.category))
    row("language", _with_confidence(analysis.language, analysis.confidence.language))
    if analysis.sentiment is not None:
        row("sentiment", f"{analysis.sentiment.label.value} ({analysis.sentiment.score:+.2f})")
        aspects = ", ".join(f"{a.aspect} {a.label.value}" for a in analysis.sentiment.aspects)
        if aspects:
            row("aspects", aspects)
    if analysis.keywords:
        row("keywords", ", ".join(keyword.text for keyword in analysis.keywords))
    if analysis.intent is not None:
        row("intent", _with_confidence(analysis.intent, analysis.confidence.intent))
    row("urgency", analysis.urgency.value)
    if isinstance(verdict, Reply):
        row("outcome", "reply")
        row("strategy", verdict.strategy)
        row("text", verdict.text)
    else:
        row("outcome", "review: " + ", ".join(reason.value for reason in verdict.reasons))
        row("priority", f"{verdict.priority.value}, due {verdict.due_at:%Y-%m-%d %H:%M %Z}")
        row("strategy", verdict.action_request.args.strategy)
        row("draft", verdict.action_request.args.text or "(none)")
    row("analyst", f"{verdict.provenance.analyst} ({verdict.provenance.model})")
    if verdict.provenance.degraded_reason is not None:
        row("degraded", f"no answer of the language model: {verdict.provenance.degraded_reason}")
    row("time", f"{verdict.timings.judgement_ms:.0f} ms")
    return table


def _with_confidence(value: str, confidence: float | None) -> str:
    return value if confidence is None else f"{value} ({confidence:.0%})"
