"""Creating the topics, and checking that they are as the service needs them."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Self, cast

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from stream_service.contracts.topics import Topics
from stream_service.streaming.access.administration import create_acls
from stream_service.streaming.access.checking import require_allowed
from stream_service.streaming.access.denials import AccessDenied
from stream_service.streaming.access.requests import AllowedOnTopics
from stream_service.streaming.access.rules import AclRule, Operation, ResourceKind
from stream_service.streaming.client.closing import CLOSE_TIMEOUT_S, closes
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.startup import start_bounded, wait_for_controller
from stream_service.streaming.errors import MissingTopics, StreamError
from stream_service.streaming.topic_findings import (
    USUAL_COPIES,
    Copies,
    TopicFinding,
    config_problems,
    copy_problems,
    least_in_sync,
    with_partition_problems,
)

_VISIBLE_TIMEOUT_S = 30.0
"""How long a new topic may take until every request sees it."""


class TopicRefused(StreamError):
    """The cluster would not create a topic."""


class TopicAdministration:
    """Creates and checks topics. Use it as an async context manager."""

    def __init__(self, connection: KafkaConnection, *, start_timeout_s: float = 30.0) -> None:
        self._connection = connection
        self._start_timeout_s = start_timeout_s
        self._admin: Any = None

    async def __aenter__(self) -> Self:
        """Connect. Raises BrokerUnreachable."""
        self._admin = AIOKafkaAdminClient(**self._connection.client_options("topics"))
        try:
            await start_bounded(self._start, self._connection, self._start_timeout_s)
        except BaseException:
            await closes(self._admin.close(), CLOSE_TIMEOUT_S)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await closes(self._admin.close(), CLOSE_TIMEOUT_S)

    async def _start(self) -> None:
        await self._admin.start()
        await wait_for_controller(self._admin)

    async def create(
        self, topics: Topics, *, partitions: int, replication_factor: int | None = None
    ) -> Sequence[str]:
        """Create what is missing, and wait until it can be used; returns the names created.

        Without a ``replication_factor`` it is 3, or the number of brokers if they are fewer: the
        client's protocol version cannot ask for the cluster's default. Raises TopicRefused,
        AccessDenied.
        """
        specifications = topics.specifications()
        existing = await self._partitions_by_topic([spec.name for spec in specifications])
        missing = [spec for spec in specifications if spec.name not in existing]
        if not missing:
            return ()
        copies = replication_factor or min(USUAL_COPIES, await self._brokers())
        in_sync = least_in_sync(copies)
        durable = {} if in_sync is None else {"min.insync.replicas": str(in_sync)}
        answer = await self._admin.create_topics(
            [
                NewTopic(
                    name=spec.name,
                    num_partitions=partitions,
                    replication_factor=copies,
                    topic_configs={**spec.all_configs(), **durable},
                )
                for spec in missing
            ]
        )
        errors = [(name, for_code(code), *rest) for name, code, *rest in answer.topic_errors]
        denied = [name for name, error, *_ in errors if error is TopicAuthorizationFailedError]
        if denied:
            raise _denied(Operation.CREATE, denied)
        for name, error, *message in errors:
            if error.errno and error is not TopicAlreadyExistsError:
                detail = message[0] if message and message[0] else error.__name__
                raise TopicRefused(f"the cluster refused the topic {name}: {detail}")
        names = [spec.name for spec in missing]
        async with asyncio.timeout(_VISIBLE_TIMEOUT_S):
            while await self.missing(names):  # noqa: ASYNC110 - nobody tells; the broker is asked
                await asyncio.sleep(0.05)
        return names

    async def add_partitions(self, name: str, total: int) -> None:
        """Give a topic ``total`` partitions, and wait until they can be used.

        Raises TopicRefused, AccessDenied.
        """
        answer = await self._admin.create_partitions({name: NewPartitions(total_count=total)})
        for topic, code, message in answer.topic_errors:
            error = for_code(code)
            if error is TopicAuthorizationFailedError:
                raise _denied(Operation.ALTER, [topic])
            if code:
                raise TopicRefused(
                    f"the cluster refused partitions to {topic}: {message or error.__name__}"
                )
        async with asyncio.timeout(_VISIBLE_TIMEOUT_S):
            while (await self.partitions([name]))[name] < total:  # noqa: ASYNC110 - asked for
                await asyncio.sleep(0.05)

    async def check(self, topics: Topics) -> Sequence[TopicFinding]:
        """Compare every topic with what the service needs. Raises AccessDenied."""
        specifications = topics.specifications()
        existing = await self._copies_by_topic([spec.name for spec in specifications])
        brokers = await self._brokers()
        findings: list[TopicFinding] = []
        for spec in specifications:
            if spec.name not in existing:
                findings.append(TopicFinding(spec.name, 0, ("missing",)))
                continue
            copies = existing[spec.name]
            try:
                actual = await self._config(spec.name)
            except KafkaError as error:
                problems = [f"its configuration cannot be read: {type(error).__name__}"]
            else:
                problems = [
                    *config_problems(spec, actual),
                    *copy_problems(copies, actual, brokers),
                ]
            findings.append(TopicFinding(spec.name, len(copies), tuple(problems)))
        return with_partition_problems(findings, topics)

    async def missing(self, names: Sequence[str]) -> Sequence[str]:
        """Which of ``names`` do not exist. Raises AccessDenied."""
        existing = await self._partitions_by_topic(names)
        return [name for name in names if name not in existing]

    async def partitions(
        self, names: Sequence[str], operation: Operation | None = None
    ) -> Mapping[str, int]:
        """How many partitions each of ``names`` has, on all of which ``operation`` is allowed.

        Raises MissingTopics, AccessDenied.
        """
        if operation is not None:
            await self.require([AclRule(ResourceKind.TOPIC, name, operation) for name in names])
        existing = await self._partitions_by_topic(names)
        if missing := [name for name in names if name not in existing]:
            raise MissingTopics(missing)
        return {name: existing[name] for name in names}

    async def require(self, rules: Sequence[AclRule]) -> None:
        """Raises AccessDenied with all of ``rules`` that are not allowed, BrokerUnreachable."""
        await start_bounded(
            partial(require_allowed, self._admin._client, rules),
            self._connection,
            self._start_timeout_s,
        )

    async def allow(self, principal: str, rules: Sequence[AclRule]) -> None:
        """Add ACLs. Raises AclsNotCreated, BrokerUnreachable."""
        await start_bounded(
            partial(create_acls, self._admin, principal, rules),
            self._connection,
            self._start_timeout_s,
        )

    async def _partitions_by_topic(self, names: Sequence[str]) -> Mapping[str, int]:
        copies = await self._copies_by_topic(names)
        return {topic: len(partitions) for topic, partitions in copies.items()}

    async def _copies_by_topic(self, names: Sequence[str]) -> Mapping[str, Sequence[Copies]]:
        # By name: whoever asks for all topics is not told of those that he may not see.
        answer = await self._admin._send_request(AllowedOnTopics(names))
        denied = [
            topic
            for code, topic, *_ in answer.topics
            if for_code(code) is TopicAuthorizationFailedError
        ]
        if denied:
            raise _denied(Operation.DESCRIBE, denied)
        return {
            topic: [Copies(len(replicas), len(isr)) for *_, replicas, isr, _offline in partitions]
            for code, topic, _, partitions, _ in answer.topics
            if not code
        }

    async def _brokers(self) -> int:
        cluster = cast(dict[str, Any], await self._admin.describe_cluster())
        return len(cluster["brokers"])

    async def _config(self, name: str) -> Mapping[str, str]:
        """What is in force for the topic. Raises AccessDenied, KafkaError."""
        answers = await self._admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name)]
        )
        codes = {resource[0] for answer in answers for resource in answer.resources}
        if TopicAuthorizationFailedError.errno in codes:
            raise _denied(Operation.DESCRIBE_CONFIGS, [name])
        return {
            entry[0]: entry[1]
            for answer in answers
            for resource in answer.resources
            for entry in resource[4]
        }


def _denied(operation: Operation, topics: Sequence[str]) -> AccessDenied:
    return AccessDenied([AclRule(ResourceKind.TOPIC, topic, operation) for topic in topics])
