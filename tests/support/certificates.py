"""Certificates as a cluster's owner makes them, and those that go wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """One that signs, and the folder where it puts what it has signed."""

    folder: Path
    name: str
    authority: trustme.CA

    @classmethod
    def new(cls, folder: Path, name: str) -> "Authority":
        authority = cls(folder, name, trustme.CA())
        authority.authority.cert_pem.write_to_path(str(authority.file))
        return authority

    @property
    def file(self) -> Path:
        """Its own certificate: what trusts in it is given this."""
        return self.folder / f"{self.name}.pem"

    def server(self, *names: str, expired: bool = False) -> Path:
        """A broker's key and certificates, for these names or addresses."""
        return self._issue("-".join(("server", *names)), names, None, expired=expired)

    def client(self, name: str, *, expired: bool = False, password: str | None = None) -> Path:
        """A client's, whose common name is ``name``."""
        return self._issue(
            f"client-{name}", [f"{name}@example.com"], name, expired=expired, password=password
        )

    def _issue(
        self,
        name: str,
        identities: Sequence[str],
        common_name: str | None,
        *,
        expired: bool,
        password: str | None = None,
    ) -> Path:
        now = datetime.now(UTC)
        issued = self.authority.issue_cert(
            *identities,
            common_name=common_name,
            not_before=now - 2 * _DAY,
            not_after=now - _DAY if expired else now + _DAY,
        )
        # Java reads no key but in PKCS #8.
        key = load_pem_private_key(issued.private_key_pem.bytes(), None).private_bytes(
            Encoding.PEM,
            PrivateFormat.PKCS8,
            NoEncryption() if password is None else BestAvailableEncryption(password.encode()),
        )
        kind = "-expired" if expired else ""
        kind += "" if password is None else "-encrypted"
        file = self.folder / f"{self.name}-{name}{kind}.pem"
        file.write_bytes(key + b"".join(one.bytes() for one in issued.cert_chain_pems))
        return file
