"""The JSON of a search through dead letters: what is asked, and what was found."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from stream_service.console.gateway.shapes import DeadLetterList, Shape
from stream_service.console.queries.dead_letters import MAX_SEARCH_CHARACTERS
from stream_service.contracts.faults import Fault

_Searched = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_SEARCH_CHARACTERS),
]


class DeadLetterSearch(Shape):
    """Which dead letters are wanted."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"text": "退款", "reason": "not_json", "state": "any", "limit": 20}]
        },
    )

    text: _Searched
    """Stands in the key, the value, the error's message, the first place (``topic
    partition-offset``) or the event id; upper and lower case are the same, every sign stands for
    itself. A value is searched where it is UTF-8, and its first 16,384 characters."""
    reason: Fault | None = None
    state: str = Field(default="open", pattern="^(open|redriven|any)$")
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=1_000)
    """As the page before gave it."""


class DeadLettersFound(DeadLetterList):
    """A page of what was found, the newest first; it may be empty and not be the last."""

    searched_back_to: datetime | None = None
    """One search looks through 10,000 dead letters. Where there are older ones: back to when it
    has looked; ``next_cursor`` searches on."""
