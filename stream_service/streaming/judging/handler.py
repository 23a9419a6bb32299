"""What a session asks of whoever works on its records."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from stream_service.contracts.record import InputRecord
from stream_service.streaming.offsets.duplicates import Identity
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A decoded record, ready to be worked on."""

    run: Callable[[], Coroutine[Any, Any, Outcome]]
    """Works on it once. May be called again after a failure; when cancelled nothing runs on."""
    identity: Identity | None = None
    """By which a duplicate is known; None where duplicates are none of the transport's affair."""
    may_outlive_session: bool = False
    """Whether its outcome depends on the record alone, so that another session may take it over."""


class RecordHandler(Protocol):
    """Works on the records of one partition, for one session after another."""

    async def start(self) -> None:
        """Get ready, once the partition is ours alone and before a session's first record.

        What it has done in a session before is committed, all of it. Raises SessionFailed.
        """
        ...

    def read(self, record: InputRecord) -> Work:
        """Decode ``record``. Raises InvalidRecord."""
        ...


class HandlerFactory(Protocol):
    """Makes the handler of a partition."""

    def __call__(self, partition: Partition, partitions: int) -> RecordHandler:
        """Called for a session that goes on with no other's handler, before it begins.

        ``partitions`` is how many the topic has.
        """
        ...
