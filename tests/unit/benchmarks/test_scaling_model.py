"""The model behind docs/scaling.md: its simulation, its closed form, what it says breaks first."""

from dataclasses import replace

import pytest

from benchmarks.scaling.__main__ import LEVELS, STATED
from benchmarks.scaling.brokers import broker_load
from benchmarks.scaling.limits import FULL, least_interval_s, limits_of
from benchmarks.scaling.transactions import expected_per_s, simulate

LAPTOP, REGION = LEVELS[0], LEVELS[-1]


@pytest.mark.parametrize("load", LEVELS, ids=lambda load: load.name)
def test_the_simulation_agrees_with_the_closed_form(load: object) -> None:
    assert isinstance(load, type(REGION))
    assert simulate(load).per_s == pytest.approx(expected_per_s(load), rel=0.05)


def test_no_partition_commits_more_often_than_its_interval() -> None:
    flooded = replace(LAPTOP, events_per_s=3_000)
    bound = flooded.partitions / flooded.commit_interval_s
    assert simulate(flooded).per_s == pytest.approx(bound, rel=0.01)


def test_idle_partitions_commit_nothing() -> None:
    """An event an hour: a transaction an event, and none beside."""
    quiet = replace(LAPTOP, events_per_s=1 / 3_600)
    assert simulate(quiet, seed=3).per_s <= 0.1
    assert expected_per_s(quiet) == pytest.approx(1 / 3_600, rel=0.01)


def test_a_slow_broker_makes_transactions_rarer_and_larger() -> None:
    slow = replace(LAPTOP, events_per_s=600, commit_s=1.0)
    assert simulate(slow).per_s == pytest.approx(slow.partitions, rel=0.1)
    assert simulate(slow).events_each > 50


def test_at_the_largest_the_group_s_offsets_break_first_and_an_interval_mends_it() -> None:
    first = limits_of(REGION, broker_load(REGION), STATED)[0]
    assert first.name == "offsets of the group, all in one partition"
    assert first.share > 1
    interval_s = least_interval_s(REGION, STATED)
    assert interval_s is not None
    mended = replace(REGION, commit_interval_s=interval_s)
    assert limits_of(mended, broker_load(mended), STATED)[0].share <= FULL


def test_smaller_ones_bear_the_default_settings() -> None:
    for load in LEVELS[:-1]:
        assert limits_of(load, broker_load(load), STATED)[0].share <= FULL, load.name


def test_a_model_s_quota_is_told_of_where_it_is_known() -> None:
    poor = replace(STATED, model_requests_per_minute=500)
    assert limits_of(LAPTOP, broker_load(LAPTOP), poor)[0].name == "requests to the model"
