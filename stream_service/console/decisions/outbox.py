"""Acts that Kafka must hear of, kept in the database until it has.

Whoever writes an act into the outbox does it in the transaction of the act. A relay publishes from
there. A crash between the two publishes the act again, under the same id: the engine repeats its
first answer to a decision it has seen, and drops an event it has seen.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.projection.facts.dead_letters import headers_as_json, headers_from_json
from stream_service.console.store import outbox
from stream_service.contracts.record import OutputRecord

DECISION, REDRIVE = "decision", "redrive"

_ADVISORY_LOCK = 7_240_119
"""Any number that all consoles share, and nothing else uses."""

_TURN_MS = 20_000
"""Twice what Kafka has for its answers."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """An act that Kafka has not acknowledged."""

    number: int
    act_id: str
    record: OutputRecord


async def put(
    connection: AsyncConnection, *, act_id: str, kind: str, subject: str, record: OutputRecord
) -> None:
    """Add an act to the transaction."""
    await connection.execute(
        insert(outbox).values(
            act_id=act_id,
            kind=kind,
            subject=subject,
            topic=record.topic,
            key=record.key,
            value=record.value,
            headers=headers_as_json(record.headers),
            created_ms=round(time.time() * 1000),
        )
    )


async def unsent(connection: AsyncConnection, limit: int) -> Sequence[Unsent]:
    """The oldest acts that Kafka has not acknowledged, in their order."""
    found = await connection.execute(
        select(outbox).where(outbox.c.sent_ms.is_(None)).order_by(outbox.c.number).limit(limit)
    )
    return [
        Unsent(
            row.number,
            row.act_id,
            OutputRecord(
                topic=row.topic,
                key=row.key,
                value=row.value,
                headers=headers_from_json(row.headers),
            ),
        )
        for row in found
    ]


async def take_turn(connection: AsyncConnection) -> None:
    """Publish alone, in this transaction, of all consoles that share the database.

    Two that published the same acts, as after an outage of Kafka, would give each decision two
    results. Raises what the driver raises where another has the turn for too long.
    """
    # A console that was stopped in its turn would else have it for ever.
    await connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = {_TURN_MS}"))
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


async def mark_sent(connection: AsyncConnection, numbers: Collection[int]) -> None:
    """Remember that Kafka has acknowledged these."""
    await connection.execute(
        update(outbox).where(outbox.c.number.in_(numbers)).values(sent_ms=round(time.time() * 1000))
    )
