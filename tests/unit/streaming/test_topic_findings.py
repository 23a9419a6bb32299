"""What ``topics check`` has to say of a topic."""

import pytest

from stream_service.contracts.topics import Topics, TopicSpecification
from stream_service.streaming.topic_findings import (
    Copies,
    config_problems,
    copy_problems,
    least_in_sync,
)

REVIEWS = next(one for one in Topics().specifications() if one.name == Topics().reviews)
RIGHT = {
    "max.message.bytes": str(REVIEWS.max_message_bytes),
    "cleanup.policy": "delete",
    "retention.ms": REVIEWS.configs["retention.ms"],
}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        pytest.param({}, [], id="right"),
        pytest.param({"retention.ms": "-1"}, [], id="kept for ever"),
        pytest.param(
            {"retention.ms": "604800000"},
            ["retention.ms is 604800000, needs at least 7776000000"],
            id="forgotten before it may be decided no more",
        ),
        pytest.param(
            {"max.message.bytes": "1000"},
            [f"max.message.bytes is 1000, needs at least {REVIEWS.max_message_bytes}"],
            id="too small",
        ),
        pytest.param(
            {"cleanup.policy": "compact"}, ["cleanup.policy is compact, needs delete"], id="policy"
        ),
    ],
)
def test_configuration(changed: dict[str, str], told: list[str]) -> None:
    assert config_problems(REVIEWS, RIGHT | changed) == told


def test_what_a_topic_does_not_say_is_not_asked_for() -> None:
    own = TopicSpecification("feedback.events", 1_000)
    actual = {"max.message.bytes": "1000", "cleanup.policy": "delete", "retention.ms": "60000"}
    assert config_problems(own, actual) == []


@pytest.mark.parametrize(
    ("copies", "in_sync", "needed", "brokers", "told"),
    [
        pytest.param(1, 1, "1", 1, [], id="one broker"),
        pytest.param(2, 2, "1", 2, [], id="two brokers"),
        pytest.param(3, 3, "2", 3, [], id="three brokers"),
        pytest.param(3, 2, "2", 5, [], id="one is away"),
        pytest.param(1, 1, "1", 3, ["has 1 of 3 copies: a broker that is lost"], id="one copy"),
        pytest.param(2, 2, "1", 3, ["has 2 of 3 copies: a broker that is lost"], id="two copies"),
        pytest.param(
            3, 3, "1", 3, ["min.insync.replicas is 1, needs 2: with 1 a leader"], id="one acks"
        ),
        pytest.param(
            3, 3, "3", 3, ["min.insync.replicas is 3 of 3 copies: no broker may"], id="all ack"
        ),
        pytest.param(3, 1, "2", 3, ["6 partitions take nothing now: fewer than 2"], id="too few"),
    ],
)
def test_copies(copies: int, in_sync: int, needed: str, brokers: int, told: list[str]) -> None:
    partitions = [Copies(copies, in_sync)] * 6
    found = copy_problems(partitions, {"min.insync.replicas": needed}, brokers)
    assert len(found) == len(told)
    assert all(one.startswith(beginning) for one, beginning in zip(found, told, strict=True))


@pytest.mark.parametrize(("copies", "expected"), [(1, None), (2, None), (3, 2), (5, 4)])
def test_one_broker_may_be_away_and_another_has_what_was_acknowledged(
    copies: int, expected: int | None
) -> None:
    assert least_in_sync(copies) == expected
