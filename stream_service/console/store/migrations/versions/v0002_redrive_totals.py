"""A total of what was sent back, which retention does not turn back."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it from what is still known."""
    op.create_table(
        "redrive_totals",
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fault", name="pk_redrive_totals"),
    )
    op.execute(
        "INSERT INTO redrive_totals (fault, count) "
        "SELECT fault, count(*) FROM redrives GROUP BY fault"
    )
