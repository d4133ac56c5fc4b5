"""The time a submission touches: a file of usage is about many days.

Revision ID: r0002
Revises: r0001
"""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    for name in ("begins_at", "ends_at"):
        op.add_column("submission", sa.Column(name, sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("submission") as table:
        table.drop_column("ends_at")
        table.drop_column("begins_at")
