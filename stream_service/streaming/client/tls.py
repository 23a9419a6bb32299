"""The TLS of connections to brokers, from files."""

import os
import ssl
from dataclasses import dataclass, field
from functools import lru_cache
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
        """A context that checks the broker's certificate and name. Raises TlsFilesUnusable.

        The same one until a file changes.
        """
        written = tuple(
            _written_at(setting, file)
            for setting, file in (
                ("kafka.ssl_ca_file", self.ca),
                ("kafka.ssl_certificate_file", self.certificate),
                ("kafka.ssl_key_file", self.key),
            )
        )
        return _context(self, written)

    def new_context(self) -> ssl.SSLContext:
        """One of its own. Raises TlsFilesUnusable."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except OSError as error:
            raise _unusable("kafka.ssl_ca_file", self.ca, error) from None
        if self.certificate is not None:
            self._load_certificate(context, self.certificate)
        return context

    def _load_certificate(self, context: ssl.SSLContext, certificate: Path) -> None:
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


@lru_cache(maxsize=4)
def _context(files: TlsFiles, _written: tuple[int, ...]) -> ssl.SSLContext:
    """Kept: reading the system's authorities takes some hundredths of a second, and a worker has a
    client for each partition."""
    return files.new_context()


def _written_at(setting: str, file: Path | None) -> int:
    if file is None:
        return 0
    try:
        with file.open("rb") as opened:
            return os.fstat(opened.fileno()).st_mtime_ns
    except OSError as error:
        raise _unusable(setting, file, error) from None


def _unusable(setting: str, file: Path | None, error: OSError) -> TlsFilesUnusable:
    reason = "it holds no certificate in PEM" if isinstance(error, ssl.SSLError) else error.strerror
    return TlsFilesUnusable(f"{setting}: {file}: {reason}")
