"""The least sets of ACLs: each is enough for its role, and nothing in it can be left out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stream_service.contracts.topics import Topics
from stream_service.streaming import topic_administration
from stream_service.streaming.access.roles import Role, rules_of
from stream_service.streaming.access.rules import AclRule, Operation, Pattern
from stream_service.transport_settings import connection_of
from tests.support.guarded_kafka import GuardedKafka, until_allowed
from tests.support.role_jobs import JOBS, Job
from tests.support.waiting import until

EACH_RULE = [
    pytest.param(role, number, id=f"{role}: {rule}")
    for role in Role
    for number, rule in enumerate(rules_of(role, Topics(), "group"))
]


async def prepared(
    guarded: GuardedKafka,
    role: Role,
    topics: Topics,
    folder: Path,
    *,
    without: int | None = None,
) -> tuple[Job, AclRule | None]:
    """A role with its ACLs but the one of that number, and its job."""
    group = f"{topics.prefix}group"
    rules = list(rules_of(role, topics, group))
    left_out = None if without is None else rules.pop(without)
    cluster = guarded.cluster(topics)
    if role is not Role.OPERATOR:
        await cluster.create_topics(partitions=2 if role is Role.WORKER else 1)
    await guarded.allow(role.value, rules)
    settings = guarded.settings_of(role, topics, group)
    await until_allowed(connection_of(settings), rules)
    return Job(cluster, settings, folder), left_out


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_does_its_whole_job_with_its_own_set(
    guarded: GuardedKafka, topics: Topics, tmp_path: Path, role: Role
) -> None:
    job, _ = await prepared(guarded, role, topics, tmp_path)
    assert await faults_of(job, role, lambda told: not told) == ""


@pytest.mark.parametrize(("role", "number"), EACH_RULE)
async def test_what_is_missing_is_named(
    guarded: GuardedKafka, topics: Topics, tmp_path: Path, role: Role, number: int
) -> None:
    job, left_out = await prepared(guarded, role, topics, tmp_path, without=number)
    assert left_out is not None
    on = f"{left_out.operation.label} on {left_out.kind.words} {left_out.name}"
    # Of a rule for a family of topics each of them is named, which begins as the rule does.
    told = await faults_of(job, role, lambda told: on in told)
    assert on in told, told


@pytest.mark.parametrize(("role", "number"), EACH_RULE)
async def test_nothing_can_be_left_out(
    guarded: GuardedKafka,
    topics: Topics,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    role: Role,
    number: int,
) -> None:
    """Without the look at the ACLs before the work, so that it is Kafka itself that denies."""

    async def nothing(*_: Any) -> None:
        return None

    job, left_out = await prepared(guarded, role, topics, tmp_path, without=number)
    assert left_out is not None
    monkeypatch.setattr(topic_administration, "require_allowed", nothing)
    name = left_out.name.rstrip(".")
    told = await faults_of(job, role, lambda told: name in told)
    assert name in told, told


async def faults_of(job: Job, role: Role, expected: Callable[[str], bool]) -> str:
    """What goes wrong in a role's job.

    Whether ACLs for a family of topics are in force nobody can be asked: the operator tries again.
    """
    if role is not Role.OPERATOR:
        return "; ".join(await JOBS[role](job))

    async def is_expected() -> bool:
        return expected("; ".join(await JOBS[role](job)))

    await until(is_expected, f"other faults than {await JOBS[role](job)}", timeout_s=10)
    return "; ".join(await JOBS[role](job))


def test_rules_follow_prefix_and_group() -> None:
    rules = {str(rule) for rule in rules_of(Role.WORKER, Topics("eu."), "eu-workers")}
    assert "Read on topic eu.feedback.events" in rules
    assert "Read on group eu-workers" in rules
    assert "Write on transactional id eu-workers.…" in rules
    assert rules_of(Role.OPERATOR, Topics("eu."), "g")[0] == AclRule(
        rules_of(Role.OPERATOR, Topics(), "g")[0].kind,
        "eu.feedback.",
        Operation.CREATE,
        Pattern.PREFIXED,
    )


def test_at_least_once_needs_no_transactional_id() -> None:
    rules = rules_of(Role.WORKER, Topics(), "g", transactional=False)
    assert not [rule for rule in rules if "transactional" in rule.kind.words]
