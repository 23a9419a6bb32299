"""``stream-service acls``, as an operator uses it, and ACLs that go while a worker runs."""

import asyncio
import os
import shlex

import orjson

from stream_service.contracts.topics import Topics
from stream_service.streaming.access.roles import Role, rules_of
from stream_service.streaming.access.rules import AclRule, Operation, ResourceKind
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.topic_administration import TopicAdministration
from stream_service.transport_settings import connection_of
from stream_service.worker import require_topics, stream_consumer
from tests.support.command_process import COMMAND, Ended, run_command
from tests.support.engine import Recorder, replied_event_ids
from tests.support.events import numbered
from tests.support.guarded_kafka import GuardedKafka, until_allowed
from tests.support.judges import EchoJudge
from tests.support.kafka_tools import run_tool
from tests.support.waiting import until


def _flags(settings: list[str]) -> list[str]:
    return [word for setting in settings for word in ("--set", setting)]


async def _as_role(guarded: GuardedKafka, role: Role, topics: Topics, *arguments: str) -> Ended:
    """Run a command as the user of a role's name."""
    flags = _flags([*guarded.by_password(role.value), f"topics.prefix={topics.prefix}"])
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STREAM_")}
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *flags,
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def test_topics_of_decisions_do_not_grow_where_members_cannot_be_seen(
    guarded: GuardedKafka, topics: Topics
) -> None:
    """A list of groups leaves out what may not be seen: that is not "no members"."""
    cluster = guarded.cluster(topics)
    await cluster.create_topics(partitions=2)
    group = f"{topics.prefix}group"
    names = (topics.review_decisions, topics.review_state)
    rules = [
        *(AclRule(ResourceKind.TOPIC, name, Operation.ALTER) for name in names),
        AclRule(ResourceKind.TOPIC, topics.review_state, Operation.READ),
        AclRule(ResourceKind.TOPIC, topics.review_state, Operation.WRITE),
        AclRule(ResourceKind.TOPIC, topics.review_decisions, Operation.DESCRIBE),
    ]
    await guarded.allow(Role.OPERATOR.value, rules)
    grow = ("--group-id", group, "topics", "grow-decisions", "--partitions=3")
    await until_allowed(connection_of(guarded.settings_of(Role.OPERATOR, topics, group)), rules)
    refused = await _as_role(guarded, Role.OPERATOR, topics, *grow)
    assert refused.exit_code == 1
    assert f"Describe on group {group}" in refused.stderr
    async with TopicAdministration(cluster.connection) as administration:
        assert set((await administration.partitions(names)).values()) == {2}
    seen = [AclRule(ResourceKind.GROUP, group, Operation.DESCRIBE)]
    await guarded.allow(Role.OPERATOR.value, seen)
    grown = await _as_role(guarded, Role.OPERATOR, topics, *grow)
    assert grown.exit_code == 0, grown.stderr


async def test_what_is_created_is_enough_and_what_lacks_is_told(
    guarded: GuardedKafka, topics: Topics
) -> None:
    cluster = guarded.cluster(topics)
    await cluster.create_topics()
    check = ("acls", "check", "--role", "publisher")
    before = await _as_role(guarded, Role.PUBLISHER, topics, *check)
    assert before.exit_code == 1
    assert f"the cluster does not allow: Write on topic {topics.events}" in before.stderr
    assert "stream-service acls create" in before.stderr
    created = await run_command(
        cluster, "acls", "create", "--role", "publisher", "--principal", "User:publisher"
    )
    assert created.exit_code == 0, created.stderr
    assert created.stdout == f"User:publisher may Write on topic {topics.events}\n"
    settings = guarded.settings_of(Role.PUBLISHER, topics, "group")
    writing = [AclRule(ResourceKind.TOPIC, topics.events, Operation.WRITE)]
    await until_allowed(connection_of(settings), writing)
    after = await _as_role(guarded, Role.PUBLISHER, topics, *check)
    assert (after.exit_code, after.stdout) == (0, "publisher: all 1 ACLs are there\n")
    published = await _as_role(guarded, Role.PUBLISHER, topics, "publish", "Where is my parcel?")
    assert published.exit_code == 0, published.stderr


async def test_who_may_not_add_acls_is_told(guarded: GuardedKafka, topics: Topics) -> None:
    ended = await _as_role(
        guarded,
        Role.PUBLISHER,
        topics,
        *("acls", "create", "--role", "worker", "--principal", "User:publisher"),
    )
    assert ended.exit_code == 1
    assert "may not add ACLs: that takes Alter on the cluster" in ended.stderr


