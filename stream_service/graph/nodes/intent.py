"""intent: what a question is after."""

from langgraph.runtime import Runtime

from stream_service.analysis.analyst import AnalystFailed, Judged, Reading, Similar
from stream_service.graph.context import Context
from stream_service.graph.nodes.completing import with_finding, with_note
from stream_service.graph.state import State, Update

INTENT_MISSING_NOTE = "intent_missing"
UNKNOWN_INTENT_NOTE = "intent_outside_taxonomy"

MAX_INTENT_CHARACTERS = 60
"""The playbook's own names are no longer; a model might write an essay."""


async def intent(state: State, runtime: Runtime[Context]) -> Update:
    """Take the reading's intent if the playbook knows it, else ask for one; compare the question
    with those of the playbook."""
    context, analysis = runtime.context, state["analysis"]
    similar = await _similar(context, state["feedback"].text, state["reading"])
    if similar.faq is not None:
        analysis = with_finding(analysis, "faq", similar.faq.value, similar.faq.confidence)
    own = similar.intent
    least = context.playbook.file.thresholds.intent_example_confidence_at_least
    if own is not None and (own.confidence or 0) >= max(least, analysis.confidence.intent or 0):
        return {"analysis": with_finding(analysis, "intent", own.value, own.confidence)}
    name = normalised(analysis.intent) if analysis.intent else None
    confidence = analysis.confidence.intent
    if name is None or not context.playbook.knows_intent(name):
        try:
            judged = await context.branch.intent(state["feedback"].text, analysis.language)
        except AnalystFailed:
            # What is asked is unknown: the note brings a person in.
            missing = with_finding(analysis, "intent", name, None)
            return {"analysis": with_note(missing, INTENT_MISSING_NOTE)}
        name, confidence = normalised(judged.value), judged.confidence
    completed = with_finding(analysis, "intent", name, confidence)
    if not context.playbook.knows_intent(name):
        completed = with_note(completed, UNKNOWN_INTENT_NOTE)
    return {"analysis": completed}


async def _similar(context: Context, text: str, reading: Reading) -> Similar:
    if context.matcher is None:
        return Similar()
    by_model = reading.analyst == "llm"
    if by_model and reading.faq is None:
        # It was shown the playbook's entries and names none: 50 ms of a core would not find one.
        return Similar()
    try:
        similar = await context.matcher.similar(text)
    except AnalystFailed:
        # Without it the intent's own answer, or a question back, is still to be had.
        return Similar()
    return Similar(faq=_agreed(reading.faq, similar.faq)) if by_model else similar


def _agreed(named: str | None, likest: Judged[str] | None) -> Judged[str] | None:
    # Two who err in different ways and name the same entry are surer than either.
    if likest is None or likest.value != named or likest.confidence is None:
        return None
    return Judged(value=likest.value, confidence=1 - (1 - likest.confidence) / 2)


def normalised(name: str) -> str:
    """Return an intent's name as the playbook writes them."""
    words = "".join(c if c.isalnum() else " " for c in name.casefold()).split()
    return "_".join(words)[:MAX_INTENT_CHARACTERS]
