"""Listeners at which a client must say who it is, and an authorizer that denies by default.

The broker's own listener stays as it is: whoever comes there is a super user, for the set-up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stream_service.devkit.kafka.ports import LOOPBACK

SecurityProtocol = Literal["SASL_PLAINTEXT", "SASL_SSL", "SSL"]

_SCRAM_MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-512")

_LOGIN_MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "OAUTHBEARER": "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule",
}

MECHANISMS = tuple(_LOGIN_MODULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuredListener:
    """A listener beside the broker's own. Its principal is ``User:NAME``, by whichever way."""

    name: str
    """Upper-case letters and ``_``."""
    protocol: SecurityProtocol
    mechanisms: Sequence[str] = MECHANISMS
    """SASL's, where the protocol has it."""
    keystore: Path | None = None
    """A PEM file of the broker's key and certificates, where the protocol has TLS."""
    trusted_clients: Path | None = None
    """A PEM file of who signs clients' certificates; with it a client must show one, whose common
    name is its principal's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """What the broker asks of clients at its secured listeners."""

    listeners: Sequence[SecuredListener]
    users: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names and passwords, for PLAIN and SCRAM."""

    def settings(self, base: Mapping[str, str], ports: Mapping[str, int]) -> dict[str, str]:
        """Kafka's settings beside ``base``, the broker's own; ``ports`` are the listeners'."""
        addresses = [f"{one.name}://{LOOPBACK}:{ports[one.name]}" for one in self.listeners]
        protocols = [f"{one.name}:{one.protocol}" for one in self.listeners]
        settings = {
            name: ",".join((base[name], *more))
            for name, more in {
                "listeners": addresses,
                "advertised.listeners": addresses,
                "listener.security.protocol.map": protocols,
            }.items()
        }
        settings["authorizer.class.name"] = (
            "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
        )
        settings["super.users"] = "User:ANONYMOUS"
        settings["ssl.principal.mapping.rules"] = r"RULE:^.*CN=([^,]+).*$/$1/"
        for listener in self.listeners:
            settings |= self._listener_settings(listener)
        return settings

    def _listener_settings(self, listener: SecuredListener) -> dict[str, str]:
        prefix = f"listener.name.{listener.name.lower()}."
        settings: dict[str, str] = {}
        if "SASL" in listener.protocol:
            settings[f"{prefix}sasl.enabled.mechanisms"] = ",".join(listener.mechanisms)
            for mechanism in listener.mechanisms:
                settings[f"{prefix}{mechanism.lower()}.sasl.jaas.config"] = self._login(mechanism)
        if listener.keystore is not None:
            settings[f"{prefix}ssl.keystore.type"] = "PEM"
            settings[f"{prefix}ssl.keystore.location"] = str(listener.keystore)
        if listener.trusted_clients is not None:
            settings[f"{prefix}ssl.truststore.type"] = "PEM"
            settings[f"{prefix}ssl.truststore.location"] = str(listener.trusted_clients)
            settings[f"{prefix}ssl.client.auth"] = "required"
        return settings

    def _login(self, mechanism: str) -> str:
        module = f"{_LOGIN_MODULES[mechanism]} required"
        if mechanism == "PLAIN":
            users = " ".join(f'user_{name}="{word}"' for name, word in self.users.items())
            return f"{module} {users};"
        if mechanism == "OAUTHBEARER":
            # Tokens without a signature, which Kafka takes in development alone.
            return f'{module} unsecuredLoginStringClaim_sub="broker";'
        return f"{module};"

    def format_arguments(self) -> list[str]:
        """What the storage tool is told beside the rest: the users of SCRAM."""
        return [
            word
            for mechanism in _SCRAM_MECHANISMS
            for name, password in self.users.items()
            for word in ("--add-scram", f"{mechanism}=[name={name},password={password}]")
        ]
