"""Bearer tokens: ``fbk_<id>_<secret>``, of which the database holds the secret's hash alone.

The secret has 256 random bits, so one round of SHA-256 is as good as a slow hash: there is no
dictionary to try.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from stream_service.console.access.roles import Principal, Role
from stream_service.console.errors import ConsoleError
from stream_service.console.store import Database, tokens

_FORM = re.compile(r"fbk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")

_CACHED_S = 5.0
"""How long a token that was revoked may still be let in; a look-up a request is saved."""

_CACHED_TOKENS = 10_000

_NOBODY_HASH = hashlib.sha256(secrets.token_bytes(32)).digest()
"""What an unknown token is compared with: it takes as long as a known one."""


class NoSuchToken(ConsoleError):
    """There is no token of that id that could be revoked."""


@dataclass(frozen=True, slots=True)
class TokenEntry:
    """What is known of a token; its secret is not."""

    token_id: str
    name: str
    role: Role
    created_ms: int
    expires_ms: int | None
    revoked_ms: int | None


@dataclass(frozen=True, slots=True)
class _Known:
    secret_hash: bytes
    principal: Principal
    expires_ms: int | None
    read_at: float


async def create_token(
    database: Database, *, name: str, role: Role, valid_days: float | None = None
) -> str:
    """Make a token for ``name``; it is returned once, and never again."""
    token_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    now_ms = _now_ms()
    async with database.writing() as connection:
        await connection.execute(
            insert(tokens).values(
                token_id=token_id,
                name=name,
                role=role.value,
                secret_hash=_hash(secret),
                created_ms=now_ms,
                expires_ms=None if valid_days is None else now_ms + round(valid_days * 86_400_000),
            )
        )
    return f"fbk_{token_id}_{secret}"


async def list_tokens(database: Database) -> Sequence[TokenEntry]:
    """All tokens, revoked ones too, the oldest first."""
    async with database.reading() as connection:
        found = await connection.execute(select(tokens).order_by(tokens.c.created_ms))
        return [
            TokenEntry(
                token_id=row.token_id,
                name=row.name,
                role=Role(row.role),
                created_ms=row.created_ms,
                expires_ms=row.expires_ms,
                revoked_ms=row.revoked_ms,
            )
            for row in found
        ]


async def revoke_token(database: Database, token_id: str) -> None:
    """Let nobody in with it any more; a running console obeys in seconds. Raises NoSuchToken."""
    async with database.writing() as connection:
        revoked = await connection.execute(
            update(tokens)
            .where(tokens.c.token_id == token_id, tokens.c.revoked_ms.is_(None))
            .values(revoked_ms=_now_ms())
        )
    if revoked.rowcount != 1:
        raise NoSuchToken(
            f"there is no token {token_id} in force; list them with: "
            "stream-service console token list"
        )


class TokenCheck:
    """Says whose token it is."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, _Known] = {}

    async def principal(self, token: str) -> Principal | None:
        """Whose ``token`` it is; None for one that is not in force. Raises DatabaseUnavailable."""
        parts = _FORM.fullmatch(token)
        if parts is None:
            return None
        known = await self._look_up(parts[1])
        expected = _NOBODY_HASH if known is None else known.secret_hash
        if not hmac.compare_digest(_hash(parts[2]), expected) or known is None:
            return None
        if known.expires_ms is not None and known.expires_ms <= _now_ms():
            return None
        return known.principal

    async def _look_up(self, token_id: str) -> _Known | None:
        known = self._known.get(token_id)
        if known is not None and time.monotonic() - known.read_at < _CACHED_S:
            return known
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(tokens).where(
                        tokens.c.token_id == token_id, tokens.c.revoked_ms.is_(None)
                    )
                )
            ).first()
        if row is None:
            self._known.pop(token_id, None)
            return None
        if len(self._known) >= _CACHED_TOKENS:
            self._known.clear()
        known = self._known[token_id] = _Known(
            row.secret_hash, Principal(row.name, Role(row.role)), row.expires_ms, time.monotonic()
        )
        return known


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _now_ms() -> int:
    return round(time.time() * 1000)
