"""Requests about access that aiokafka does not know, in the form of their last simple version.

https://github.com/apache/kafka/tree/trunk/clients/src/main/resources/common/message
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

from stream_service.streaming.access.rules import AclRule

_TEXT = String("utf-8")
_ANY_HOST = "*"
_ALLOW = 3


class _MetadataResponse(Response):
    API_KEY: ClassVar[Any] = 3
    API_VERSION: ClassVar[Any] = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            Array(("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT)),
        ),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", _TEXT),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("authorized_operations", Int32),
            ),
        ),
        ("cluster_authorized_operations", Int32),
    )


class _MetadataStruct(RequestStruct):
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", Array(_TEXT)),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class AllowedOnTopics(Request[_MetadataStruct]):
    """Topics by name, each with the operations that whoever asks is allowed (Kafka 2.3 on).

    A topic is never created by being asked for.
    """

    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: Any) -> Any:
        """As aiokafka wants it."""
        return request_struct_class(list(self._topics), False, False, True)


class _CreateAclsResponse(Response):
    API_KEY: ClassVar[Any] = 30
    API_VERSION: ClassVar[Any] = 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("results", Array(("error_code", Int16), ("error_message", _TEXT))),
    )


class _CreateAclsStruct(RequestStruct):
    API_KEY = 30
    API_VERSION = 1
    RESPONSE_TYPE = _CreateAclsResponse
    SCHEMA = Schema(
        (
            "creations",
            Array(
                ("resource_type", Int8),
                ("resource_name", _TEXT),
                ("pattern_type", Int8),
                ("principal", _TEXT),
                ("host", _TEXT),
                ("operation", Int8),
                ("permission_type", Int8),
            ),
        ),
    )


class CreateAcls(Request[_CreateAclsStruct]):
    """Allows ``rules`` to a principal from any host."""

    API_KEY = 30

    def __init__(self, principal: str, rules: Iterable[AclRule]) -> None:
        self._entries = [_entry(principal, rule) for rule in rules]

    def build(self, request_struct_class: Any) -> Any:
        """As aiokafka wants it."""
        return request_struct_class(self._entries)


class _DeleteAclsResponse(Response):
    API_KEY: ClassVar[Any] = 31
    API_VERSION: ClassVar[Any] = 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "filter_results",
            Array(
                ("error_code", Int16),
                ("error_message", _TEXT),
                (
                    "matching_acls",
                    Array(
                        ("error_code", Int16),
                        ("error_message", _TEXT),
                        ("resource_type", Int8),
                        ("resource_name", _TEXT),
                        ("pattern_type", Int8),
                        ("principal", _TEXT),
                        ("host", _TEXT),
                        ("operation", Int8),
                        ("permission_type", Int8),
                    ),
                ),
            ),
        ),
    )


class _DeleteAclsStruct(RequestStruct):
    API_KEY = 31
    API_VERSION = 1
    RESPONSE_TYPE = _DeleteAclsResponse
    SCHEMA = Schema(("filters", _CreateAclsStruct.SCHEMA.fields[0]))


class DeleteAcls(Request[_DeleteAclsStruct]):
    """Takes ``rules`` away from a principal."""

    API_KEY = 31

    def __init__(self, principal: str, rules: Iterable[AclRule]) -> None:
        self._entries = [_entry(principal, rule) for rule in rules]

    def build(self, request_struct_class: Any) -> Any:
        """As aiokafka wants it."""
        return request_struct_class(self._entries)


def _entry(principal: str, rule: AclRule) -> tuple[Any, ...]:
    return (
        rule.kind.value,
        rule.name,
        rule.pattern.value,
        principal,
        _ANY_HOST,
        rule.operation.value,
        _ALLOW,
    )
