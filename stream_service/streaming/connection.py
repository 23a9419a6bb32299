"""How to reach the cluster."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stream_service.streaming.closed_transports import tell_of_closed_transports


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaConnection:
    """Address and credentials, the same for every client that the service opens."""

    bootstrap_servers: str
    client_id: str = "stream-service"
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    ssl_ca_file: Path | None = None
    ssl_certificate_file: Path | None = None
    ssl_key_file: Path | None = None
    request_timeout_s: float = 15.0
    """How long one request may take before its connection counts as lost."""

    def client_options(self, role: str) -> dict[str, Any]:
        """Keyword arguments that every aiokafka client takes."""
        tell_of_closed_transports()
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "client_id": f"{self.client_id}-{role}",
            "security_protocol": self.security_protocol,
            "request_timeout_ms": round(self.request_timeout_s * 1000),
        }
        if "SASL" in self.security_protocol:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password,
            }
        if "SSL" in self.security_protocol:
            options["ssl_context"] = self._ssl_context()
        return options

    def _ssl_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ssl_ca_file)
        if self.ssl_certificate_file is not None:
            context.load_cert_chain(self.ssl_certificate_file, self.ssl_key_file)
        return context
