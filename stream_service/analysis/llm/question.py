"""A question to the model, and the run of asking it."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.meter import Meter

Role = Literal["system", "user", "assistant"]
Message = tuple[Role, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerForm:
    """What an answer must look like."""

    name: str
    schema: Mapping[str, Any]
    """JSON Schema in the subset that OpenAI calls strict."""
    check: Callable[[str], None]
    """Raises InvalidAnswer for a text that is no such answer."""
    tells_category: bool = False
    """Whether the category stands in it, whose tokens' probabilities are then worth their bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked. Equal ``cache_key`` means equal answer."""

    fixed: tuple[Message, ...] = ()
    """What is the same for every event, and comes first."""
    messages: tuple[Message, ...]
    """What is this event's own."""
    form: AnswerForm
    cache_key: str
    input_tokens: int
    """Estimated; the rate bucket and the budget reckon with it before the endpoint has counted."""
    max_output_tokens: int


class Deadline:
    """How long may be worked on an event. Its clock stands still while nothing can be done."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._end = now() + seconds

    @property
    def remaining_s(self) -> float:
        """Seconds left, 0 at the least."""
        return max(0.0, self._end - self._now())

    @contextmanager
    def stopped(self) -> Generator[None]:
        """Stop the clock: what is waited for is our own turn or the end of an outage."""
        began = self._now()
        try:
            yield
        finally:
            self._end += self._now() - began


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One event's asking: its time and what it has cost so far."""

    deadline: Deadline
    meter: Meter = field(default_factory=Meter)


class Ask(Protocol):
    """A link of the chain."""

    async def __call__(self, question: Question, run: Run) -> Completion:
        """Answer ``question``. Raises LlmError."""
        ...
