"""One input topic of the consumer, and who works on it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from stream_service.streaming.judging.handler import HandlerFactory
from stream_service.streaming.judging.slots import JudgeSlots


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A topic with its handler and a limit of its own, so that no topic waits for another."""

    topic: str
    new_handler: HandlerFactory
    slots: JudgeSlots
    outputs: tuple[str, ...]
    """The topics that its outcomes go to."""
    copartitioned: str | None = None
    """A topic that must have as many partitions."""
    duplicate_offsets: int = 0
    """How many offsets back an identity is looked for."""
    read_again_offsets: int | None = None
    """How many of the last offsets are worked on again where a log was cut short under its commit.
    None: all that is left, for whom that does no harm."""
    aclose: Callable[[], Awaitable[None]] | None = None
    """Gives back what the handlers share, once no session is left."""
