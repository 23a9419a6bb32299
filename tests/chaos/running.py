"""One run: feed, disturb, wait until all is committed, compare."""

import asyncio
import time
from collections.abc import Sequence
from uuid import uuid4

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from tests.chaos.checker import Findings, Input, check, repeated_numbers
from tests.chaos.director import Director
from tests.chaos.evidence import Evidence
from tests.chaos.feeder import Feeder
from tests.chaos.ledger import Entry, code_version
from tests.chaos.pool import STOP_TIMEOUT_S, WorkerPool
from tests.chaos.probe import Probe
from tests.chaos.schedule import SESSION_TIMEOUT_S, SETTLE_S, STALLED_AFTER_S, Plan
from tests.chaos.worker import WorkerSettings, program_of
from tests.support.cluster import Cluster
from tests.support.endless_tasks import end

RSS_LIMIT_MB = 300
"""A worker takes 90 MB before its first event; what is in flight is some megabytes."""

_OVERHEAD_S = 120.0
"""Bound on all that is neither faults nor settling: topics, restarts under way, reading back."""

_BEGIN_S = 20.0
"""Most that the first fault waits for the workers to be under way."""


def duration_limit_s(plan: Plan) -> float:
    """Bound on a whole run."""
    return plan.seconds + SETTLE_S + STOP_TIMEOUT_S + _OVERHEAD_S


class ChaosRun:
    """A plan, carried out on a cluster that others may use before and after."""

    def __init__(self, plan: Plan, kafka: EmbeddedKafka) -> None:
        prefix = f"chaos{plan.seed}-{uuid4().hex[:8]}."
        self._plan = plan
        self._kafka = kafka
        self._cluster = Cluster(kafka.bootstrap_servers, Topics(prefix))
        self._group_id = f"{prefix}workers"
        self._evidence = Evidence(f"chaos-{plan.seed}", str(plan))
        self._probe = Probe(self._cluster, self._group_id, plan.partitions)
        self._pool = WorkerPool(
            program_of(
                WorkerSettings(
                    bootstrap_servers=kafka.bootstrap_servers,
                    group_id=self._group_id,
                    topic_prefix=prefix,
                    session_timeout_s=SESSION_TIMEOUT_S,
                    in_flight=plan.in_flight,
                    window_events=plan.window_events,
                    workload=plan.workload,
                    clock_jumps_s=plan.clock_jumps_s,
                    static_members=plan.static_members,
                )
            ),
            self._evidence.folder,
            self._evidence.tell,
        )

    async def carry_out(self) -> Entry:
        """Run it all; nothing of it is left behind, whatever happens."""
        began = time.monotonic()
        keep = True
        try:
            async with asyncio.timeout(duration_limit_s(self._plan)):
                settled_s = await self._disturb_and_settle()
                findings, inputs = await self._compare()
            entry = self._entry(findings, inputs, time.monotonic() - began, settled_s)
            keep = not entry.passed
            if keep:
                self._evidence.keep(findings, self._pool.complaints, inputs)
                print(f"seed {self._plan.seed} failed; evidence: {self._evidence.folder}")
            return entry
        except TimeoutError:
            print(f"seed {self._plan.seed} took too long; evidence: {self._evidence.folder}")
            self._pool.complain("the run took too long")
            return self._entry(Findings(), [], time.monotonic() - began, -1)
        finally:
            self._pool.reap()
            self._evidence.close(keep=keep)

    async def _disturb_and_settle(self) -> float:
        plan, tell = self._plan, self._evidence.tell
        await self._cluster.create_topics(partitions=plan.partitions)
        events = self._cluster.topics.events
        director = Director(
            kafka=self._kafka,
            pool=self._pool,
            probe=self._probe,
            group_id=self._group_id,
            transactional_ids=[
                f"{self._group_id}.{events}.{number}" for number in range(plan.partitions)
            ],
            workers=plan.workers,
            tell=tell,
        )
        feeder = Feeder(self._cluster.connection, self._cluster.topics, plan.workload, tell)
        fed = asyncio.Event()
        watching = asyncio.create_task(self._pool.watch())
        feeding = asyncio.create_task(feeder.run(fed))
        try:
            for _ in range(plan.workers):
                self._pool.start()
            await self._pool.wait_until_working(_BEGIN_S)
            await director.run(plan.faults, plan.seconds)
            fed.set()
            await feeding
            began = time.monotonic()
            progress, done = await self._probe.wait_until_done(
                SETTLE_S, STALLED_AFTER_S + 2 * plan.slowest_s
            )
            settled_s = time.monotonic() - began
            if not done:
                await self._pool.ask_where_they_stand()
                self._pool.complain(f"not done after {settled_s:.0f} s: {dict(progress)}")
            tell(f"settled: {done}, after {settled_s:.1f} s")
            await self._pool.stop()
            return settled_s
        finally:
            for task in (watching, feeding):
                await end(task)

    async def _compare(self) -> tuple[Findings, Sequence[Input]]:
        inputs = await self._probe.inputs(self._plan.workload)
        outputs = await self._probe.outputs()
        progress, _ = await self._probe.wait_until_done(20, 20)
        if again := repeated_numbers(inputs):
            self._pool.complain(f"the feeder published numbers twice: {again[:10]}")
        return check(inputs, outputs, progress), inputs

    def _entry(
        self, findings: Findings, inputs: Sequence[Input], seconds: float, settled_s: float
    ) -> Entry:
        if self._pool.peak_rss_mb > RSS_LIMIT_MB:
            self._pool.complain(f"a worker took {self._pool.peak_rss_mb:.0f} MB")
        if len(inputs) < self._plan.workload.events_per_s:
            self._pool.complain(f"only {len(inputs)} events arrived")
        wrong = [*self._pool.complaints]
        if not findings.faultless:
            wrong.append("outputs or commits are wrong")
        return Entry(
            seed=self._plan.seed,
            kinds=self._plan.kinds,
            brokers=self._plan.brokers,
            faults=len(self._plan.faults),
            events=len(inputs),
            lost=len(findings.lost),
            duplicated=len(findings.duplicated),
            out_of_order=len(findings.out_of_order),
            seconds=round(seconds, 1),
            settled_s=round(settled_s, 1),
            peak_rss_mb=round(self._pool.peak_rss_mb, 1),
            commit=code_version(),
            verdict="; ".join(wrong) or "passed",
        )
