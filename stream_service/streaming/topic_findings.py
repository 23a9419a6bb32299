"""What is not as the service needs it, of a topic: its configuration and its copies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stream_service.contracts.topics import Topics, TopicSpecification

USUAL_COPIES = 3
"""One broker may be down for maintenance and another fail, and nothing is lost."""

KEEPS_FOR_EVER = -1

_MAX_BYTES, _POLICY, _RETENTION = "max.message.bytes", "cleanup.policy", "retention.ms"
_IN_SYNC = "min.insync.replicas"


@dataclass(frozen=True, slots=True)
class TopicFinding:
    """What a check found out about one topic."""

    name: str
    partitions: int
    """0 where the topic is missing."""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copies:
    """Of one partition: on how many brokers it is, and how many of them have all of it."""

    all: int
    in_sync: int


def least_in_sync(copies: int) -> int | None:
    """``min.insync.replicas`` of a topic with so many copies, or None where the default does.

    With 1, which is Kafka's default, a leader acknowledges by itself: what it alone has is lost
    with it, though the publisher was told that it is kept.
    """
    return copies - 1 if copies >= USUAL_COPIES else None


def config_problems(spec: TopicSpecification, actual: Mapping[str, str]) -> Sequence[str]:
    """What ``actual``, the configuration in force, lacks of what ``spec`` wants."""
    problems: list[str] = []
    if int(actual.get(_MAX_BYTES, 0)) < spec.max_message_bytes:
        problems.append(
            f"{_MAX_BYTES} is {actual.get(_MAX_BYTES)}, needs at least {spec.max_message_bytes}"
        )
    policy = spec.configs.get(_POLICY, "delete")
    if actual.get(_POLICY) != policy:
        problems.append(f"{_POLICY} is {actual.get(_POLICY)}, needs {policy}")
    wanted, kept = int(spec.configs.get(_RETENTION, 0)), int(actual.get(_RETENTION, 0))
    if kept != KEEPS_FOR_EVER and kept < wanted:
        problems.append(f"{_RETENTION} is {kept}, needs at least {wanted}")
    return problems


def copy_problems(
    partitions: Sequence[Copies], actual: Mapping[str, str], brokers: int
) -> Sequence[str]:
    """What a broker's death would cost, where there are enough brokers for it to cost nothing."""
    fewest = min((one.all for one in partitions), default=0)
    needed = int(actual.get(_IN_SYNC, 1))
    problems: list[str] = []
    if fewest < min(brokers, USUAL_COPIES):
        problems.append(
            f"has {fewest} of {min(brokers, USUAL_COPIES)} copies: a broker that is lost takes"
            " records with it"
        )
    elif fewest >= USUAL_COPIES and needed < 2:
        problems.append(
            f"{_IN_SYNC} is {needed}, needs 2: with 1 a leader acknowledges what it alone has"
        )
    if needed >= fewest > 1:
        problems.append(f"{_IN_SYNC} is {needed} of {fewest} copies: no broker may be away")
    behind = sum(one.in_sync < needed for one in partitions)
    if behind:
        problems.append(f"{behind} partitions take nothing now: fewer than {needed} copies in sync")
    return problems


def with_partition_problems(
    findings: Sequence[TopicFinding], topics: Topics
) -> Sequence[TopicFinding]:
    """The state of a decision stands in the partition of the same number."""
    partitions = {finding.name: finding.partitions for finding in findings}
    decisions, state = partitions[topics.review_decisions], partitions[topics.review_state]
    if not decisions or not state or decisions == state:
        return findings
    problem = f"has {state} partitions, needs {decisions} as {topics.review_decisions} has"
    return [
        TopicFinding(finding.name, finding.partitions, (*finding.problems, problem))
        if finding.name == topics.review_state
        else finding
        for finding in findings
    ]
