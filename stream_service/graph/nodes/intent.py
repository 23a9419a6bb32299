"""intent: what a question is after."""

from langgraph.runtime import Runtime

from stream_service.analysis.analyst import AnalystFailed, Judged, Reading, Similar
from stream_service.graph.context import Context
from stream_service.graph.nodes.completing import with_finding, with_note
from stream_service.graph.state import State, Update

INTENT_MISSING_NOTE = "intent_missing"
UNKNOWN_INTENT_NOTE = "intent_outside_taxonomy"

LEAST_LIKENESS = 0.2
"""To an example, from which it seconds an intent that the model names: one example is always the
likest. An FAQ entry needs as much to be believed by the playbook's own line."""

MAX_INTENT_CHARACTERS = 60
"""The playbook's own names are no longer; a model might write an essay."""


async def intent(state: State, runtime: Runtime[Context]) -> Update:
    """Take the reading's intent if the playbook knows it, else ask for one; compare the question
    with those of the playbook. Where a model's certainty is unknown, the local analyst's helps."""
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
    elif confidence is None:
        confidence = await _seconded(context, state["feedback"].text, analysis.language, name)
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


async def _seconded(context: Context, text: str, language: str, name: str) -> float | None:
    # Not every endpoint tells how probable its model's words are, and the playbook's answers need
    # it. The local analyst takes up to 50 ms of a core for that.
    try:
        found = await context.branch.intent(text, language)
    except AnalystFailed:
        # The model has answered: how sure it is stays unknown.
        return None
    other = Judged(value=normalised(found.value), confidence=found.confidence)
    agreed = _agreed(name, other) or _agreed(name, await _likest_example(context, text, name))
    if agreed is not None:
        return agreed.confidence
    # The surer the other one is, the less is left.
    return None if other.confidence is None else (1 - other.confidence) / 2


async def _likest_example(context: Context, text: str, name: str) -> Judged[str] | None:
    # The classifier does not know the playbook's own intents: they are known by their examples.
    if context.matcher is None or not context.playbook.file.intents[name].examples:
        return None
    try:
        likest = (await context.matcher.similar(text)).intent
    except AnalystFailed:
        return None
    return likest if likest and (likest.confidence or 0) >= LEAST_LIKENESS else None


def normalised(name: str) -> str:
    """Return an intent's name as the playbook writes them."""
    words = "".join(c if c.isalnum() else " " for c in name.casefold()).split()
    return "_".join(words)[:MAX_INTENT_CHARACTERS]
