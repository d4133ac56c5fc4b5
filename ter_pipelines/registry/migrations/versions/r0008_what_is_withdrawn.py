"""When a submission was taken back; what is known of the devices of partners.

Revision ID: r0008
Revises: r0007
"""

import sqlalchemy as sa
from alembic import op

revision = "r0008"
down_revision = "r0007"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_ENERGY = sa.String(16)


def upgrade() -> None:
    """Add the mark, and make the table of devices."""
    op.add_column("submission", sa.Column("withdrawn_at", _INSTANT))
    op.create_table(
        "device",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("device_id", sa.String(256), nullable=False),
        sa.Column("ven_id", sa.String(128), nullable=False),
        sa.Column("status_on", sa.Boolean, nullable=False),
        sa.Column("register_consumed", _ENERGY, nullable=False),
        sa.Column("register_produced", _ENERGY, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.UniqueConstraint("device_id", "ven_id", name="device_is_unique"),
        sqlite_autoincrement=True,
    )
