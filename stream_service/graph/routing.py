"""Which node comes next.

Every function is total: LangGraph ends a run silently on an unknown destination. They look at what
the node before them found, so that LangGraph need not put the whole state together for them, which
took a tenth of its time.
"""

from collections.abc import Callable
from typing import Literal

from stream_service.contracts.analysis import Category
from stream_service.graph.state import Update

Branch = Literal["sentiment", "keywords", "intent", "draft"]
Ending = Literal["auto_reply", "human_review"]

BRANCHES: tuple[Branch, ...] = ("sentiment", "keywords", "intent", "draft")
ENDINGS: tuple[Ending, ...] = ("auto_reply", "human_review")

Route = Callable[[Update], Branch | Ending]


def branch_of(joined: Update) -> Branch:
    """The branch of the analysis' category; what is none of the three goes straight to a draft."""
    analysis = joined.get("analysis")
    match analysis.category if analysis else None:
        case Category.COMPLAINT:
            return "sentiment"
        case Category.PRAISE:
            return "keywords"
        case Category.QUESTION:
            return "intent"
        case _:
            return "draft"


def ending_of(guarded: Update) -> Ending:
    """``auto_reply`` only for a guarded draft that nothing speaks against."""
    fit = guarded.get("reasons") == () and guarded.get("draft")
    return "auto_reply" if fit else "human_review"


ROUTES: dict[str, tuple[Route, tuple[Branch | Ending, ...]]] = {
    "join": (branch_of, BRANCHES),
    "guard": (ending_of, ENDINGS),
}
"""By the node after which there is a choice: the function that chooses, and all destinations."""
