"""What breaks first, and which setting to turn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.scaling.brokers import BrokerLoad, broker_load
from benchmarks.scaling.load import Load
from stream_service.settings import Settings

_SETTINGS = Settings()

FULL = 0.7
"""Of what something bears: above it waiting times grow quickly."""

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What the parts bear. Measured figures stand in docs/scaling.md and docs/benchmarks.md."""

    group_transactions_per_s: float
    """Of one group: one thread of one broker writes all its offsets."""
    broker_ms_per_transaction: float
    """CPU of the brokers together, one replica, beyond what they take at rest."""
    broker_cores: int = 8
    connections_per_broker: int = 10_000
    """Beyond it file descriptors and the memory of buffers need an administrator's care."""
    event_cpu_ms: float = 5.6
    """Of a worker, with a language model."""
    in_flight: int = _SETTINGS.consumer.in_flight
    in_flight_bytes: int = 135_000
    worker_bytes: int = 1_024 * _MEBIBYTE - 230_000_000
    """A worker's limit in deploy/kubernetes less what it holds with nothing under way."""
    model_requests_per_minute: float | None = None
    """What the endpoint allows; None where nobody has said."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that may be too little."""

    name: str
    needed: float
    there_is: float
    unit: str
    turn: str

    @property
    def share(self) -> float:
        """Of what there is, how much is needed."""
        return self.needed / self.there_is


def limits_of(load: Load, brokers: BrokerLoad, capacity: Capacity) -> Sequence[Limit]:
    """All of them, the tightest first."""
    per_s = brokers.transactions.per_s
    # By Little's law; calls are not spread evenly, so that a third more must fit.
    in_flight = load.events_per_s * load.judge_s * 4 / 3
    found = [
        Limit(
            "calls of the model in flight",
            in_flight,
            load.workers * capacity.in_flight,
            "calls",
            "consumer.in_flight and llm.concurrency up, or more workers",
        ),
        Limit(
            "memory of events in flight, a worker",
            in_flight / load.workers * capacity.in_flight_bytes / _MEBIBYTE,
            capacity.worker_bytes / _MEBIBYTE,
            "MiB",
            "more workers, or a higher memory limit",
        ),
        Limit(
            "CPU of workers",
            load.events_per_s * capacity.event_cpu_ms / 1000,
            load.workers,
            "cores",
            "more workers, up to one a partition",
        ),
        Limit(
            "workers for the partitions",
            load.workers,
            load.partitions / FULL,
            "workers",
            "topics.partitions",
        ),
        Limit(
            "offsets of the group, all in one partition",
            per_s,
            capacity.group_transactions_per_s,
            "transactions/s",
            "consumer.commit_interval_s up, fewer partitions, or groups of their own",
        ),
        Limit(
            "CPU of brokers for transactions",
            per_s * capacity.broker_ms_per_transaction * load.replicas / 1000,
            load.brokers * capacity.broker_cores,
            "cores",
            "consumer.commit_interval_s up, or more brokers",
        ),
        Limit(
            "connections, a broker",
            brokers.connections / load.brokers,
            capacity.connections_per_broker,
            "connections",
            "fewer partitions, or more brokers",
        ),
    ]
    if capacity.model_requests_per_minute is not None:
        found.append(
            Limit(
                "requests to the model",
                load.events_per_s * 60,
                capacity.model_requests_per_minute,
                "requests/min",
                "a larger quota, a server of your own, or the cache (llm.cache_url)",
            )
        )
    return sorted(found, key=lambda limit: limit.share, reverse=True)


def least_interval_s(load: Load, capacity: Capacity) -> float | None:
    """The least commit interval at which transactions fit; None where none is long enough."""
    for interval_s in (0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10):
        slower = replace(load, commit_interval_s=max(interval_s, load.commit_interval_s))
        limits = limits_of(slower, broker_load(slower), capacity)
        if all(one.share <= FULL for one in limits if "consumer.commit_interval_s" in one.turn):
            return slower.commit_interval_s
    return None
