"""Tables that no topic can give back."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text, text

from stream_service.console.store.metadata import RowNumber, metadata

# What a person has done and Kafka must hear of: written with the act, published by the relay.
outbox = Table(
    "outbox",
    metadata,
    Column("number", RowNumber, primary_key=True),
    # The decision's or the redrive's own id.
    Column("act_id", Text, nullable=False, unique=True),
    # "decision" or "redrive".
    Column("kind", Text, nullable=False),
    # The event's id for a decision, "partition-offset" of the dead letter for a redrive.
    Column("subject", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    # JSON: pairs of name and base64, or null.
    Column("headers", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("sent_ms", BigInteger),
    Index("ix_outbox_subject", "kind", "subject"),
    Index(
        "ix_outbox_unsent",
        "number",
        sqlite_where=text("sent_ms IS NULL"),
        postgresql_where=text("sent_ms IS NULL"),
    ),
)

redrives = Table(
    "redrives",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("act_id", Text, nullable=False),
    Column("fault", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("edited", Boolean, nullable=False),
    Column("redriven_ms", BigInteger, nullable=False, index=True),
    # The letter's own time: at the same place of a topic that was made anew stands another. Null
    # where a version before wrote it and the letter was not there any more.
    Column("published_ms", BigInteger),
    # As dead letters are listed.
    Index("ix_redrives_letter", "published_ms", "partition", "offset"),
)

# How many were sent back, ever: a counter that retention must not turn back.
redrive_totals = Table(
    "redrive_totals",
    metadata,
    Column("fault", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    # SHA-256 of who and which key: keys may hold what is nobody's business.
    Column("key_hash", LargeBinary, primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False, index=True),
    # Null until Kafka has acknowledged the event.
    Column("published_ms", BigInteger),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger),
    Column("revoked_ms", BigInteger),
)

audit = Table(
    "audit",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("at_ms", BigInteger, nullable=False, index=True),
    Column("principal", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    # JSON of a few fields, never a customer's words.
    Column("details", Text, nullable=False),
)
