"""Describing groups of Kafka's newer consumer protocol (KIP-848), which aiokafka does not know.

To the older request such a group is dead. The form of the messages is that of version 0:
https://github.com/apache/kafka/tree/trunk/clients/src/main/resources/common/message
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

from stream_service.observe.lag.reading import Member
from stream_service.streaming.partition import Partition

_TEXT = CompactString("utf-8")

_ASSIGNMENT = Schema(
    (
        "topics",
        CompactArray(
            ("topic_id_high", Int64),
            ("topic_id_low", Int64),
            ("topic", _TEXT),
            ("partitions", CompactArray(Int32)),
            ("tags", TaggedFields),
        ),
    ),
    ("tags", TaggedFields),
)


class _ConsumerGroupDescribeResponse(Response):
    API_KEY: ClassVar[Any] = 69
    API_VERSION: ClassVar[Any] = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "groups",
            CompactArray(
                ("error_code", Int16),
                ("error_message", _TEXT),
                ("group", _TEXT),
                ("state", _TEXT),
                ("group_epoch", Int32),
                ("assignment_epoch", Int32),
                ("assignor", _TEXT),
                (
                    "members",
                    CompactArray(
                        ("member_id", _TEXT),
                        ("instance_id", _TEXT),
                        ("rack_id", _TEXT),
                        ("member_epoch", Int32),
                        ("client_id", _TEXT),
                        ("client_host", _TEXT),
                        ("subscribed_topics", CompactArray(_TEXT)),
                        ("subscribed_pattern", _TEXT),
                        ("assignment", _ASSIGNMENT),
                        ("target_assignment", _ASSIGNMENT),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _ConsumerGroupDescribeStruct(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 69
    API_VERSION = 0
    RESPONSE_TYPE = _ConsumerGroupDescribeResponse
    SCHEMA = Schema(
        ("groups", CompactArray(_TEXT)),
        ("include_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class ConsumerGroupDescribeRequest(Request[_ConsumerGroupDescribeStruct]):
    """Asks for groups by name; brokers older than Kafka 3.7 do not know it."""

    API_KEY = 69

    def __init__(self, groups: Sequence[str]) -> None:
        self._groups = groups

    def build(self, request_struct_class: Any) -> Any:
        """As aiokafka wants it."""
        return request_struct_class(self._groups, False, {})


def owned_by(members: Iterable[Any]) -> Iterator[tuple[Partition, Member]]:
    """Who owns which partition, of the members in an answer."""
    for member_id, _, _, _, client_id, host, _, _, (topics, _), *_ in members:
        member = Member(member_id, client_id, host.lstrip("/"))
        for _, _, topic, numbers, _ in topics:
            for number in numbers:
                yield Partition(topic, number), member
