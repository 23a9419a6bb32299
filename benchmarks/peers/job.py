"""What a worker of any contender is given to do."""

import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from typing import Protocol

from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.topics import Topics

Handle = Callable[[InputRecord], Awaitable[OutputRecord]]
"""Makes an event's record the record that is to be published for it."""

Published = Callable[[int], None]
"""Called with the number of records whose outputs the broker has just confirmed."""


LOADED = "loaded"
"""What a worker writes to standard output once its judge is there."""


def uncounted(_count: int) -> None:
    """For whoever counts the outputs elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Where events come from, where outputs go, and how much is worked on at once."""

    bootstrap_servers: str
    topic_prefix: str
    group_id: str
    in_flight: int
    partitions: int
    slot: int = 0
    """Which of the workers this is: a worker that is started again has the same."""
    session_timeout_s: float = 10.0

    @property
    def topics(self) -> Topics:
        """The topics' names."""
        return Topics(self.topic_prefix)

    @property
    def session_timeout_ms(self) -> int:
        """As the clients take it."""
        return round(self.session_timeout_s * 1000)

    @property
    def heartbeat_interval_ms(self) -> int:
        """A third of the session's time-out, as Kafka's documentation advises."""
        return self.session_timeout_ms // 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerTask:
    """A worker process's whole task."""

    contender: str
    job: Job
    model_url: str
    slow_s: float = 0.0
    """How long each event with the slow words takes beside its call of the model."""
    waits_s: float | None = None
    """Where it is given there is no judge: each event waits so long instead."""

    def to_json(self) -> str:
        """As the process takes it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "WorkerTask":
        """The same task again."""
        fields = json.loads(text)
        return cls(job=Job(**fields.pop("job")), **fields)


class AsyncContender(Protocol):
    """A way of consuming, handling and publishing on asyncio."""

    def __call__(
        self, job: Job, handle: Handle, published: Published
    ) -> AbstractAsyncContextManager[object]:
        """Run for the block, and raise in it what ends the contender."""
        ...
