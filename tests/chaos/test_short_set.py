"""Fixed seeds that together show every kind of fault; long runs: ``python -m tests.chaos many``."""

import asyncio
from dataclasses import dataclass

import pytest

from stream_service.devkit.kafka import EmbeddedKafka
from tests.chaos.faults import OF_BROKERS, FaultKind
from tests.chaos.running import ChaosRun
from tests.chaos.schedule import plan_of


@dataclass(frozen=True)
class Short:
    """One run of the short set."""

    seed: int
    kinds: tuple[FaultKind, ...]
    seconds: float
    brokers: int = 1

    def __str__(self) -> str:
        return f"{self.seed}-{'+'.join(self.kinds)}"


SHORT_SET = (
    Short(1, (FaultKind.WORKER_KILL, FaultKind.WORKER_TERM, FaultKind.CLOCK_JUMP), 6),
    Short(2, (FaultKind.WORKER_FREEZE, FaultKind.FULL_WINDOW), 5),
    Short(3, (FaultKind.REBALANCE_STORM, FaultKind.SLOW_EVENT), 5),
    Short(4, (FaultKind.WORKER_TERM, FaultKind.POISON), 5),
    Short(5, (FaultKind.BROKER_KILL, FaultKind.WORKER_KILL), 5),
    Short(6, (FaultKind.LEADER_MOVE, FaultKind.COORDINATOR_LOSS, FaultKind.BROKER_FREEZE), 5, 3),
)
OF_WORKERS = [short for short in SHORT_SET if not OF_BROKERS.intersection(short.kinds)]


def test_the_short_set_has_every_kind() -> None:
    assert {kind for short in SHORT_SET for kind in short.kinds} == set(FaultKind)
    for short in SHORT_SET:
        plan = plan_of(short.seed, kinds=short.kinds, brokers=short.brokers, seconds=short.seconds)
        happening = {fault.kind for fault in plan.faults}
        assert happening >= set(short.kinds) - {
            FaultKind.FULL_WINDOW,
            FaultKind.SLOW_EVENT,
            FaultKind.POISON,
        }


async def passes(short: Short, kafka: EmbeddedKafka) -> None:
    plan = plan_of(short.seed, kinds=short.kinds, brokers=short.brokers, seconds=short.seconds)
    entry = await ChaosRun(plan, kafka).carry_out()
    assert entry.passed, entry


@pytest.mark.timeout(300)
async def test_workers_disturbed(kafka: EmbeddedKafka) -> None:
    """Side by side: most of their time they wait for a session to run out."""
    async with asyncio.TaskGroup() as group:
        for short in OF_WORKERS:
            group.create_task(passes(short, kafka))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("short", [one for one in SHORT_SET if one not in OF_WORKERS], ids=str)
async def test_brokers_disturbed(short: Short) -> None:
    async with EmbeddedKafka.start(brokers=short.brokers) as own:
        await passes(short, own)
