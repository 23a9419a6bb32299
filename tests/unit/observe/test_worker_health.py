"""Liveness is the poll loop's heartbeat, readiness is partitions and a broker."""

from prometheus_client import CollectorRegistry

from stream_service.observe.broker_probe import BrokerProbe
from stream_service.observe.metrics.partitions import OwnedPartitions
from stream_service.observe.model_health import ModelHealth
from stream_service.observe.worker_health import WorkerHealth
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.partition import Partition

PLACE = Partition("feedback.events", 0)


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class _Probe(BrokerProbe):
    """A probe whose broker is as the test says."""

    def __init__(self) -> None:
        super().__init__(KafkaConnection(bootstrap_servers="127.0.0.1:1"))
        self.answers = True

    @property
    def is_reachable(self) -> bool:
        return self.answers


def _health() -> tuple[WorkerHealth, OwnedPartitions, _Clock, _Probe]:
    partitions, clock, probe = OwnedPartitions(CollectorRegistry()), _Clock(), _Probe()
    health = WorkerHealth(partitions, probe, ModelHealth(), live_within_s=60, clock=clock)
    return health, partitions, clock, probe


def test_a_poll_loop_that_goes_round_is_live_and_one_that_hangs_is_not() -> None:
    health, _, clock, _ = _health()
    clock.now += 1_000
    assert health().live, "it starts"
    health.polled()
    clock.now += 59
    assert health().live
    clock.now += 2
    assert not health().live
    health.polled()
    assert health().live


def test_failed_sessions_do_not_ask_for_a_restart() -> None:
    """O14: a commit failure in a rebalance fails liveness (smallrye#866)."""
    health, partitions, _, _ = _health()
    health.polled()
    partitions.assigned(frozenset({PLACE}))
    health.session_failed(PLACE, FailureReason.FENCED, "ProducerFenced")
    partitions.session_over(PLACE)
    now = health()
    assert now.live
    assert not now.ready
    assert now.details["partitions"]["last_session_failure"] == {
        "partition": "feedback.events-0",
        "reason": "fenced",
    }


def test_partitions_that_nobody_leads_are_named_and_ask_for_no_restart() -> None:
    health, partitions, _, _ = _health()
    health.polled()
    partitions.assigned(frozenset({PLACE}))
    partitions.session_started(PLACE, 7)
    assert health().details["partitions"]["without_leader"] == []
    health.partitions_without_leader(frozenset({PLACE}))
    now = health()
    assert now.details["partitions"]["without_leader"] == ["feedback.events-0"]
    assert now.live
    assert now.ready
    health.partitions_without_leader(frozenset())
    assert health().details["partitions"]["without_leader"] == []


def test_ready_needs_a_session_and_a_broker() -> None:
    health, partitions, _, probe = _health()
    health.polled()
    assert not health().ready
    partitions.assigned(frozenset({PLACE}))
    partitions.session_started(PLACE, 7)
    assert health().ready
    probe.answers = False
    assert not health().ready
    assert health().live
    probe.answers = True
    partitions.revoked(frozenset({PLACE}))
    assert not health().ready
