"""The TLS of connections to brokers, from files."""

import os
import ssl
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from stream_service.streaming.errors import StreamError

# What create_default_context asks for beside a trusted certificate and its name, since Python 3.13.
_STRICTER = (
    ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    if sys.version_info >= (3, 13)
    else ssl.VERIFY_DEFAULT
)


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

        The same one until a file changes. Whoever keeps it has each new connection made with what
        the files hold then.
        """
        return _context(self, self.written())

    def written(self) -> tuple[int, ...]:
        """When each file was written. Raises TlsFilesUnusable."""
        return tuple(
            _written_at(setting, file)
            for setting, file in (
                ("kafka.ssl_ca_file", self.ca),
                ("kafka.ssl_certificate_file", self.certificate),
                ("kafka.ssl_key_file", self.key),
            )
        )

    def load_into(self, context: ssl.SSLContext) -> None:
        """Load what the files hold now. Raises TlsFilesUnusable, with ``context`` half done."""
        try:
            if self.ca is None:
                context.load_default_certs()
            else:
                context.load_verify_locations(self.ca)
        except OSError as error:
            raise _unusable("kafka.ssl_ca_file", self.ca, error) from None
        if self.certificate is not None:
            self._load_certificate(context, self.certificate)

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


class _RenewedContext(ssl.SSLContext):
    """A context that takes a renewed certificate up with the next connection.

    Clients keep their context for as long as they run, which may be longer than a certificate is
    valid: a worker would be shut out by the first restart of the brokers after its end.
    """

    _files: TlsFiles
    _written: tuple[int, ...]

    @classmethod
    def of(cls, files: TlsFiles, written: tuple[int, ...]) -> "_RenewedContext":
        """Of these files, which were written then. Raises TlsFilesUnusable."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.verify_flags |= _STRICTER
        context._files, context._written = files, written
        files.load_into(context)
        return context

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        """Called by the event loop for each connection."""
        # What cannot be used, half of it being written for instance, is looked at again next time.
        with suppress(TlsFilesUnusable):
            self._take_up_renewed()
        return super().wrap_bio(*args, **options)

    def _take_up_renewed(self) -> None:
        written = self._files.written()
        if written == self._written:
            return
        # Tried first: a certificate without its key would put out the one that is still good.
        self._files.load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        self._files.load_into(self)
        self._written = written


@lru_cache(maxsize=4)
def _context(files: TlsFiles, written: tuple[int, ...]) -> ssl.SSLContext:
    """Kept: reading the system's authorities takes some hundredths of a second, and a worker has a
    client for each partition."""
    return _RenewedContext.of(files, written)


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
