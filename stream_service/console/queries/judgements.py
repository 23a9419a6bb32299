"""Who judged last."""

from dataclasses import dataclass

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.projection.facts.documents import read_document
from stream_service.console.store import replies, review_documents


class _Provenance(Struct):
    analyst: str
    model: str
    degraded: bool = False
    degraded_reason: str | None = None


class _Judged(Struct):
    provenance: _Provenance


@dataclass(frozen=True, slots=True)
class LastJudgement:
    """How the newest outcome came about."""

    at_ms: int
    analyst: str
    """``local`` or ``llm``."""
    model: str
    degraded_reason: str | None
    """Why the language model did not judge although it was asked for; None where it did, or where
    there is none."""


async def last_judgement(connection: AsyncConnection) -> LastJudgement | None:
    """The newest; None where nothing has been judged."""
    newest = [
        row
        for table, conditions in ((replies, (replies.c.origin == "auto",)), (review_documents, ()))
        if (
            row := (
                await connection.execute(
                    select(table.c.published_ms, table.c.document)
                    .where(*conditions)
                    .order_by(table.c.published_ms.desc())
                    .limit(1)
                )
            ).first()
        )
    ]
    if not newest:
        return None
    row = max(newest, key=lambda one: one.published_ms)
    made = read_document(_Judged, row.document).provenance
    return LastJudgement(
        at_ms=row.published_ms,
        analyst=made.analyst,
        model=made.model,
        degraded_reason=(made.degraded_reason or "call_failed") if made.degraded else None,
    )
