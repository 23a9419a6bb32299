"""The console's database: its tables, their migrations, and transactions on them."""

from stream_service.console.store.database import Database
from stream_service.console.store.insert import insert_new
from stream_service.console.store.own import (
    audit,
    idempotency_keys,
    outbox,
    redrive_totals,
    redrives,
    tokens,
)
from stream_service.console.store.projected import (
    PROJECTED,
    applied,
    dead_letter_texts,
    dead_letters,
    decisions,
    events,
    fates,
    minute_totals,
    offsets,
    replies,
    review_documents,
    reviews,
)

__all__ = [
    "PROJECTED",
    "Database",
    "applied",
    "audit",
    "dead_letter_texts",
    "dead_letters",
    "decisions",
    "events",
    "fates",
    "idempotency_keys",
    "insert_new",
    "minute_totals",
    "offsets",
    "outbox",
    "redrive_totals",
    "redrives",
    "replies",
    "review_documents",
    "reviews",
    "tokens",
]
