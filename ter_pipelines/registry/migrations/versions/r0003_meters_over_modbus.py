"""Meters that are polled over Modbus, and what they said.

Revision ID: r0003
Revises: r0002
"""

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "modbus_host",
        sa.Column("host_id", sa.String(128), primary_key=True),
        sa.Column("address", sa.String(256), nullable=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("unit", sa.Integer, nullable=False),
        sa.Column("map", sa.String(128), nullable=False),
        sa.Column("interval_seconds", sa.Integer, nullable=False),
        sa.Column("poll_seconds", sa.Integer, nullable=False),
        sa.Column("rated_kw", sa.String(64)),
        sa.Column("description", sa.String(256), nullable=False),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    _make_readings()


def _make_readings() -> None:
    large = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "meter_reading",
        sa.Column("id", large, primary_key=True),
        sa.Column("host_id", sa.String(128), nullable=False),
        sa.Column("measurement", sa.String(128), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hour_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.String(64)),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("quality", sa.String(32), nullable=False),
        sa.Column("explanation", sa.String(512), nullable=False),
        sa.Column("interval_seconds", sa.Integer, nullable=False),
        sa.Column("role", sa.String(16)),
        sa.Column("direction", sa.String(16)),
        sa.Column("step", sa.String(64)),
        sa.Column("rolls_over_at", sa.String(64)),
        sa.Column("highest_kw", sa.String(64)),
        sa.Column("longest_gap_seconds", sa.Integer),
        sqlite_autoincrement=True,
    )
    op.create_index("meter_reading_by_hour", "meter_reading", ["hour_utc"])
    has_role = sa.text("role IS NOT NULL")
    op.create_index(
        "meter_reading_by_channel",
        "meter_reading",
        ["host_id", "measurement", "read_at"],
        sqlite_where=has_role,
        postgresql_where=has_role,
    )


def downgrade() -> None:
    """Drop the two tables."""
    for table in ("meter_reading", "modbus_host"):
        op.drop_table(table)
