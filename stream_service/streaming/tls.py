"""The TLS of connections to brokers, from files."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from stream_service.streaming.errors import StreamError


class TlsFilesUnusable(StreamError):
    """A file of certificates or keys cannot be used; the message names the setting and the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Where certificates and keys stand, as PEM. What is None is the system's, or not needed."""

    ca: Path | None = None
    """Who signs the brokers' certificates; the system's authorities where it is None."""
    certificate: Path | None = None
    """Ours, with those up to its authority; it may hold the key too."""
    key: Path | None = None
    key_password: str | None = field(default=None, repr=False)

    def context(self) -> ssl.SSLContext:
        """A context that checks the broker's certificate and name. Raises TlsFilesUnusable."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except OSError as error:
            raise _unusable("kafka.ssl_ca_file", self.ca, error) from None
        if self.certificate is not None:
            self._load_certificate(context, self.certificate)
        return context

    def _load_certificate(self, context: ssl.SSLContext, certificate: Path) -> None:
        for setting, file in {
            "kafka.ssl_certificate_file": certificate,
            "kafka.ssl_key_file": self.key,
        }.items():
            _require_readable(setting, file)
        # Without a password given, OpenSSL would ask for one on the terminal.
        password = self.key_password or ""
        try:
            context.load_cert_chain(certificate, self.key, password=lambda: password)
        except OSError as error:
            if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
                raise TlsFilesUnusable(
                    f"the key in {self.key or certificate} is not that of the certificate in"
                    f" {certificate}: check kafka.ssl_key_file and kafka.ssl_certificate_file"
                ) from None
            raise TlsFilesUnusable(
                f"the certificate in {certificate} or its key in {self.key or certificate} cannot"
                " be used: check that both are PEM, and kafka.ssl_key_password where the key is"
                " encrypted"
            ) from None


def _require_readable(setting: str, file: Path | None) -> None:
    if file is None:
        return
    try:
        with file.open("rb"):
            pass
    except OSError as error:
        raise _unusable(setting, file, error) from None


def _unusable(setting: str, file: Path | None, error: OSError) -> TlsFilesUnusable:
    reason = "it holds no certificate in PEM" if isinstance(error, ssl.SSLError) else error.strerror
    return TlsFilesUnusable(f"{setting}: {file}: {reason}")
