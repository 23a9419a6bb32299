"""Idempotency keys: the same request again is the same event, for 24 hours.

The event's id is derived from the key: whatever is lost between the database and Kafka, a repeated
request publishes the same event, which the engine recognises.
"""

import hashlib
import time
from dataclasses import dataclass
from uuid import UUID, uuid5

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.errors import ConsoleError
from stream_service.console.projection.retention import IDEMPOTENCY_KEPT_MS
from stream_service.console.store import Database, idempotency_keys
from stream_service.console.store.group_commit import GroupCommit
from stream_service.console.store.insert import insert_if_new

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


def row_id(event_id: str, row: int) -> str:
    """The id of a row in a batch."""
    return str(uuid5(_KEYS, f"{event_id}\n{row}"))


class KeyStore:
    """The keys, claimed and confirmed in common transactions."""

    def __init__(self, database: Database) -> None:
        self._commits = GroupCommit(database)

    async def claim(self, *, principal: str, key: str, body: bytes) -> Claim:
        """Take ``key`` for a request. Raises KeyReused, DatabaseUnavailable."""
        key_hash = hashlib.sha256(f"{principal}\n{key}".encode()).digest()
        body_hash = hashlib.sha256(body).digest()
        claim = await self._commits.do(
            key_hash,
            lambda connection: _claim(connection, principal, key, key_hash, body_hash),
        )
        if claim is None:
            raise KeyReused(
                "Idempotency-Key: it came before with another body; take a new key for new feedback"
            )
        return claim

    async def confirm(self, claim: Claim) -> None:
        """Remember that Kafka has acknowledged what the key stands for.

        Raises DatabaseUnavailable.
        """
        await self._commits.do(claim.key_hash, lambda connection: _confirm(connection, claim))


async def _claim(
    connection: AsyncConnection, principal: str, key: str, key_hash: bytes, body_hash: bytes
) -> Claim | None:
    """None where the key came before with another body."""
    now_ms = round(time.time() * 1000)
    event_id = named_by_key(principal, key)
    row = {
        "key_hash": key_hash,
        "body_hash": body_hash,
        "event_id": event_id,
        "created_ms": now_ms,
        "published_ms": None,
    }
    if await insert_if_new(connection, idempotency_keys, row):
        return Claim(key_hash, event_id, is_published=False)
    known = (
        await connection.execute(
            select(idempotency_keys).where(idempotency_keys.c.key_hash == key_hash)
        )
    ).one()
    if known.created_ms < now_ms - IDEMPOTENCY_KEPT_MS:
        # Its time is over: the key is free for another event, which needs another name.
        event_id = named_by_key(principal, f"{key}\n{now_ms}")
        await connection.execute(
            update(idempotency_keys)
            .where(idempotency_keys.c.key_hash == key_hash)
            .values(**row | {"event_id": event_id})
        )
        return Claim(key_hash, event_id, is_published=False)
    if known.body_hash != body_hash:
        return None
    return Claim(key_hash, known.event_id, is_published=known.published_ms is not None)


async def _confirm(connection: AsyncConnection, claim: Claim) -> None:
    await connection.execute(
        update(idempotency_keys)
        .where(idempotency_keys.c.key_hash == claim.key_hash)
        .values(published_ms=round(time.time() * 1000))
    )
