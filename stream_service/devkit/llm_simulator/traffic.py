"""What the simulator has been asked, counted."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from stream_service.devkit.llm_simulator.faults import Fault

LATEST_KEPT = 1_000
"""Requests that are kept whole for a test to look at; the counts go on without a bound."""

GOOD = "good"
REFUSED = "refused"
"""The request itself was wrong, or beyond what the endpoint is able to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """One request as it came."""

    headers: Mapping[str, str]
    """Upper and lower case of a name are one."""
    raw_body: bytes
    text: str
    """The customer's text that was found in it."""
    attempt: int
    """1 for the first request about that text."""
    fault: Fault | None

    @property
    def body(self) -> dict[str, Any]:
        """The body's JSON object; read anew each time."""
        return orjson.loads(self.raw_body)


@dataclass(slots=True)
class Traffic:
    """Counts since the start."""

    total: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    abandoned: int = 0
    """The client went away before its answer."""
    by_kind: Counter[str] = field(default_factory=Counter[str])
    """By what became of the request: a Fault, ``good`` or ``refused``."""
    by_format: Counter[str] = field(default_factory=Counter[str])
    """By response format: text, json_object, json_schema; refused ones are not in it."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    """Of all answers that had usage, or would have."""
    latest: deque[ReceivedRequest] = field(
        default_factory=lambda: deque[ReceivedRequest](maxlen=LATEST_KEPT)
    )

    def begin(self) -> None:
        """A request has come."""
        self.total += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def end(self) -> None:
        """A request has been answered, or given up."""
        self.in_flight -= 1

    def counts(self) -> dict[str, Any]:
        """Everything but the requests themselves, as JSON."""
        return {
            "total": self.total,
            "in_flight": self.in_flight,
            "most_in_flight": self.most_in_flight,
            "abandoned": self.abandoned,
            "by_kind": dict(self.by_kind),
            "by_format": dict(self.by_format),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
        }
