"""What dead letters are searched by; filled in behind it, step by step (store/filling.py)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    op.create_table(
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
