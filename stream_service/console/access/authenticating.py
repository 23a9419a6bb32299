"""From a request's headers to who asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from stream_service.console.access.roles import LOCAL, Principal, Role
from stream_service.console.access.tokens import TokenCheck
from stream_service.console.errors import UnsafeAddress

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

_LONGEST_NAME = 200
"""As a decision's reviewer may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessOptions:
    """Who is let in, and how."""

    tokens: bool = False
    """Whether a request needs a token; without it whoever reaches the console is its operator."""
    proxy_header: str | None = None
    """The header in which a proxy names the user it has signed on."""
    proxy_role: Role = Role.REVIEWER
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """The addresses that may name users; a header from elsewhere is ignored."""


def refuse_unsafe_address(host: str, options: AccessOptions) -> None:
    """Raises UnsafeAddress where everybody in the network would be the operator."""
    if options.tokens or is_loopback(host):
        return
    raise UnsafeAddress(
        f"console.host={host} can be reached from other machines, and nobody is asked who they "
        "are; set console.authentication=tokens and make a token with: "
        "stream-service console token create"
    )


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine alone."""
    if host in _LOOPBACK_NAMES:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Authenticator:
    """Says who asks."""

    def __init__(self, options: AccessOptions, tokens: TokenCheck) -> None:
        self._options = options
        self._tokens = tokens

    @property
    def asks_who(self) -> bool:
        """Whether anybody is told from anybody else."""
        return self._options.tokens

    async def principal(self, headers: Mapping[str, str], peer: str | None) -> Principal | None:
        """Who asks; None for somebody unknown. Header names are in lower case.

        Raises DatabaseUnavailable.
        """
        if not self._options.tokens:
            return LOCAL
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return await self._tokens.principal(token.strip())
        return self._named_by_proxy(headers, peer)

    def _named_by_proxy(self, headers: Mapping[str, str], peer: str | None) -> Principal | None:
        header = self._options.proxy_header
        if header is None or peer is None:
            return None
        name = _as_written(headers.get(header.lower(), "")).strip()
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            return None
        try:
            address = ip_address(peer)
        except ValueError:
            return None
        if not any(address in network for network in self._options.trusted_proxies):
            return None
        return Principal(name, self._options.proxy_role)


def _as_written(value: str) -> str:
    """A header's value, which the server reads as Latin-1 and proxies write in UTF-8."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value
