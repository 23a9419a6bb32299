"""CPU an event of a worker that nobody watches, of one that is measured, and of one that is traced.

The same process, the same broker, the same events, in turns: a machine that is busy for a while is
so for all of them. The worker judges by its graph and the local analyst's quick encoder, as it is
delivered without a language model and its cost an event is lowest, so that the shares are highest.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from stream_service.assembly import graph_judge
from stream_service.contracts.events import event_record
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.observe.judge_observation import JudgeObservation
from stream_service.observe.observers import StreamObservers
from stream_service.observe.worker_observation import WorkerObservation, observed_worker
from stream_service.settings import Settings, load_settings
from stream_service.streaming.judging.intake import Intake
from stream_service.streaming.judging.judge import Judge
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition
from stream_service.worker import observation_options, stream_consumer
from tests.support.cluster import Cluster
from tests.support.feedback import TEXTS
from tests.support.judges import EchoJudge
from tests.support.waiting import until

UNWATCHED, MEASURED, TRACED = "unwatched", "measured", "traced"
VARIANTS = (UNWATCHED, MEASURED, TRACED)

SAMPLING_RATIO = 0.1
PARTITIONS = 2
WARM_UP = 200

_SCRAPER = (sys.executable, "-m", "benchmarks.observability.scraper")

_TIMEOUT_S = 300.0


@dataclass(slots=True)
class Measured:
    """Every run's figures, by variant."""

    cpu_ms: dict[str, list[float]] = field(
        default_factory=lambda: {variant: [] for variant in VARIANTS}
    )
    scrapes_ms: list[float] = field(default_factory=list[float])

    def share(self, of: str, over: str) -> float:
        """The median over all rounds of what ``of`` takes more than ``over``, as a share of it."""
        pairs = zip(self.cpu_ms[of], self.cpu_ms[over], strict=True)
        return statistics.median(more / less - 1 for more, less in pairs)

    def scrape_ms(self, share: float) -> float:
        """The scrape that so many others were quicker than."""
        ordered = sorted(self.scrapes_ms)
        return ordered[min(len(ordered) - 1, round(share * len(ordered)))]

    def median_ms(self, variant: str) -> float:
        """Milliseconds an event."""
        return statistics.median(self.cpu_ms[variant])


class _Progress(StreamObserver):
    def __init__(self) -> None:
        self.done = 0
        self.sessions = 0

    def session_started(self, partition: Partition, frontier: int, completed_ahead: int) -> None:
        self.sessions += 1

    def outcome_published(self, partition: Partition, outcome: Outcome) -> None:
        self.done += 1


async def measure_workers(
    servers: str, collector: str, *, events: int, rounds: int, with_graph: bool
) -> Measured:
    """Let each variant work off ``events``, ``rounds`` times in turns.

    ``with_graph``: judged as delivered; without it by a judge that costs next to nothing.
    """
    measured = Measured()
    for number in range(rounds):
        for place in range(len(VARIANTS)):
            # Whoever comes first in a round comes later in the next one.
            variant = VARIANTS[(number + place) % len(VARIANTS)]
            cluster = Cluster(servers, Topics(f"b{uuid4().hex[:12]}."))
            await cluster.create_topics(partitions=PARTITIONS)
            settings = _settings(cluster, collector, traced=variant == TRACED)
            async with (
                _watching(variant, settings) as observation,
                _judging(settings, observation, with_graph=with_graph) as judge,
            ):
                run = _Run(cluster, settings, observation, observation.traced(judge))
                measured.cpu_ms[variant].append(await run.cpu_ms_per_event(events))
                measured.scrapes_ms += run.scrapes_ms
    return measured


def _settings(cluster: Cluster, collector: str, *, traced: bool) -> Settings:
    return load_settings(
        [
            f"kafka.bootstrap_servers={cluster.bootstrap_servers}",
            f"topics.prefix={cluster.topics.prefix}",
            f"consumer.group_id={cluster.topics.prefix}workers",
            "local.encoder=universal",
            "metrics.port=0",
            f"tracing.enabled={str(traced).lower()}",
            f"tracing.sampling_ratio={SAMPLING_RATIO}",
            f"tracing.endpoint={collector}",
        ]
    )


@asynccontextmanager
async def _watching(variant: str, settings: Settings) -> AsyncGenerator[WorkerObservation]:
    if variant == UNWATCHED:
        yield WorkerObservation(stream=StreamObserver(), judge=JudgeObservation())
        return
    async with observed_worker(observation_options(settings)) as observation:
        yield observation


@asynccontextmanager
async def _judging(
    settings: Settings, observation: WorkerObservation, *, with_graph: bool
) -> AsyncGenerator[Judge]:
    if not with_graph:
        yield EchoJudge()
        return
    async with graph_judge(settings, observation=observation.judge) as judge:
        yield judge


class _Run:
    """One worker, from its start to its end."""

    def __init__(
        self, cluster: Cluster, settings: Settings, observation: WorkerObservation, judge: Judge
    ) -> None:
        self.scrapes_ms: list[float] = []
        self._cluster = cluster
        self._port = observation.port
        self._progress = _Progress()
        self._intake = Intake()
        self._consumer = stream_consumer(
            settings, judge, StreamObservers((observation.stream, self._progress)), self._intake
        )

    async def cpu_ms_per_event(self, events: int) -> float:
        """This process's CPU while the worker works off a backlog, start and end left out."""
        stop = asyncio.Event()
        working = asyncio.create_task(self._consumer.run(stop))
        progress = self._progress
        await until(lambda: progress.sessions == 2 * PARTITIONS, "sessions", timeout_s=60)
        await self._cluster.publish(_events(self._cluster, range(WARM_UP)))
        await until(lambda: progress.done == WARM_UP, "the warm-up", timeout_s=_TIMEOUT_S)
        # Published while nothing is taken, so that publishing is not in the figure.
        self._intake.pause()
        all_events = WARM_UP + events
        await self._cluster.publish(_events(self._cluster, range(WARM_UP, all_events)))
        async with self._scraped():
            before = time.process_time()
            self._intake.resume()
            await until(lambda: progress.done == all_events, "all outcomes", timeout_s=_TIMEOUT_S)
            cpu_s = time.process_time() - before
        stop.set()
        await working
        return cpu_s * 1000 / events

    @asynccontextmanager
    async def _scraped(self) -> AsyncGenerator[None]:
        """Scrape from another process: within this one, the asking would wait for its turn too."""
        if self._port is None:
            yield
            return
        scraper = await asyncio.create_subprocess_exec(
            *_SCRAPER, str(self._port), stdout=asyncio.subprocess.PIPE
        )
        try:
            yield
        finally:
            scraper.terminate()
            told, _ = await scraper.communicate()
            self.scrapes_ms += map(float, told.split())


def _events(cluster: Cluster, numbers: Iterable[int]) -> list[OutputRecord]:
    return [
        event_record(
            cluster.topics.events,
            FeedbackEvent(
                event_id=f"e{number}",
                customer_id=f"c{number % 997}",
                text=f"{TEXTS[number % len(TEXTS)]} {number}",
            ),
            datetime.now(UTC),
        )
        for number in numbers
    ]
