"""A broker with listeners of every guarded kind, which allows only what an ACL allows."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka, SecuredListener, Security
from stream_service.settings import Settings, load_settings
from stream_service.streaming.access.administration import create_acls
from stream_service.streaming.access.denials import AccessDenied
from stream_service.streaming.access.requests import DeleteAcls
from stream_service.streaming.access.roles import Role, rules_of
from stream_service.streaming.access.rules import AclRule
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.topic_administration import TopicAdministration
from tests.support.certificates import Authority
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.waiting import until

PASSWORDS = {role.value: f"password-of-{role}" for role in Role} | {"nobody": "password-of-nobody"}

SASL, SASL_TLS, MUTUAL_TLS = "SASL", "SASLTLS", "MUTUAL"
WRONG_NAME, EXPIRED, SCRAM_ONLY = "WRONGNAME", "EXPIRED", "SCRAMONLY"


@dataclass(frozen=True)
class GuardedKafka:
    kafka: EmbeddedKafka
    authority: Authority
    stranger: Authority
    """An authority that the broker does not trust, nor clients the brokers it signed."""

    def cluster(self, topics: Topics) -> Cluster:
        """At the door for the set-up, where everything is allowed."""
        return Cluster(self.kafka.bootstrap_servers, topics)

    def flags(self, listener: str, *settings: str) -> list[str]:
        """Settings that lead to a listener; they are what follows --set."""
        return [f"kafka.bootstrap_servers={self.kafka.secured_servers(listener)}", *settings]

    def by_password(
        self, user: str, *settings: str, mechanism: str = "SCRAM-SHA-512", tls: bool = False
    ) -> list[str]:
        secured = (
            ("kafka.security_protocol=SASL_SSL", f"kafka.ssl_ca_file={self.authority.file}")
            if tls
            else ("kafka.security_protocol=SASL_PLAINTEXT",)
        )
        return self.flags(
            SASL_TLS if tls else SASL,
            *secured,
            f"kafka.sasl_mechanism={mechanism}",
            f"kafka.sasl_username={user}",
            f"kafka.sasl_password={PASSWORDS.get(user, 'no password')}",
            *settings,
        )

    def settings_of(self, role: Role, topics: Topics, group: str, *settings: str) -> Settings:
        """Settings of a role that comes as the user of its name."""
        return load_settings(
            [
                *self.by_password(role.value),
                f"topics.prefix={topics.prefix}",
                f"consumer.group_id={group}",
                *settings,
            ]
        )

    async def allow(self, user: str, rules: Sequence[AclRule]) -> None:
        async with self._admin() as admin:
            await create_acls(admin, f"User:{user}", rules)

    async def disallow(self, user: str, rules: Sequence[AclRule]) -> None:
        async with self._admin() as admin:
            answer = await admin._send_request(DeleteAcls(f"User:{user}", rules))
        for code, message, matching in answer.filter_results:
            assert not code, message
            assert len(matching) == 1, "there was no such ACL"

    async def allow_role(self, role: Role, topics: Topics, group: str) -> Sequence[AclRule]:
        rules = rules_of(role, topics, group)
        await self.allow(role.value, rules)
        return rules

    @asynccontextmanager
    async def _admin(self) -> AsyncGenerator[Any]:
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=self.kafka.bootstrap_servers)
        async with client_started(admin):
            yield admin


async def until_allowed(connection: KafkaConnection, rules: Sequence[AclRule]) -> None:
    """Wait until ACLs that were added are in force: the broker hears of them a moment later."""
    async with TopicAdministration(connection) as administration:

        async def allowed() -> bool:
            try:
                await administration.require(rules)
            except AccessDenied:
                return False
            return True

        await until(allowed, "the ACLs")


@asynccontextmanager
async def guarded_kafka(folder: Path) -> AsyncGenerator[GuardedKafka]:
    authority = await asyncio.to_thread(Authority.new, folder, "authority")
    stranger = await asyncio.to_thread(Authority.new, folder, "stranger")
    good = authority.server("127.0.0.1", "localhost")
    listeners = [
        SecuredListener(name=SASL, protocol="SASL_PLAINTEXT"),
        SecuredListener(name=SASL_TLS, protocol="SASL_SSL", keystore=good),
        SecuredListener(name=SCRAM_ONLY, protocol="SASL_PLAINTEXT", mechanisms=("SCRAM-SHA-256",)),
        SecuredListener(
            name=MUTUAL_TLS, protocol="SSL", keystore=good, trusted_clients=authority.file
        ),
        SecuredListener(
            name=WRONG_NAME, protocol="SSL", keystore=authority.server("kafka.example.com")
        ),
        SecuredListener(
            name=EXPIRED, protocol="SSL", keystore=authority.server("127.0.0.1", expired=True)
        ),
    ]
    security = Security(listeners=listeners, users=PASSWORDS)
    async with EmbeddedKafka.start(security=security) as kafka:
        yield GuardedKafka(kafka, authority, stranger)
