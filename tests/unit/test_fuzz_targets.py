"""Every fuzz target that needs no broker, for a moment; ``make fuzz`` goes on for longer."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.registry import NEED_KAFKA, TARGETS, load

EXAMPLES = 40


@pytest.mark.parametrize("name", sorted(set(TARGETS) - NEED_KAFKA))
def test_a_target_s_invariants_hold(name: str) -> None:
    target = load(name)
    with target.open() as check:
        for seed in target.seeds:
            check(seed)
        drawn = given(target.inputs)(check)
        settings(
            max_examples=EXAMPLES,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )(drawn)()
