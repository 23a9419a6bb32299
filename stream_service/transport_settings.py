"""What the settings mean for the transport; light to import, for commands that judge nothing."""

from stream_service.contracts.topics import Topics
from stream_service.observe.tracing.options import TracingOptions
from stream_service.settings import Settings
from stream_service.streaming.connection import KafkaConnection


def topics_of(settings: Settings) -> Topics:
    """The topics' names."""
    return Topics(settings.topics.prefix)


def connection_of(settings: Settings) -> KafkaConnection:
    """How to reach the cluster."""
    kafka = settings.kafka
    password = kafka.sasl_password
    return KafkaConnection(
        bootstrap_servers=kafka.bootstrap_servers,
        client_id=kafka.client_id,
        security_protocol=kafka.security_protocol,
        sasl_mechanism=kafka.sasl_mechanism,
        sasl_username=kafka.sasl_username,
        sasl_password=None if password is None else password.get_secret_value(),
        ssl_ca_file=kafka.ssl_ca_file,
        ssl_certificate_file=kafka.ssl_certificate_file,
        ssl_key_file=kafka.ssl_key_file,
        request_timeout_s=kafka.request_timeout_s,
    )


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
