"""What is kept of logs made anew or cut short: which letter was sent back, and what counts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; the letters that are known tell which of them were sent back."""
    op.add_column("redrives", sa.Column("published_ms", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE redrives SET published_ms = (SELECT published_ms FROM dead_letters"
        ' WHERE dead_letters."partition" = redrives."partition"'
        ' AND dead_letters."offset" = redrives."offset")'
    )
    op.add_column("offsets", sa.Column("counted_to", sa.BigInteger(), nullable=True))
