"""How to reach the cluster."""

from dataclasses import dataclass, field
from typing import Any

from aiokafka.abc import AbstractTokenProvider

from stream_service.streaming.client.closed_transports import tell_of_closed_transports
from stream_service.streaming.client.metadata_pace import pace_metadata
from stream_service.streaming.client.oauth.refused_tokens import tell_of_refused_tokens
from stream_service.streaming.client.tls import TlsFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaConnection:
    """Address and credentials, the same for every client that the service opens."""

    bootstrap_servers: str
    client_id: str = "stream-service"
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    tokens: AbstractTokenProvider | None = field(default=None, repr=False)
    """Where OAUTHBEARER gets its tokens."""
    tls: TlsFiles = field(default_factory=TlsFiles)
    request_timeout_s: float = 15.0
    """How long one request may take before its connection counts as lost."""

    def client_options(self, role: str) -> dict[str, Any]:
        """Keyword arguments that every aiokafka client takes. Raises TlsFilesUnusable."""
        return {
            "bootstrap_servers": self.bootstrap_servers,
            **self.connection_options(f"{self.client_id}-{role}"),
        }

    def connection_options(self, client_id: str) -> dict[str, Any]:
        """Those that a single connection takes. Raises TlsFilesUnusable."""
        tell_of_closed_transports()
        pace_metadata()
        options: dict[str, Any] = {
            "client_id": client_id,
            "security_protocol": self.security_protocol,
            "request_timeout_ms": round(self.request_timeout_s * 1000),
        }
        if "SASL" in self.security_protocol:
            options["sasl_mechanism"] = self.sasl_mechanism
            if self.sasl_mechanism == "OAUTHBEARER":
                tell_of_refused_tokens()
                options["sasl_oauth_token_provider"] = self.tokens
            else:
                options["sasl_plain_username"] = self.sasl_username
                options["sasl_plain_password"] = self.sasl_password
        if "SSL" in self.security_protocol:
            options["ssl_context"] = self.tls.context()
        return options
