"""The plan of a soak: a pure function of its seed and of what was asked for."""

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tests.chaos.faults import Fault, FaultKind
from tests.chaos.schedule import duration_s
from tests.soak.surroundings import SurroundingFault

SoakKind = FaultKind | SurroundingFault
SoakFault = Fault[FaultKind] | Fault[SurroundingFault]

OF_ENGINE = (
    FaultKind.WORKER_KILL,
    FaultKind.WORKER_TERM,
    FaultKind.WORKER_FREEZE,
    FaultKind.REBALANCE_STORM,
    FaultKind.BROKER_KILL,
    FaultKind.BROKER_FREEZE,
    FaultKind.LEADER_MOVE,
    FaultKind.COORDINATOR_LOSS,
)
"""Those of tests/chaos that can be done to workers as they are in production."""

ALL_KINDS: tuple[SoakKind, ...] = (*OF_ENGINE, *SurroundingFault)

SHORT_MINUTES = 10.0
"""Below it faults come thick and fast, or a short run would have hardly any."""

MEASURED_FROM = 1 / 3
"""Memory is fitted from this share of the run on: before, caches fill."""

CONSOLE_KILLED_UNTIL = 1 / 5
"""The console is killed in this first share of the run alone: it runs to the end then, and has had
time for its caches before its memory is measured."""

_QUIET_BEGIN_S = 10.0
_QUIET_END_SHARE = 0.95
"""No fault begins after this share of the run, so that each works on events that still come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakPlan:
    """Everything that is decided about a run before it begins."""

    seed: int
    seconds: float
    events_per_s: float
    faults: tuple[SoakFault, ...]
    brokers: int = 3
    workers: int = 2
    partitions: int = 6
    reviewers: int = 8


def plan_of(
    seed: int,
    *,
    minutes: float,
    events_per_s: float,
    kinds: Collection[SoakKind] = ALL_KINDS,
) -> SoakPlan:
    """Decide about the run of ``seed``. Raises ValueError where no time is left for anything."""
    if not minutes > 0 or not events_per_s > 0:
        raise ValueError("minutes and events a second must be above 0")
    seconds = minutes * 60
    return SoakPlan(
        seed=seed,
        seconds=seconds,
        events_per_s=events_per_s,
        faults=tuple(_faults(seed, seconds, kinds)),
    )


def _faults(seed: int, seconds: float, kinds: Collection[SoakKind]) -> Iterator[SoakFault]:
    """Each kind as often as any other, in no order; one may begin before the last has ended."""
    chance = random.Random(f"{seed}/soak")
    possible = [kind for kind in ALL_KINDS if kind in kinds]
    pause_s = (5.0, 15.0) if seconds < SHORT_MINUTES * 60 else (15.0, 50.0)
    at_s = _QUIET_BEGIN_S
    bag: list[SoakKind] = []
    while possible and at_s < seconds * _QUIET_END_SHARE:
        if not bag:
            bag = chance.sample(possible, len(possible))
        kind = bag.pop()
        if kind is SurroundingFault.CONSOLE_KILL and at_s > seconds * CONSOLE_KILLED_UNTIL:
            possible.remove(kind)
            continue
        yield _fault(kind, at_s, chance)
        at_s += chance.uniform(*pause_s)


def _fault(kind: SoakKind, at_s: float, chance: random.Random) -> SoakFault:
    if isinstance(kind, FaultKind):
        lasts_s = duration_s(kind, chance)
        return Fault(round(at_s, 3), kind, round(lasts_s, 3), chance.random())
    lasts_s = _surrounding_duration_s(kind, chance)
    return Fault(round(at_s, 3), kind, round(lasts_s, 3), chance.random())


def _surrounding_duration_s(kind: SurroundingFault, chance: random.Random) -> float:
    match kind:
        case SurroundingFault.CONSOLE_KILL:
            return chance.uniform(0, 5)
        case SurroundingFault.MODEL_OUTAGE:
            # Below the workers' patience, and above it.
            return chance.choice([chance.uniform(5, 15), chance.uniform(25, 60)])
        case SurroundingFault.DATABASE_RESTART:
            return chance.choice([0.0, chance.uniform(2, 15)])
        case SurroundingFault.DISK_FULL | SurroundingFault.SLOW_NETWORK:
            return chance.uniform(10, 40)
