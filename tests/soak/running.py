"""One soak: people at work, faults, a quiet end, and the comparison."""

import asyncio
import random
import signal
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict

import orjson

from tests.chaos.checker import check
from tests.chaos.evidence import Evidence
from tests.chaos.probe import Probe
from tests.soak.checker import answered_repeats, check_decisions, split_waiting
from tests.soak.deployment import Deployment, deployed, not_possible
from tests.soak.director import SoakDirector
from tests.soak.gateway import Gateway
from tests.soak.ledger import Promises
from tests.soak.logged import logged_errors
from tests.soak.publishers import Publishers
from tests.soak.quiet_end import (
    console_agrees,
    decisions_published,
    events_and_decisions_done,
    lag_of,
)
from tests.soak.reading_back import read_back
from tests.soak.reviewers import Reviewers
from tests.soak.schedule import MEASURED_FROM, SoakPlan
from tests.soak.verdict import Seen, problems_of
from tests.soak.vitals import VitalSigns
from tests.support.endless_tasks import end

_BEGIN_S = 60.0
"""Most that people wait for the workers to be there."""

_WATCH_S = 0.5
_REVIEWERS_STAY_S = 20.0
"""Longer than publishers: items of the last events are decided too."""

_TELL_S = 60.0


class Soak:
    """A plan that is carried out; what was seen is left in the evidence's folder if it fails."""

    def __init__(self, plan: SoakPlan, texts: Sequence[str]) -> None:
        self._plan = plan
        self._texts = texts
        self._evidence = Evidence(f"soak-{plan.seed}", str(plan))
        self._promises = Promises()
        self._complaints: list[str] = []

    async def carry_out(self) -> Seen:
        """Run it all; nothing of it is left running, whatever happens."""
        keep = True
        print(f"what happens is written to {self._evidence.folder}", flush=True)
        try:
            async with AsyncExitStack() as stack:
                deployment = await stack.enter_async_context(
                    deployed(self._plan, self._evidence.folder, self._evidence.tell)
                )
                seen = await self._lived_through(deployment)
            keep = bool(problems_of(seen))
            return seen
        finally:
            self._evidence.close(keep=keep)

    async def _lived_through(self, deployment: Deployment) -> Seen:
        plan, pool = self._plan, deployment.pool
        topics = deployment.cluster.topics
        probes = {
            name: Probe(deployment.cluster, deployment.group_id, plan.partitions, topic)
            for name, topic in (("events", topics.events), ("decisions", topics.review_decisions))
        }
        director = SoakDirector(plan, deployment, probes["events"], self._evidence.tell)
        vitals = VitalSigns(deployment.vitals, deployment.processes)
        gateway = Gateway(deployment.console.url, random.Random(f"{plan.seed}/gateway"))
        async with AsyncExitStack() as stack:
            stack.push_async_callback(gateway.client.aclose)
            # The first one lives to the end: a leak needs time to show.
            pool.start(spared=True)
            for _ in range(plan.workers - 1):
                pool.start()
            await pool.wait_until_working(_BEGIN_S)
            began = time.monotonic()
            for watching in (
                pool.watch(),
                vitals.watch(),
                self._watch_the_others(deployment, director),
                self._report(deployment, vitals, director, began),
            ):
                stack.push_async_callback(end, asyncio.create_task(watching))
            await self._work(deployment, gateway, director)
            over = time.monotonic()
            self._complain_of(await events_and_decisions_done(probes))
            self._complain_of(await decisions_published(deployment, self._promises))
            self._complain_of(await events_and_decisions_done(probes))
            lag, told = await lag_of(deployment)
            self._complain_of(told)
            self._evidence.tell("the topics are read back")
            when_read, _ = await probes["events"].wait_until_done(20, 20)
            there = await read_back(deployment.cluster)
            self._complain_of(await console_agrees(deployment, there.decided))
            self._evidence.tell("the console was compared with the topics")
            if self._complaints:
                await pool.ask_where_they_stand()
        await self._end(deployment)
        progress, _ = await probes["events"].wait_until_done(20, 20)
        findings, waiting = split_waiting(check(there.inputs, there.outputs, progress), when_read)
        measured = vitals.judged(began + (over - began) * MEASURED_FROM, over)
        self._keep_series(vitals)
        seen = Seen(
            seed=plan.seed,
            minutes=(over - began) / 60,
            events=len(there.inputs),
            decisions=len(there.decided.decisions),
            missing_events=sorted(self._promises.events - set(there.event_ids)),
            answered_repeats=len(answered_repeats(findings, there.repeated)),
            waiting=waiting,
            findings=findings,
            decision_findings=check_decisions(self._promises.decisions, there.decided),
            lag=lag,
            vitals=measured,
            errors=logged_errors(sorted(deployment.logs.iterdir())),
            crashes=dict(gateway.crashes),
            complaints=[*pool.complaints, *self._complaints],
            faults=dict(director.applied),
            not_possible=not_possible(
                has_small_disk=deployment.store.has_small_disk, network=deployment.network
            ),
            requests_given_up=self._promises.given_up,
        )
        if problems_of(seen):
            self._evidence.keep(findings, problems_of(seen), there.inputs)
            decided = f"{seen.decision_findings}\n{seen.missing_events}\n"
            (self._evidence.folder / "decisions.txt").write_text(decided, "utf-8")
        return seen

    async def _work(self, deployment: Deployment, gateway: Gateway, director: SoakDirector) -> None:
        """Everything at once, until the faults are over and people have finished."""
        plan, tell = self._plan, self._evidence.tell
        publishers = Publishers(
            cluster=deployment.cluster,
            gateway=gateway,
            texts=self._texts,
            events_per_s=plan.events_per_s,
            seed=plan.seed,
            promises=self._promises,
            tell=tell,
        )
        reviewers = Reviewers(
            cluster=deployment.cluster,
            gateway=gateway,
            count=plan.reviewers,
            seed=plan.seed,
            promises=self._promises,
            tell=tell,
        )
        enough_published, enough_decided = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as people:
            publishing = people.create_task(publishers.run(enough_published))
            people.create_task(reviewers.run(enough_decided))
            await director.run()
            enough_published.set()
            await publishing
            await asyncio.sleep(_REVIEWERS_STAY_S)
            enough_decided.set()
        tell(f"people have finished; answers: {dict(gateway.answers)}")

    async def _watch_the_others(self, deployment: Deployment, director: SoakDirector) -> None:
        """Complain of a console or an exporter that ends by itself."""
        while True:
            console = deployment.console.process
            if (
                console is not None
                and console.poll() is not None
                and not director.is_ending_console
            ):
                self._complain(f"the console ended by itself with status {console.returncode}")
                await director.start_console()
            if deployment.lag_exporter.poll() is not None:
                self._complain("the lag exporter ended by itself")
                return
            await asyncio.sleep(_WATCH_S)

    async def _report(
        self, deployment: Deployment, vitals: VitalSigns, director: SoakDirector, began: float
    ) -> None:
        """Tell people once a minute how it goes."""
        while True:
            await asyncio.sleep(_TELL_S)
            sizes = ", ".join(f"{name} {mb:.0f}" for name, mb in vitals.latest_mb().items())
            line = (
                f"{(time.monotonic() - began) / 60:.1f} min: {self._promises.sent_events} events "
                f"and {self._promises.sent_decisions} decisions sent, "
                f"{director.applied.total()} faults; MB: {sizes}"
            )
            self._evidence.tell(line)
            print(line, flush=True)

    async def _end(self, deployment: Deployment) -> None:
        """Ask everything to end, and complain of what does not do so well."""
        if (status := await deployment.console.terminate()) != 0:
            self._complain(f"the console ended with status {status}")
        deployment.lag_exporter.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(deployment.lag_exporter.wait, 30)
        if status != 0:
            self._complain(f"the lag exporter ended with status {status}")
        await deployment.pool.stop()

    def _complain_of(self, problems: Sequence[str]) -> None:
        for problem in problems:
            self._complain(problem)

    def _complain(self, what: str) -> None:
        self._complaints.append(what)
        self._evidence.tell(f"COMPLAINT: {what}")

    def _keep_series(self, vitals: VitalSigns) -> None:
        series = {name: asdict(life) for name, life in vitals.series().items()}
        (self._evidence.folder / "vitals.json").write_bytes(orjson.dumps(series))