async def test_the_commands_are_those_of_kafka_s_own_tool(
    guarded: GuardedKafka, topics: Topics
) -> None:
    cluster = guarded.cluster(topics)
    await cluster.create_topics()
    shown = await run_command(
        cluster,
        "--group-id",
        f"{topics.prefix}g",
        "acls",
        "show",
        "--format",
        "commands",
        "--role",
        "operator",
        "--role",
        "lag-exporter",
    )
    lines = [shlex.split(line) for line in shown.stdout.splitlines() if not line.startswith("#")]
    assert {line[0] for line in lines} == {"kafka-acls.sh"}
    assert len(lines) == 6
    prefixed = next(line for line in lines if "prefixed" in line)
    literal = next(line for line in lines if "--group" in line)
    for line in (prefixed, literal):
        await run_tool("org.apache.kafka.tools.AclCommand", *line[1:])
    settings = guarded.settings_of(Role.LAG_EXPORTER, topics, f"{topics.prefix}g")
    described = AclRule(ResourceKind.GROUP, f"{topics.prefix}g", Operation.DESCRIBE)
    await until_allowed(connection_of(settings), [described])


async def test_as_json_every_role_is_there(guarded: GuardedKafka, topics: Topics) -> None:
    shown = await run_command(guarded.cluster(topics), "acls", "show", "--format", "json")
    document = orjson.loads(shown.stdout)
    assert {one["role"] for one in document} == {role.value for role in Role}
    assert len(document) == sum(len(rules_of(role, topics, "stream-service")) for role in Role)
    table = await run_command(guarded.cluster(topics), "acls", "show", "--role", "worker")
    assert f"{topics.prefix}feedback.review-state" in table.stdout


async def test_a_principal_without_its_kind_is_refused(
    guarded: GuardedKafka, topics: Topics
) -> None:
    ended = await run_command(
        guarded.cluster(topics), "acls", "create", "--role", "worker", "--principal", "worker"
    )
    assert ended.exit_code == 2
    assert "write it as User:NAME" in ended.stderr


async def test_an_acl_that_goes_is_told_and_one_that_comes_back_heals(
    guarded: GuardedKafka, topics: Topics
) -> None:
    """A worker that runs is not ended by it: the other topics go on, and it is told each time."""
    cluster, group = guarded.cluster(topics), f"{topics.prefix}group"
    await cluster.create_topics()
    settings = guarded.settings_of(Role.WORKER, topics, group)
    await until_allowed(
        connection_of(settings), await guarded.allow_role(Role.WORKER, topics, group)
    )
    replies = AclRule(ResourceKind.TOPIC, topics.replies, Operation.WRITE)
    events = AclRule(ResourceKind.TOPIC, topics.events, Operation.READ)
    decisions = AclRule(ResourceKind.TOPIC, topics.review_decisions, Operation.READ)
    reading = AclRule(ResourceKind.GROUP, group, Operation.READ)
    recorder, stop = Recorder(), asyncio.Event()
    await require_topics(settings)
    working = asyncio.create_task(stream_consumer(settings, EchoJudge(), recorder).run(stop))
    published = 0

    async def publish() -> None:
        nonlocal published
        await cluster.publish(numbered(cluster, [published]))
        published += 1

    def told() -> list[str]:
        return [*recorder.polls_failed, *(detail for _, _, detail in recorder.failures)]

    try:
        await publish()
        await until(lambda: len(recorder.outcomes) == 1, "an outcome")
        for rule in (replies, decisions, events, reading):
            await guarded.disallow(Role.WORKER.value, [rule])

            async def is_told(rule: AclRule = rule) -> bool:
                # Until the broker has heard of it, outcomes are published.
                await publish()
                return any(str(rule) in one for one in told())

            await until(is_told, f"a word of {rule}")
            if rule is decisions:
                # Its sessions end, so that nobody else's polls fail with theirs.
                await until(
                    lambda: any(
                        partition.topic == topics.review_decisions and str(decisions) in detail
                        for partition, _, detail in recorder.failures
                    ),
                    "the end of a session of decisions",
                )
            if rule is events:
                # Its session begins again and again: what it lacks is told each time.
                await until(
                    lambda: any(
                        reason is FailureReason.START_FAILED and "reading the commit" in detail
                        for _, reason, detail in recorder.failures
                    ),
                    "a session that begins without the right",
                )
            if rule is reading:
                # By then the client has ended its heartbeats.
                await until(lambda: len(recorder.polls_failed) > 3, "failed polls")
            assert not working.done()
            await guarded.allow(Role.WORKER.value, [rule])
            await until(lambda: len(recorder.outcomes) == published, "it healed", timeout_s=60)
    finally:
        stop.set()
        await asyncio.wait_for(working, 60)
    assert [one for one in told() if "NoError" in one] == []
    names = [f"e{number}" for number in range(published)]
    assert sorted(await replied_event_ids(cluster)) == sorted(names)
