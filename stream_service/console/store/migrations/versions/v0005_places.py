"""Reviews are found by their place, and letters that were sent back in their own order."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both indexes."""
    op.create_index("ix_reviews_place", "reviews", ["partition", "offset"], unique=False)
    op.create_index(
        "ix_redrives_letter", "redrives", ["published_ms", "partition", "offset"], unique=False
    )
