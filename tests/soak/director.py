"""Does to everything what the schedule says."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import httpx

from stream_service.devkit.llm_simulator import Fault as ModelFault
from tests.chaos.director import Director, in_their_time
from tests.chaos.faults import Fault, FaultKind
from tests.chaos.probe import Probe
from tests.soak.deployment import MODEL, Deployment
from tests.soak.schedule import SoakFault, SoakPlan
from tests.soak.surroundings import SurroundingFault

STORM_TURN_S = 4.0
"""A worker as it is in production takes some seconds to load."""

_CONSOLE_STARTS = 5
"""Each waits half a minute."""

_OUTAGES = (
    ModelFault.UNAVAILABLE,
    ModelFault.SERVER_ERROR,
    ModelFault.RESET,
    ModelFault.HANG,
)


class SoakDirector:
    """Applies the plan's faults; when ``run`` returns, everything is whole again."""

    def __init__(
        self, plan: SoakPlan, deployment: Deployment, probe: Probe, tell: Callable[[str], None]
    ) -> None:
        events = deployment.cluster.topics.events
        self._plan = plan
        self._deployment = deployment
        self._tell = tell
        self._engine = Director(
            kafka=deployment.kafka,
            pool=deployment.pool,
            probe=probe,
            group_id=deployment.group_id,
            transactional_ids=[
                f"{deployment.group_id}.{events}.{number}" for number in range(plan.partitions)
            ],
            workers=plan.workers,
            tell=tell,
            storm_turn_s=STORM_TURN_S,
        )
        self._one_outage_at_a_time = asyncio.Lock()
        self._one_slowness_at_a_time = asyncio.Lock()
        self._one_console_death_at_a_time = asyncio.Lock()
        self.applied: Counter[str] = Counter()

    async def run(self) -> None:
        """Apply all faults in their time."""
        await in_their_time(self._plan.faults, self._plan.seconds, self._apply)
        self._engine.make_whole()
        self._tell("the faults are over")

    async def _apply(self, fault: SoakFault) -> None:
        if isinstance(fault.kind, FaultKind):
            await self._engine.apply(cast(Fault[FaultKind], fault))
        elif not await self._apply_around(fault.kind, fault.lasts_s, fault.victim):
            return
        self.applied[fault.kind.value] += 1

    async def _apply_around(self, kind: SurroundingFault, lasts_s: float, victim: float) -> bool:
        """Do it; returns whether this machine could."""
        match kind:
            case SurroundingFault.CONSOLE_KILL:
                await self._kill_console(lasts_s)
            case SurroundingFault.MODEL_OUTAGE:
                await self._end_model(_OUTAGES[int(victim * len(_OUTAGES))], lasts_s)
            case SurroundingFault.DATABASE_RESTART:
                await self._deployment.store.restart(lasts_s, crash=victim < 0.5)
            case SurroundingFault.DISK_FULL if not self._deployment.store.has_small_disk:
                return False
            case SurroundingFault.DISK_FULL:
                await self._deployment.store.starve(lasts_s)
            case SurroundingFault.SLOW_NETWORK:
                await self._slow_network(lasts_s)
        return True

    async def _kill_console(self, down_s: float) -> None:
        async with self._one_console_death_at_a_time:
            self._tell(f"the console SIGKILL, down for {down_s:.1f} s")
            self._deployment.console.kill()
            await asyncio.sleep(down_s)
            await self.start_console()
            self._tell("the console answers")

    @property
    def is_ending_console(self) -> bool:
        """Whether the console is down because of a fault."""
        return self._one_console_death_at_a_time.locked()

    async def start_console(self) -> None:
        """As an orchestrator does: one that does not come up, its database being away, is started
        again."""
        console = self._deployment.console
        async with httpx.AsyncClient(timeout=20) as client:
            for _ in range(_CONSOLE_STARTS):
                try:
                    await console.start(client)
                except AssertionError as error:
                    self._tell(f"the console is started again: {error}")
                    console.kill()
                else:
                    return
            await console.start(client)

    async def _end_model(self, how: ModelFault, lasts_s: float) -> None:
        async with self._one_outage_at_a_time:
            self._tell(f"the model fails by {how.value} for {lasts_s:.1f} s")
            await self._deployment.model.behave(replace(MODEL, faults={how: 1.0}))
            await asyncio.sleep(lasts_s)
            await self._deployment.model.behave(MODEL)
            self._tell("the model answers again")

    async def _slow_network(self, lasts_s: float) -> None:
        async with self._one_slowness_at_a_time:
            network = self._deployment.network
            self._tell(f"slow for {lasts_s:.1f} s: {network.name}")
            await network.slow()
            try:
                await asyncio.sleep(lasts_s)
            finally:
                await network.mend()
            self._tell("the network is as before")
