"""Whether a worker lives and can do its work."""

import time
from collections.abc import Callable, Mapping, Sequence

from stream_service.observe.broker_probe import BrokerProbe
from stream_service.observe.health import Health
from stream_service.observe.metrics.partitions import OwnedPartitions
from stream_service.observe.model_health import ModelHealth
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.partition import Partition


class WorkerHealth(StreamObserver):
    """Live while the poll loop goes round; ready while partitions are owned and a broker answers.

    Whatever else fails, a commit in a rebalance for one, ends a session that is begun anew: a
    restart would only cause the next rebalance.
    """

    def __init__(
        self,
        partitions: OwnedPartitions,
        broker: BrokerProbe,
        model: ModelHealth,
        *,
        live_within_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``live_within_s``: without a beat for so long the process hangs.

        Until the first beat, which comes once the models are loaded and the group is joined, it
        counts as live.
        """
        self._partitions = partitions
        self._broker = broker
        self._model = model
        self._live_within_s = live_within_s
        self._clock = clock
        self._beat_at: float | None = None
        self._last_failure: Mapping[str, str] | None = None
        self._without_leader: Sequence[str] = []

    def polled(self) -> None:
        """The poll loop has gone round."""
        self._beat_at = self._clock()

    def session_failed(self, partition: Partition, reason: FailureReason, detail: str) -> None:
        """Keep it for people who ask why."""
        self._last_failure = {"partition": str(partition), "reason": reason.value}

    def partitions_without_leader(self, partitions: frozenset[Partition]) -> None:
        """A restart would not help: the other partitions go on."""
        self._without_leader = [str(partition) for partition in sorted(partitions)]

    def __call__(self) -> Health:
        """The present answer."""
        beat_at = self._beat_at
        beat_age_s = None if beat_at is None else self._clock() - beat_at
        sessions, reachable = self._partitions.sessions, self._broker.is_reachable
        return Health(
            live=beat_age_s is None or beat_age_s < self._live_within_s,
            ready=beat_age_s is not None and sessions > 0 and reachable,
            details={
                "poll_loop": {"beat_age_s": beat_age_s, "live_within_s": self._live_within_s},
                "broker": {"reachable": reachable, "brokers": self._broker.brokers},
                "partitions": {
                    "owned": self._partitions.names,
                    "sessions": sessions,
                    "without_leader": self._without_leader,
                    "last_session_failure": self._last_failure,
                },
                "model": dict(self._model()),
            },
        )
