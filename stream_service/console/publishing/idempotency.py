"""Idempotency keys: the same request again is the same event, for 24 hours.

The event's id is derived from the key: whatever is lost between the database and Kafka, a repeated
request publishes the same event, which the engine recognises.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.errors import ConsoleError
from stream_service.console.projection.retention import IDEMPOTENCY_KEPT_MS
from stream_service.console.store import Database, idempotency_keys, insert_new
from stream_service.console.store.group_commit import GroupCommit

_KEYS = UUID("0d2a4a55-6b0e-4a37-9d6f-0e9a6f1f6c3b")
"""The namespace of events that are named by a key; a constant, or repeats would get new names."""


class KeyReused(ConsoleError):
    """The key came before, with another body."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A key, taken for one request."""

    key_hash: bytes
    event_id: str
    """The id for the event; of a batch, what its rows' ids are derived from."""
    is_published: bool
    """Whether an earlier request with this key was acknowledged by Kafka."""


def named_by_key(principal: str, key: str) -> str:
    """The id of the event that ``principal`` publishes with ``key``."""
    return str(uuid5(_KEYS, f"{principal}\n{key}"))


class RowIds:
    """The ids of the rows of a batch: uuid5 of the batch's id and the row's number.

    The digest of what all rows share is made once: a name a row took as long as its validation.
    """

    def __init__(self, event_id: str) -> None:
        # UUID version 5 is SHA-1 by its definition, and names; it proves nothing.
        self._begun = hashlib.sha1(_KEYS.bytes + f"{event_id}\n".encode(), usedforsecurity=False)

    def of(self, row: int) -> str:
        """The id of ``row``."""
        digest = self._begun.copy()
        digest.update(str(row).encode())
        return str(UUID(bytes=digest.digest()[:16], version=5))


class KeyStore:
    """The keys, claimed and confirmed in common transactions."""

    def __init__(self, database: Database) -> None:
        self._commits = GroupCommit(database, _claim_and_confirm)

    async def claim(self, *, principal: str, key: str, body: bytes) -> Claim:
        """Take ``key`` for a request. Raises KeyReused, DatabaseUnavailable."""
        claim = await self._commits.do(_Claiming(principal, key, hashlib.sha256(body).digest()))
        if claim is None:
            raise KeyReused(
                "Idempotency-Key: it came before with another body; take a new key for new feedback"
            )
        return claim

    async def confirm(self, claim: Claim) -> None:
        """Remember that Kafka has acknowledged what the key stands for.

        Raises DatabaseUnavailable.
        """
        await self._commits.do(claim)


class _Claiming:
    """A key that is asked for."""

    def __init__(self, principal: str, key: str, body_hash: bytes) -> None:
        self.principal = principal
        self.key = key
        self.key_hash = hashlib.sha256(f"{principal}\n{key}".encode()).digest()
        self.body_hash = body_hash


async def _claim_and_confirm(
    connection: AsyncConnection, requests: Sequence[_Claiming | Claim]
) -> Sequence[Claim | None]:
    """What came of each request; None where a key came before with another body."""
    claiming = [request for request in requests if isinstance(request, _Claiming)]
    confirmed = [request for request in requests if isinstance(request, Claim)]
    claims = await _claims(connection, claiming)
    if confirmed:
        await _confirm(connection, confirmed)
    return [claims[request] if isinstance(request, _Claiming) else request for request in requests]


async def _claims(
    connection: AsyncConnection, claiming: Sequence[_Claiming]
) -> Mapping[_Claiming, Claim | None]:
    if not claiming:
        return {}
    now_ms = round(time.time() * 1000)
    # In one order everywhere: two consoles wait for each other, and not each for the other.
    in_order = sorted(claiming, key=lambda one: one.key_hash)
    await insert_new(connection, idempotency_keys, [_row(one, now_ms) for one in in_order])
    found = await connection.execute(
        select(idempotency_keys).where(
            idempotency_keys.c.key_hash.in_([one.key_hash for one in in_order])
        )
    )
    known = {row.key_hash: row for row in found}
    forgotten = [one for one in in_order if one.key_hash not in known]
    if forgotten:
        # Retention took an old key away between the two statements: now it is free.
        return {
            **await _claims(connection, [one for one in in_order if one.key_hash in known]),
            **await _claims(connection, forgotten),
        }
    claims: dict[_Claiming, Claim | None] = {}
    for one in in_order:
        row = known[one.key_hash]
        if row.created_ms < now_ms - IDEMPOTENCY_KEPT_MS:
            row = await _take_over(connection, one, now_ms)
            known[one.key_hash] = row
        is_same = row.body_hash == one.body_hash
        claims[one] = (
            Claim(one.key_hash, row.event_id, is_published=row.published_ms is not None)
            if is_same
            else None
        )
    return claims


def _row(one: _Claiming, now_ms: int) -> dict[str, Any]:
    return {
        "key_hash": one.key_hash,
        "body_hash": one.body_hash,
        "event_id": named_by_key(one.principal, one.key),
        "created_ms": now_ms,
        "published_ms": None,
    }


async def _take_over(connection: AsyncConnection, one: _Claiming, now_ms: int) -> Row[Any]:
    """A key whose time is over is free for another event, which needs another name."""
    new = _row(one, now_ms) | {"event_id": named_by_key(one.principal, f"{one.key}\n{now_ms}")}
    taken = await connection.execute(
        update(idempotency_keys)
        .where(idempotency_keys.c.key_hash == one.key_hash)
        .values(**new)
        .returning(*idempotency_keys.c)
    )
    return taken.one()


async def _confirm(connection: AsyncConnection, claims: Sequence[Claim]) -> None:
    now_ms = round(time.time() * 1000)
    # In the same order as they are claimed.
    await connection.execute(
        update(idempotency_keys)
        .where(idempotency_keys.c.key_hash == bindparam("claimed"))
        .values(published_ms=now_ms),
        [{"claimed": key_hash} for key_hash in sorted({claim.key_hash for claim in claims})],
    )
