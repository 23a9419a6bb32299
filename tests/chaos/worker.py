"""A worker process of a run: the engine with a judge that takes its time by the event's number.

``python -m tests.chaos.worker <settings as JSON>``. It says what happens on standard error, a JSON
object a line. SIGTERM and SIGINT stop it, SIGUSR1 makes its clock
jump, SIGUSR2 makes it write where its tasks stand.
"""

import asyncio
import ctypes
import json
import logging
import os
import signal
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

import uvloop

from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.topics import Topics
from stream_service.contracts.verdict import Verdict
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.consumer import StreamConsumer
from stream_service.streaming.dead_letters import DeadLetters
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.input_topics import decisions_subscription, events_subscription
from stream_service.streaming.judging.retry import RetryPolicy
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition
from tests.chaos.clock import JumpingClock
from tests.chaos.pool import PLACE, WorkerProgram
from tests.chaos.workload import Workload, number_of
from tests.support.judges import verdict_on

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What a worker is told; the same for all workers of a run."""

    bootstrap_servers: str
    group_id: str
    topic_prefix: str
    session_timeout_s: float
    in_flight: int
    window_events: int
    workload: Workload
    clock_jumps_s: tuple[float, ...]
    static_members: bool
    """Each has its place's ``group.instance.id``, and leaves it at a stop alone."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "WorkerSettings":
        fields = cast(dict[str, Any], json.loads(text))
        workload = Workload(**fields.pop("workload"))
        return cls(workload=workload, **fields)


def program_of(settings: WorkerSettings) -> WorkerProgram:
    """What the pool starts; a worker works when an outcome of its was confirmed."""
    command = (sys.executable, "-m", "tests.chaos.worker", settings.to_json())
    return WorkerProgram(command, begun=b'"begun"', working=b'"published"')


class PacedJudge:
    """Takes as long, and raises as often, as the event's fate says."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._attempts: Counter[int] = Counter()

    async def __call__(
        self, event: FeedbackEvent, source: Source, received_at: datetime
    ) -> Verdict:
        number = number_of(event.event_id or "")
        fate = self._workload.fate_of(number)
        await asyncio.sleep(fate.latency_s)
        if fate.failures is None:
            raise RuntimeError("poison")
        if self._attempts[number] < fate.failures:
            self._attempts[number] += 1
            raise RuntimeError("not yet")
        return verdict_on(event, source, received_at)


def _name(partition: Partition) -> str:
    """``0`` is an events partition, ``decisions-0`` one of the decisions."""
    kind = partition.topic.rpartition(".")[2]
    return str(partition.number) if kind == "events" else f"decisions-{partition.number}"


class Journal(StreamObserver):
    """Writes what the engine tells, each line at once: the process may be killed at any time."""

    def __init__(self) -> None:
        self._time = time.time

    def write(self, what: str, **fields: object) -> None:
        line = {"at": round(self._time(), 3), "what": what, **fields}
        sys.stderr.write(json.dumps(line, default=str) + "\n")
        sys.stderr.flush()

    def partitions_assigned(self, partitions: frozenset[Partition]) -> None:
        self.write("assigned", partitions=sorted(map(_name, partitions)))

    def partitions_revoked(self, partitions: frozenset[Partition]) -> None:
        self.write("revoked", partitions=sorted(map(_name, partitions)))

    def session_started(self, partition: Partition, frontier: int, completed_ahead: int) -> None:
        self.write(
            "session_started", partition=_name(partition), frontier=frontier, ahead=completed_ahead
        )

    def session_ended(self, partition: Partition) -> None:
        self.write("session_ended", partition=_name(partition))

    def session_failed(self, partition: Partition, reason: FailureReason, detail: str) -> None:
        self.write("session_failed", partition=_name(partition), reason=reason.value, detail=detail)

    def offset_map_unreadable(self, partition: Partition, detail: str) -> None:
        self.write("offset_map_unreadable", partition=_name(partition), detail=detail)

    def outcome_published(self, partition: Partition, outcome: Outcome) -> None:
        self.write("published", partition=_name(partition), offset=outcome.offset)

    def committed(self, partition: Partition, frontier: int, duration_s: float) -> None:
        self.write(
            "committed",
            partition=_name(partition),
            frontier=frontier,
            seconds=round(duration_s, 3),
        )

    def poll_failed(self, error: str) -> None:
        self.write("poll_failed", error=error)


def print_tasks() -> None:
    """Write where every task stands: asked of a worker that hangs."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stderr)
    sys.stderr.flush()


async def run(settings: WorkerSettings, journal: Journal, clock: JumpingClock) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, clock.jump)
    loop.add_signal_handler(signal.SIGUSR2, print_tasks)
    connection = KafkaConnection(bootstrap_servers=settings.bootstrap_servers)
    topics = Topics(settings.topic_prefix)
    limits = StreamLimits(
        in_flight=settings.in_flight,
        window_events=settings.window_events,
        session_timeout_s=settings.session_timeout_s,
        drain_timeout_s=settings.session_timeout_s / 3,
        retry=RetryPolicy(attempts=3, first_delay_s=0.1, max_delay_s=0.5),
    )
    consumer = StreamConsumer(
        connection=connection,
        group_id=settings.group_id,
        subscriptions=(
            events_subscription(PacedJudge(settings.workload), topics, limits),
            decisions_subscription(connection, topics),
        ),
        dead_letters=DeadLetters(topics.dead_letters),
        limits=limits,
        observer=journal,
        group_instance_id=f"place-{os.environ[PLACE]}" if settings.static_members else None,
        leave_at_stop=settings.static_members,
    )
    journal.write("begun", pid=os.getpid())
    await consumer.run(stop)
    journal.write("stopped")


def main() -> None:
    parent = os.getppid()
    # Whatever ends the run, a worker that is frozen included, no worker outlives it.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")
    settings = WorkerSettings.from_json(sys.argv[1])
    journal = Journal()
    clock = JumpingClock(settings.clock_jumps_s)
    clock.install()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(settings, journal, clock))


if __name__ == "__main__":
    main()
