"""join: what was found side by side becomes one analysis."""

from langgraph.runtime import Runtime

from stream_service.analysis.analyst import Judged, Language, Reading
from stream_service.contracts.analysis import (
    Analysis,
    Category,
    Enrichment,
    EnrichmentStatus,
    FieldConfidence,
    Urgency,
)
from stream_service.graph.context import Context
from stream_service.graph.nodes.text_findings import summary_of, text_findings
from stream_service.graph.state import State, Update
from stream_service.playbook.playbook import Playbook

_NOBODY_ASKED = Enrichment(status=EnrichmentStatus.OFF)

UNKNOWN_CATEGORY_NOTE = "category_unknown"
LANGUAGE_DISPUTED_NOTE = "language_disputed"

_UNDETERMINED = Language(code="und", confidence=None)

_MEASURED_AT_LEAST = 0.5
"""Certainty from which the measured language says something of the text; below, a single word or
the publisher's hint has guessed it, and whoever has read the text knows better."""


async def join(state: State, runtime: Runtime[Context]) -> Update:
    """Build the analysis of what the analyst read and what was measured."""
    reading, measured = state["reading"], state["language"]
    category, notes = _category(reading, state.get("notes", ()))
    language = reading.language or measured
    if _is_disputed(language, measured, runtime.context.playbook):
        # One of the two errs, and a reply in the wrong language would be worse than a late one:
        # in a language that nobody can tell, a person answers.
        language, notes = _UNDETERMINED, (*notes, LANGUAGE_DISPUTED_NOTE)
    text = state["feedback"].text
    details, named = await text_findings(text, language.code, runtime.context)
    return {
        "analysis": Analysis(
            language=language.code,
            category=category.value,
            sentiment=reading.sentiment.value if reading.sentiment else None,
            keywords=reading.keywords.value if reading.keywords else (),
            intent=reading.intent.value if reading.intent else None,
            urgency=reading.urgency or Urgency.NORMAL,
            personal_data=details,
            entities=reading.entities or named,
            summary=reading.summary or summary_of(text),
            measures=state["measures"],
            enrichment=state.get("enrichment", _NOBODY_ASKED),
            confidence=_confidence(reading, language, category),
            notes=tuple(dict.fromkeys(notes)),
        )
    }


def _is_disputed(read: Language, measured: Language, playbook: Playbook) -> bool:
    if read.code in {measured.code, "und"} or measured == _UNDETERMINED:
        return False
    if measured.confidence is not None and measured.confidence < _MEASURED_AT_LEAST:
        return False
    # Cantonese and Chinese, say, are answered alike.
    answered = playbook.reply_language(read.code)
    return answered is None or answered != playbook.reply_language(measured.code)


def _category(reading: Reading, notes: tuple[str, ...]) -> tuple[Judged[Category], tuple[str, ...]]:
    # An analyst that answers outside the four categories has found none of them.
    try:
        category = Category(reading.category.value)
    except ValueError:
        return Judged(value=Category.OTHER), (*notes, UNKNOWN_CATEGORY_NOTE)
    return Judged(value=category, confidence=reading.category.confidence), notes


def _confidence(
    reading: Reading, language: Language, category: Judged[Category]
) -> FieldConfidence:
    return FieldConfidence(
        language=language.confidence,
        category=category.confidence,
        sentiment=reading.sentiment.confidence if reading.sentiment else None,
        keywords=reading.keywords.confidence if reading.keywords else None,
        intent=reading.intent.confidence if reading.intent else None,
    )
