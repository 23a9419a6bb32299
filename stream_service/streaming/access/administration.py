"""Adding ACLs to the cluster."""

from collections.abc import Sequence
from typing import Any

from aiokafka.errors import ClusterAuthorizationFailedError, SecurityDisabled, for_code

from stream_service.streaming.access.requests import CreateAcls
from stream_service.streaming.access.rules import AclRule
from stream_service.streaming.errors import StreamError


class AclsNotCreated(StreamError):
    """The cluster does not take ACLs, or not from us."""


async def create_acls(admin: Any, principal: str, rules: Sequence[AclRule]) -> None:
    """Allow ``rules`` to ``principal``, as ``User:worker``; those that exist stay.

    ``admin`` is a started admin client of aiokafka. Raises AclsNotCreated, KafkaError.
    """
    answer = await admin._send_request(CreateAcls(principal, rules))
    for rule, (code, message) in zip(rules, answer.results, strict=True):
        error = for_code(code)
        if error is ClusterAuthorizationFailedError:
            raise AclsNotCreated(
                "whom the settings connect as may not add ACLs: that takes Alter on the cluster,"
                " or a super user"
            )
        if error is SecurityDisabled:
            raise AclsNotCreated(
                "the cluster has no authorizer (authorizer.class.name), so it allows everything"
            )
        if code:
            raise AclsNotCreated(f"{rule}: {message or error.__name__}")
