"""measure: which language the text is in, and the counts over it."""

from functools import partial

from langgraph.runtime import Runtime

from stream_service.analysis.analyst import AnalystFailed, Language
from stream_service.graph.context import Context
from stream_service.graph.measures import measure_text
from stream_service.graph.state import State, Update

UNKNOWN_LANGUAGE = Language(code="und", confidence=None)


async def measure(state: State, runtime: Runtime[Context]) -> Update:
    """Tell the language and count; beside the reading, so that neither waits for the other."""
    context = runtime.context
    feedback = state["feedback"]
    notes: tuple[str, ...] = ()
    try:
        language = await context.branch.language(feedback.text, feedback.language_hint)
    except AnalystFailed:
        # The reading may name the language still; if not, the event goes to a person.
        language, notes = UNKNOWN_LANGUAGE, ("language_missing",)
    measures = await context.pool.run(
        len(feedback.text),
        partial(measure_text, feedback.text, language.code, context.split_words),
    )
    return {"language": language, "measures": measures, "notes": notes}
