"""Whoever looks at a page; asked anew who they are before every act."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import cookie_parser

from stream_service.console.access.authenticating import Authenticator
from stream_service.console.access.roles import Permission, Principal
from stream_service.console.errors import ConsoleError
from stream_service.console.pages.access.sessions import COOKIE, Sessions


class SignedOut(ConsoleError):
    """The session has ended, or its token is no longer in force."""


class NotAllowed(ConsoleError):
    """The visitor's role may not do this."""

    def __init__(self, principal: Principal) -> None:
        super().__init__(f"the role {principal.role.value} may not do this")
        self.principal = principal


def cookies_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The cookies that a browser sent; of other programs under the same name it sends theirs too.

    Read as browsers write them: the standard library's reader gives nothing at all where one of
    them is not as the standard has it, JSON for one.
    """
    return cookie_parser(headers.get("cookie", ""))


@dataclass(frozen=True, slots=True)
class PageAccess:
    """Who may see pages: the same tokens as the API's, named by a session."""

    authenticator: Authenticator
    sessions: Sessions

    async def principal(
        self, headers: Mapping[str, str], peer: str | None, *, touch: bool
    ) -> Principal | None:
        """Who asks; None for somebody unknown. Raises DatabaseUnavailable.

        To ``touch`` a session is to use it: by an act, or by opening a page.
        """
        known = await self.authenticator.principal(headers, peer)
        if known is not None:
            return known
        name = cookies_of(headers).get(COOKIE)
        token = None if name is None else self.sessions.token(name, touch=touch)
        if token is None:
            return None
        return await self.token_principal(token)

    async def token_principal(self, token: str) -> Principal | None:
        """Whose ``token`` it is. Raises DatabaseUnavailable."""
        return await self.authenticator.principal({"authorization": f"Bearer {token}"}, None)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who opened a page."""

    access: PageAccess
    headers: Mapping[str, str]
    peer: str | None
    principal: Principal
    """As it was when the page was opened; it decides what is shown, never what is done."""

    @property
    def session(self) -> str | None:
        """The session's name; None where there is none to log out of."""
        name = cookies_of(self.headers).get(COOKIE)
        if name is None or self.access.sessions.token(name, touch=False) is None:
            return None
        return name

    def may(self, permission: Permission) -> bool:
        """Whether an act is worth to be offered."""
        return self.principal.may(permission)

    async def now(self) -> Principal | None:
        """Who it is now; None where the session has ended. Raises DatabaseUnavailable.

        It keeps nobody logged in: a page may ask it by itself.
        """
        return await self.access.principal(self.headers, self.peer, touch=False)

    async def permitted(self, permission: Permission) -> Principal:
        """Who acts now. Raises SignedOut, NotAllowed, DatabaseUnavailable."""
        principal = await self.access.principal(self.headers, self.peer, touch=True)
        if principal is None:
            raise SignedOut("the session has ended; log in again")
        if not principal.may(permission):
            raise NotAllowed(principal)
        return principal
