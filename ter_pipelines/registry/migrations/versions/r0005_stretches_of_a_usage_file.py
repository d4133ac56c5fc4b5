"""The stretches of time a usage file touches, and how its times were read for them.

Two values far apart do not touch what lies between. Of a file that came before, the
time from its first value to its last still counts.

Revision ID: r0005
Revises: r0004
"""

import sqlalchemy as sa
from alembic import op

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("submission", sa.Column("touched", sa.Text))
    op.add_column("submission", sa.Column("read_as", sa.String(64)))


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("submission") as table:
        table.drop_column("read_as")
        table.drop_column("touched")
