"""A plan follows from its seed, holds every kind, and spares the console once it is measured."""

from collections import Counter

import pytest

from tests.chaos.faults import FaultKind
from tests.soak.schedule import ALL_KINDS, CONSOLE_KILLED_UNTIL, MEASURED_FROM, plan_of
from tests.soak.surroundings import SurroundingFault


def test_a_seed_is_a_plan() -> None:
    assert plan_of(7, minutes=60, events_per_s=5) == plan_of(7, minutes=60, events_per_s=5)
    assert plan_of(7, minutes=60, events_per_s=5) != plan_of(8, minutes=60, events_per_s=5)


@pytest.mark.parametrize("seed", range(1, 6))
def test_an_hour_has_every_kind_many_times(seed: int) -> None:
    plan = plan_of(seed, minutes=60, events_per_s=5)
    counts = Counter(fault.kind for fault in plan.faults)
    assert set(counts) == set(ALL_KINDS)
    assert counts[SurroundingFault.CONSOLE_KILL] >= 1
    assert (
        max(counts.values())
        - min(count for kind, count in counts.items() if kind is not SurroundingFault.CONSOLE_KILL)
        <= 1
    )


@pytest.mark.parametrize("seed", range(1, 6))
def test_faults_come_in_order_and_while_events_still_come(seed: int) -> None:
    plan = plan_of(seed, minutes=60, events_per_s=5)
    moments = [fault.at_s for fault in plan.faults]
    assert moments == sorted(moments)
    assert moments[-1] < plan.seconds * 0.95


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_console_lives_through_the_measured_time(seed: int) -> None:
    plan = plan_of(seed, minutes=60, events_per_s=5)
    killed = [fault.at_s for fault in plan.faults if fault.kind is SurroundingFault.CONSOLE_KILL]
    assert killed
    assert max(killed) <= plan.seconds * CONSOLE_KILLED_UNTIL < plan.seconds * MEASURED_FROM


def test_chosen_kinds_alone_are_done() -> None:
    chosen = (FaultKind.WORKER_KILL, SurroundingFault.MODEL_OUTAGE)
    plan = plan_of(1, minutes=10, events_per_s=5, kinds=chosen)
    assert {fault.kind for fault in plan.faults} == set(chosen)


@pytest.mark.parametrize(("minutes", "rate"), [(0, 5), (-1, 5), (5, 0)])
def test_no_time_and_no_events_are_refused(minutes: float, rate: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        plan_of(1, minutes=minutes, events_per_s=rate)
