"""Who is in a consumer group just now, asked in a way that cannot be mistaken for "nobody"."""

from collections.abc import Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, for_code
from aiokafka.protocol.admin import (
    DescribeGroupsRequest_v0,
    DescribeGroupsRequest_v1,
    DescribeGroupsRequest_v2,
)
from aiokafka.protocol.api import Request

from stream_service.streaming.access.denials import AccessDenied
from stream_service.streaming.access.rules import AclRule, Operation, ResourceKind
from stream_service.streaming.client.closing import CLOSE_TIMEOUT_S, closes
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.startup import start_bounded

_DescribeGroupsStruct = (
    DescribeGroupsRequest_v0 | DescribeGroupsRequest_v1 | DescribeGroupsRequest_v2
)


class DescribeGroups(Request[_DescribeGroupsStruct]):
    """aiokafka's own goes up to version 3, whose answer it reads by the form of version 2."""

    API_KEY = 15

    def __init__(self, groups: Sequence[str]) -> None:
        self._groups = groups

    def build(self, request_struct_class: Any) -> Any:
        """As aiokafka wants it."""
        return request_struct_class(self._groups)


async def count_members(
    connection: KafkaConnection, group_id: str, *, start_timeout_s: float
) -> int:
    """How many members the group has; 0 as well where there has never been one.

    A list of groups leaves out those that may not be seen and those whose coordinator is away; here
    the group's own coordinator is asked. Raises AccessDenied, BrokerUnreachable.
    """
    admin: Any = AIOKafkaAdminClient(**connection.client_options("members"))
    members = 0

    async def ask() -> None:
        nonlocal members
        await admin.start()
        coordinator = await admin.find_coordinator(group_id)
        answer = await admin._send_request(DescribeGroups([group_id]), coordinator)
        ((code, *_, those),) = answer.groups
        error = for_code(code)
        if error.errno:
            raise error(group_id)
        members = len(those)

    async def ask_or_deny() -> None:
        try:
            await ask()
        except GroupAuthorizationFailedError as error:
            missing = AclRule(ResourceKind.GROUP, group_id, Operation.DESCRIBE)
            raise AccessDenied([missing]) from error

    try:
        await start_bounded(ask_or_deny, connection, start_timeout_s)
    finally:
        await closes(admin.close(), CLOSE_TIMEOUT_S)
    return members
