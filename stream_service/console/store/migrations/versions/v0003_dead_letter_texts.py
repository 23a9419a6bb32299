"""What dead letters are searched by."""

import sqlalchemy as sa
from alembic import op

from stream_service.console.store.searched_text import searched_text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_AT_ONCE = 50
"""Values of a megabyte each still fit in memory."""

_LETTERS = sa.table(
    "dead_letters",
    sa.column("partition", sa.Integer),
    sa.column("offset", sa.BigInteger),
    sa.column("published_ms", sa.BigInteger),
    sa.column("event_id", sa.Text),
    sa.column("message", sa.Text),
    sa.column("original_topic", sa.Text),
    sa.column("original_partition", sa.Integer),
    sa.column("original_offset", sa.BigInteger),
    sa.column("key", sa.LargeBinary),
    sa.column("value", sa.LargeBinary),
)


def upgrade() -> None:
    """Create it, and fill it from the dead letters that are there."""
    texts = op.create_table(
        "dead_letter_texts",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("published_ms", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partition", "offset", name="pk_dead_letter_texts"),
    )
    op.create_index(
        "ix_dead_letter_texts_published_ms", "dead_letter_texts", ["published_ms"], unique=False
    )
    place = (_LETTERS.c.partition, _LETTERS.c.offset)
    query = sa.select(_LETTERS).order_by(*place).limit(_AT_ONCE)
    last = (-1, -1)
    connection = op.get_bind()
    while True:
        after = query.where(sa.tuple_(*place) > sa.tuple_(*last))
        found = connection.execute(after).mappings().all()
        if not found:
            return
        op.bulk_insert(texts, [_text_of(row) for row in found])
        last = (found[-1]["partition"], found[-1]["offset"])


def _text_of(row: sa.RowMapping) -> dict[str, object]:
    place = f"{row['original_topic']} {row['original_partition']}-{row['original_offset']}"
    return {
        "partition": row["partition"],
        "offset": row["offset"],
        "published_ms": row["published_ms"],
        "text": searched_text(
            key=row["key"],
            value=row["value"],
            told=(row["message"], place, row["event_id"] or ""),
        ),
    }
