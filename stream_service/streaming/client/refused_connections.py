"""Why a broker cannot be reached, in words that name the setting.

aiokafka keeps trying without a word whatever the cause, so that a wrong password looks like a
broker that is away. Here one connection is made by hand, whose error is seen.
"""

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import aiokafka.conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.errors import ConnectionRefused, TokenRefused, TokenUnavailable

_DIAGNOSIS_TIMEOUT_S = 5.0
"""For one broker; one that refuses does so within a second."""

_TLS_ALERT_AS_SIZE = "1503"
"""How an alert of TLS begins, in hexadecimal, where the length of an answer was expected."""

_client = cast(Any, aiokafka.conn)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands between us and a broker."""

    words: str
    is_certain: bool = True
    """Whether a broker that is just starting or stopping cannot look the same."""


async def require_no_refusal(connection: KafkaConnection) -> str | None:
    """Ask each bootstrap server itself; return what may be in the way where that is not certain.

    Raises ConnectionRefused where a broker refuses us for certain and no other lets us in.
    """
    options = connection.connection_options(f"{connection.client_id}-diagnosis")
    refusal: Obstacle | None = None
    suspicion: Obstacle | None = None
    for host, port, _ in _client.collect_hosts(connection.bootstrap_servers):
        try:
            async with asyncio.timeout(_DIAGNOSIS_TIMEOUT_S):
                await _try(host, port, options)
        except (KafkaError, OSError, TimeoutError) as error:
            obstacle = obstacle_of(error, connection, f"{host}:{port}")
        else:
            return None
        if obstacle is not None and obstacle.is_certain:
            refusal = refusal or obstacle
        else:
            suspicion = suspicion or obstacle
    if refusal is not None:
        raise ConnectionRefused(refusal.words)
    return None if suspicion is None else suspicion.words


async def _try(host: str, port: int, options: dict[str, Any]) -> None:
    connected = await _client.create_conn(host, port, **options)
    try:
        await connected.send(MetadataRequest([], allow_auto_topic_creation=False))
    finally:
        await connected.close()


def obstacle_of(error: BaseException, connection: KafkaConnection, address: str) -> Obstacle | None:
    """What ``error`` of a connection to ``address`` means; None where the broker is just away."""
    causes = list(_chain(error))
    for cause in causes:
        match cause:
            case ssl.SSLCertVerificationError():
                return Obstacle(_distrusted(cause, address))
            case ssl.SSLError():
                return _tls_obstacle(cause, connection, address)
            case TokenRefused():
                return Obstacle(str(cause))
            case TokenUnavailable():
                return Obstacle(str(cause), is_certain=False)
            case SaslAuthenticationFailed():
                return Obstacle(_unauthenticated(connection, address))
            case UnsupportedSaslMechanismError() | IllegalSaslStateError():
                return Obstacle(
                    f"the broker at {address} does not offer {connection.sasl_mechanism}: check"
                    " kafka.sasl_mechanism and kafka.security_protocol"
                )
            case _:
                continue
    if any(isinstance(cause, KafkaConnectionError | ConnectionResetError) for cause in causes):
        return _closed(causes, connection, address)
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _distrusted(error: ssl.SSLCertVerificationError, address: str) -> str:
    reason = error.verify_message
    if "mismatch" in reason.lower():
        fix = (
            "its certificate is for another name: connect by a name that stands in it"
            " (kafka.bootstrap_servers, and the broker's advertised.listeners)"
        )
    elif "expired" in reason or "not yet valid" in reason:
        fix = "the broker needs a new certificate, or this machine's clock is wrong"
    else:
        fix = "kafka.ssl_ca_file must hold the authority that signed its certificate"
    return f"the broker at {address} is not trusted ({reason}): {fix}"


def _tls_obstacle(error: ssl.SSLError, connection: KafkaConnection, address: str) -> Obstacle:
    reason = error.reason or type(error).__name__
    if "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
        if connection.tls.certificate is None:
            return Obstacle(
                f"the broker at {address} wants a client's certificate: set"
                " kafka.ssl_certificate_file and kafka.ssl_key_file"
            )
        return Obstacle(
            f"the broker at {address} refused our certificate ({reason}): that in"
            " kafka.ssl_certificate_file may have expired, or the broker does not trust who"
            " signed it"
        )
    return Obstacle(
        f"no TLS with the broker at {address} ({reason}): check that its listener speaks"
        f" {connection.security_protocol}, as kafka.security_protocol says"
    )


def _unauthenticated(connection: KafkaConnection, address: str) -> str:
    if connection.sasl_mechanism == "OAUTHBEARER":
        return (
            f"the broker at {address} refused the token: it may want another issuer, audience or"
            " scope; check kafka.oauth_token_url, kafka.oauth_scope and kafka.oauth_audience"
        )
    return (
        f"the broker at {address} refused the user {connection.sasl_username!r} by"
        f" {connection.sasl_mechanism}: check kafka.sasl_username and kafka.sasl_password"
    )


def _closed(
    causes: list[BaseException], connection: KafkaConnection, address: str
) -> Obstacle | None:
    protocol = connection.security_protocol
    for cause in causes:
        expected = cause.expected if isinstance(cause, asyncio.IncompleteReadError) else None
        if expected and f"{expected:08x}".startswith(_TLS_ALERT_AS_SIZE):
            with_tls = "SASL_SSL" if "SASL" in protocol else "SSL or SASL_SSL"
            return Obstacle(
                f"the broker at {address} speaks TLS: kafka.security_protocol is {protocol}, try"
                f" {with_tls}"
            )
    # As a broker does that is just stopping, too.
    return Obstacle(
        f"the broker at {address} closed the connection: check that its listener speaks"
        f" {protocol}, as kafka.security_protocol says",
        is_certain=False,
    )
