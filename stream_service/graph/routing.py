"""Which node comes next.

Every function is total: LangGraph ends a run silently on an unknown route. They are coroutines,
because LangGraph runs plain functions on the shared default executor.
"""

from typing import Literal

from stream_service.contracts.analysis import Category
from stream_service.graph.state import State

Branch = Literal["sentiment", "keywords", "intent", "draft"]
Ending = Literal["auto_reply", "human_review"]

BRANCHES: tuple[Branch, ...] = ("sentiment", "keywords", "intent", "draft")
ENDINGS: tuple[Ending, ...] = ("auto_reply", "human_review")


async def branch_of(state: State) -> Branch:
    """The branch of the analysis' category; what is none of the three goes straight to a draft."""
    analysis = state.get("analysis")
    match analysis.category if analysis else None:
        case Category.COMPLAINT:
            return "sentiment"
        case Category.PRAISE:
            return "keywords"
        case Category.QUESTION:
            return "intent"
        case _:
            return "draft"


async def ending_of(state: State) -> Ending:
    """``auto_reply`` only for a guarded draft that nothing speaks against."""
    return "auto_reply" if state.get("reasons") == () and state.get("draft") else "human_review"
