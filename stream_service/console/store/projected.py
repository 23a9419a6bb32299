"""Tables built from the topics; deleted and built anew, they hold the same."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from stream_service.console.store.metadata import metadata

offsets = Table(
    "offsets",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    # The offset to read next; it moves in the transaction that stores what was read.
    Column("next_offset", BigInteger, nullable=False),
    # Where the log has lost its end: records below may be counted in the totals already.
    Column("counted_to", BigInteger),
)

events = Table(
    "events",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("published_ms", BigInteger, nullable=False, index=True),
    Column("customer_id", Text),
    Column("channel", Text),
    Column("document", LargeBinary, nullable=False),
)

replies = Table(
    "replies",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("published_ms", BigInteger, nullable=False, index=True),
    Column("origin", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("published_ms", BigInteger, nullable=False, index=True),
    Column("due_ms", BigInteger, nullable=False),
    # 0 is the most urgent: so the queue's order is one direction of one index.
    Column("rank", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("category", Text, nullable=False),
    # Comma-separated, with a comma at both ends.
    Column("reasons", Text, nullable=False),
    Column("status", Text, nullable=False),
    # The queue, with all that it is filtered by: a rare reason is found without reading the table.
    Index(
        "ix_reviews_queue",
        "status",
        "rank",
        "due_ms",
        "event_id",
        "reasons",
        "language",
        "category",
    ),
    Index("ix_reviews_all", "rank", "due_ms", "event_id", "reasons", "language", "category"),
    # Where a log is read again, what stood there before is looked for batch by batch.
    Index("ix_reviews_place", "partition", "offset"),
)

review_documents = Table(
    "review_documents",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("published_ms", BigInteger, nullable=False, index=True),
    Column("document", LargeBinary, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Text, primary_key=True),
    Column("event_id", Text, nullable=False, index=True),
    Column("published_ms", BigInteger, nullable=False, index=True),
    Column("type", Text, nullable=False),
    Column("reviewer", Text),
    Column("text", Text),
)

# What became of each decision: applied, superseded, or refused (it is a dead letter).
fates = Table(
    "fates",
    metadata,
    Column("decision_id", Text, primary_key=True),
    Column("event_id", Text, nullable=False, index=True),
    Column("published_ms", BigInteger, nullable=False, index=True),
    Column("outcome", Text, nullable=False),
    Column("fault", Text),
)

# The decision that counts for an item.
applied = Table(
    "applied",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("published_ms", BigInteger, nullable=False, index=True),
    Column("decision_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("reviewer", Text),
    Column("decided_ms", BigInteger, nullable=False),
    Column("reply_id", Text),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("published_ms", BigInteger, nullable=False, index=True),
    Column("event_id", Text, index=True),
    Column("fault", Text, nullable=False),
    Column("error_class", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("field", Text),
    Column("original_topic", Text, nullable=False),
    Column("original_partition", Integer, nullable=False),
    Column("original_offset", BigInteger, nullable=False),
    Column("redrive_count", Integer, nullable=False),
    Column("omitted", Boolean, nullable=False),
    # JSON: pairs of name and base64, or null.
    Column("headers", LargeBinary, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Index("ix_dead_letters_fault_published_ms", "fault", "published_ms"),
)

# Apart from the bytes: a search reads these texts alone. Bounded and folded by searched_text.
dead_letter_texts = Table(
    "dead_letter_texts",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("published_ms", BigInteger, nullable=False, index=True),
    Column("text", Text, nullable=False),
)

minute_totals = Table(
    "minute_totals",
    metadata,
    # Minutes since 1970.
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("outcome", Text, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("latency_ms", BigInteger, nullable=False),
    Column("degraded", BigInteger, nullable=False),
    Column("cost_usd", Float, nullable=False),
)

PROJECTED = (
    offsets,
    events,
    replies,
    reviews,
    review_documents,
    decisions,
    fates,
    applied,
    dead_letters,
    dead_letter_texts,
    minute_totals,
)
"""All of them, for a rebuild."""
