"""Acts that Kafka must hear of, kept in the database until it has.

Whoever writes an act into the outbox does it in the transaction of the act. A relay publishes from
there. A crash between the two publishes the act again, under the same id: the engine repeats its
first answer to a decision it has seen, and drops an event it has seen.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.projection.facts.dead_letters import headers_as_json, headers_from_json
from stream_service.console.store import outbox
from stream_service.contracts.record import OutputRecord

DECISION, REDRIVE = "decision", "redrive"


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


async def mark_sent(connection: AsyncConnection, numbers: Collection[int]) -> None:
    """Remember that Kafka has acknowledged these."""
    await connection.execute(
        update(outbox).where(outbox.c.number.in_(numbers)).values(sent_ms=round(time.time() * 1000))
    )
