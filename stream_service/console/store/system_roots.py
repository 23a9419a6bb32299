"""TLS to a database whose certificate one of the system's authorities has signed."""

import ssl

from stream_service.console.errors import DatabaseUnavailable

SYSTEM = "system"
"""As ``sslrootcert``, in place of a file: libpq's word for those authorities."""


def system_roots(
    *, certificate: str | None, key: str | None, revoked: str | None
) -> ssl.SSLContext:
    """The server's certificate and name are verified; ``certificate`` is the console's own.

    The driver takes its authorities from a file alone. Raises DatabaseUnavailable.
    """
    context = ssl.create_default_context()
    try:
        if certificate is not None:
            context.load_cert_chain(certificate, key)
        if revoked is not None:
            context.load_verify_locations(revoked)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    except OSError as error:
        raise DatabaseUnavailable(
            "console.database_url: sslcert, sslkey or sslcrl cannot be read"
            f" ({type(error).__name__})"
        ) from error
    return context
