"""The plan of a run: a pure function of its seed and of what was asked for."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.chaos.faults import (
    OF_BROKERS,
    OF_THE_WHOLE_RUN,
    OF_THREE_BROKERS,
    Fault,
    FaultKind,
)
from tests.chaos.workload import Workload

DEFAULT_SECONDS = 12.0
LONG_SECONDS = 60.0
"""From here on a slow event takes 60 s."""

SESSION_TIMEOUT_S = 6.0
STALLED_AFTER_S = 60.0
"""A partition that has not moved for so long after the faults hangs. It is above all that may add
up: a dead member's session (6 s), the broker's sweep of its transaction (12 s), a commit's bound
(30 s), the back-off of a failed session (15 s)."""

SETTLE_S = 150.0
"""Bound on all that is left after the faults, on a machine that does other things too."""

_EVENTS_PER_KEY_S = 12
"""Events of a key run one after another and take 20 ms on average: far fewer come than that."""

_THREE_BROKERS_SHARE = 0.3
_QUIET_END_SHARE = 0.85
"""No fault begins after this share of the run, so that each works on events that still come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is decided about a run before it begins."""

    seed: int
    kinds: tuple[FaultKind, ...]
    brokers: int
    seconds: float
    workers: int
    partitions: int
    in_flight: int
    window_events: int
    workload: Workload
    clock_jumps_s: tuple[float, ...]
    faults: tuple[Fault[FaultKind], ...]

    @property
    def static_members(self) -> bool:
        """Every second run's workers come back to the places of those before them."""
        return self.seed % 2 == 1

    @property
    def slowest_s(self) -> float:
        """The longest that an event's judge takes."""
        return self.workload.very_slow_s if self.workload.slow_every else 3.0


def plan_of(
    seed: int,
    *,
    kinds: Sequence[FaultKind] = (),
    brokers: int | None = None,
    seconds: float | None = None,
) -> Plan:
    """Decide about the run of ``seed``; what is given is not drawn."""
    chance = random.Random(f"{seed}/plan")
    drawn_brokers = 3 if chance.random() < _THREE_BROKERS_SHARE else 1
    if brokers is None:
        brokers = 3 if OF_THREE_BROKERS.intersection(kinds) else drawn_brokers
    if brokers < 3 and (lonely := OF_THREE_BROKERS.intersection(kinds)):
        raise ValueError(f"three brokers are needed for: {', '.join(sorted(lonely))}")
    chosen = tuple(kinds) or _draw_kinds(chance, brokers)
    seconds = DEFAULT_SECONDS if seconds is None else seconds
    full_window = FaultKind.FULL_WINDOW in chosen
    return Plan(
        seed=seed,
        kinds=chosen,
        brokers=brokers,
        seconds=seconds,
        workers=chance.randint(2, 3),
        partitions=chance.randint(3, 6),
        in_flight=chance.choice([8, 30, 100]),
        window_events=chance.randint(4, 20) if full_window else chance.choice([200, 2_000]),
        workload=_workload(seed, chosen, seconds),
        clock_jumps_s=tuple(
            chance.choice([-1, 1]) * chance.choice([2.0, 90.0, 3_000.0]) for _ in range(8)
        ),
        faults=tuple(sorted(_faults(seed, chosen, seconds), key=lambda fault: fault.at_s)),
    )


def _draw_kinds(chance: random.Random, brokers: int) -> tuple[FaultKind, ...]:
    possible = [kind for kind in FaultKind if brokers >= 3 or kind not in OF_THREE_BROKERS]
    chosen = chance.sample(possible, chance.randint(1, 4))
    if brokers >= 3 and not OF_BROKERS.intersection(chosen):
        chosen.append(chance.choice(sorted(OF_BROKERS)))
    return tuple(sorted(chosen))


def _workload(seed: int, kinds: Sequence[FaultKind], seconds: float) -> Workload:
    chance = random.Random(f"{seed}/workload")
    keys = chance.choice([5, 40, 400])
    events_per_s = min(chance.choice([40, 80, 120]), keys * _EVENTS_PER_KEY_S)
    poisoned = FaultKind.POISON in kinds
    very_slow_s = 60.0 if seconds >= LONG_SECONDS else 10.0
    slow_every = round(events_per_s * seconds / 3) if FaultKind.SLOW_EVENT in kinds else 0
    return Workload(
        seed=seed,
        keys=keys,
        events_per_s=events_per_s,
        poison_share=0.03 if poisoned else 0.002,
        flaky_share=0.05 if poisoned else 0.005,
        malformed_share=0.03 if poisoned else 0.002,
        slow_share=0.02,
        slow_every=slow_every,
        very_slow_s=very_slow_s,
    )


def _faults(seed: int, kinds: Sequence[FaultKind], seconds: float) -> Iterator[Fault[FaultKind]]:
    for kind in kinds:
        if kind in OF_THE_WHOLE_RUN:
            continue
        # A stream of its own: what is drawn for one kind does not depend on the others.
        chance = random.Random(f"{seed}/faults/{kind}")
        at_s = chance.uniform(0.5, 3)
        while at_s < seconds * _QUIET_END_SHARE:
            lasts_s = duration_s(kind, chance)
            yield Fault(round(at_s, 3), kind, round(lasts_s, 3), chance.random())
            at_s += lasts_s + _pause(kind, chance)


def duration_s(kind: FaultKind, chance: random.Random) -> float:
    """How long one fault of that kind lasts."""
    match kind:
        case FaultKind.WORKER_KILL | FaultKind.WORKER_TERM:
            return chance.choice([0, 0, chance.uniform(0, 2)])
        case FaultKind.WORKER_FREEZE:
            return chance.choice([chance.uniform(0.5, 3), *3 * [chance.uniform(6.2, 9)]])
        case FaultKind.REBALANCE_STORM:
            return chance.uniform(3, 8)
        case FaultKind.BROKER_KILL | FaultKind.COORDINATOR_LOSS:
            return chance.choice([0, chance.uniform(0, 6)])
        case FaultKind.BROKER_FREEZE:
            return chance.uniform(1, 8)
        case _:
            return 0


def _pause(kind: FaultKind, chance: random.Random) -> float:
    if kind is FaultKind.CLOCK_JUMP:
        return chance.uniform(0.3, 2)
    return chance.uniform(3, 7) if kind in OF_BROKERS else chance.uniform(0.5, 3.5)
