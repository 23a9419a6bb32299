"""What the settings mean for the transport; light to import, for commands that judge nothing."""

from aiokafka.abc import AbstractTokenProvider
from pydantic import SecretStr

from stream_service.contracts.topics import Topics
from stream_service.observe.tracing.options import TracingOptions
from stream_service.settings import Settings
from stream_service.settings.groups import KafkaSettings
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.tls import TlsFiles


def topics_of(settings: Settings) -> Topics:
    """The topics' names."""
    return Topics(settings.topics.prefix)


def connection_of(settings: Settings) -> KafkaConnection:
    """How to reach the cluster."""
    kafka = settings.kafka
    return KafkaConnection(
        bootstrap_servers=kafka.bootstrap_servers,
        client_id=kafka.client_id,
        security_protocol=kafka.security_protocol,
        sasl_mechanism=kafka.sasl_mechanism,
        sasl_username=kafka.sasl_username,
        sasl_password=_plain(kafka.sasl_password),
        tokens=_tokens_of(kafka),
        tls=TlsFiles(
            ca=kafka.ssl_ca_file,
            certificate=kafka.ssl_certificate_file,
            key=kafka.ssl_key_file,
            key_password=_plain(kafka.ssl_key_password),
        ),
        request_timeout_s=kafka.request_timeout_s,
    )


def _tokens_of(kafka: KafkaSettings) -> AbstractTokenProvider | None:
    url, client_id, secret = (
        kafka.oauth_token_url,
        kafka.oauth_client_id,
        _plain(kafka.oauth_client_secret),
    )
    if url is None or client_id is None or secret is None:
        return None
    # Only here: its HTTP client takes half a second to import.
    from stream_service.streaming.client.oauth.client_credentials import (
        ClientCredentials,
        OauthClient,
    )

    return ClientCredentials(
        OauthClient(
            token_url=url,
            client_id=client_id,
            client_secret=secret,
            scope=kafka.oauth_scope,
            audience=kafka.oauth_audience,
            ca_file=kafka.oauth_ca_file,
        )
    )


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def tracing_of(settings: Settings) -> TracingOptions | None:
    """Where spans go; None where nothing is traced."""
    tracing = settings.tracing
    if not tracing.enabled:
        return None
    return TracingOptions(
        endpoint=tracing.endpoint,
        headers={name: value.get_secret_value() for name, value in tracing.headers.items()},
        sampling_ratio=tracing.sampling_ratio,
        shutdown_timeout_s=tracing.shutdown_timeout_s,
    )
