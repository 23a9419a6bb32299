"""keywords: what a praising customer speaks of."""

from langgraph.runtime import Runtime

from stream_service.analysis.analyst import AnalystFailed
from stream_service.contracts.analysis import Keyword
from stream_service.graph.context import Context
from stream_service.graph.nodes.completing import with_finding, with_note
from stream_service.graph.state import State, Update
from stream_service.playbook.folding import fold

KEYWORDS_MISSING_NOTE = "keywords_missing"

MAX_KEYWORDS = 10
"""More do not tell anything apart, and every one goes into the record."""


async def keywords(state: State, runtime: Runtime[Context]) -> Update:
    """Keep the reading's keywords that the text really has; ask for some where none is left."""
    analysis, text = state["analysis"], state["feedback"].text
    found = standing_in(text, analysis.keywords)
    if found:
        return {"analysis": analysis.model_copy(update={"keywords": found})}
    try:
        judged = await runtime.context.branch.keywords(text, analysis.language)
    except AnalystFailed:
        # Thanks can be said without them.
        return {
            "analysis": with_note(
                with_finding(analysis, "keywords", (), None), KEYWORDS_MISSING_NOTE
            )
        }
    found = judged.value[:MAX_KEYWORDS]
    return {"analysis": with_finding(analysis, "keywords", found, judged.confidence)}


def standing_in(text: str, candidates: tuple[Keyword, ...]) -> tuple[Keyword, ...]:
    """The keywords that stand in ``text``, each once: a model makes some up."""
    folded = fold(text)
    unique = {fold(keyword.text): keyword for keyword in reversed(candidates)}
    return tuple(
        keyword for spelling, keyword in reversed(unique.items()) if spelling and spelling in folded
    )[:MAX_KEYWORDS]
