"""The plan of a run depends on its seed alone."""

from itertools import pairwise

import pytest

from tests.chaos.__main__ import seeds_of
from tests.chaos.faults import OF_THREE_BROKERS, FaultKind
from tests.chaos.schedule import plan_of

SEEDS = range(1, 201)


def test_the_same_seed_gives_the_same_plan_and_events() -> None:
    for seed in SEEDS:
        first, second = plan_of(seed), plan_of(seed)
        assert first == second
        assert first.workload.fate_of(7) == second.workload.fate_of(7)


def test_seeds_differ() -> None:
    assert len({plan_of(seed).faults for seed in SEEDS}) > len(SEEDS) / 2
    assert all(plan_of(one).workload != plan_of(other).workload for one, other in pairwise(SEEDS))


def test_two_hundred_seeds_have_every_kind_often() -> None:
    for kind in FaultKind:
        assert sum(kind in plan_of(seed).kinds for seed in SEEDS) >= 10, kind


def test_kinds_of_three_brokers_get_them() -> None:
    for seed in SEEDS:
        plan = plan_of(seed)
        assert plan.brokers == 3 or not OF_THREE_BROKERS.intersection(plan.kinds)
    assert plan_of(1, kinds=[FaultKind.LEADER_MOVE]).brokers == 3
    with pytest.raises(ValueError, match="three brokers"):
        plan_of(1, kinds=[FaultKind.LEADER_MOVE], brokers=1)


def test_faults_come_in_time_and_while_events_still_come() -> None:
    for seed in SEEDS:
        plan = plan_of(seed)
        assert [fault.at_s for fault in plan.faults] == sorted(f.at_s for f in plan.faults)
        assert all(fault.at_s < plan.seconds for fault in plan.faults)


def test_seeds_are_given_as_ranges() -> None:
    assert seeds_of("1-3,7") == [1, 2, 3, 7]
