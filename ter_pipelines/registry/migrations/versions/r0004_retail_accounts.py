"""Retail accounts, every version of them, and their usage.

Revision ID: r0004
Revises: r0003
"""

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the five tables."""
    op.create_table(
        "account",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("utility", sa.String(256), nullable=False),
        sa.Column("account_number", sa.String(256), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint(
            "utility", "account_number", name="account_is_the_only_one_of_its_number"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "account_version",
        sa.Column(
            "account_id", sa.Integer, sa.ForeignKey("account.id"), primary_key=True
        ),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
    )
    _make_usage()
    op.create_table(
        "account_progress",
        sa.Column(
            "account_id", sa.Integer, sa.ForeignKey("account.id"), primary_key=True
        ),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("explanation", sa.String(512), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )


def _make_usage() -> None:
    op.create_table(
        "account_summary_usage",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False
        ),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("volume_kwh", sa.String(64), nullable=False),
        sa.UniqueConstraint(
            "account_id",
            "starts_on",
            "ends_on",
            "volume_kwh",
            name="account_summary_usage_is_the_only_one_that_says_so",
        ),
        sqlite_autoincrement=True,
    )
    large = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "account_metered_hour",
        sa.Column("id", large, primary_key=True),
        sa.Column(
            "account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False
        ),
        sa.Column("recorded_on", sa.Date, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("volume_kwh", sa.String(64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.String(128), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "account_metered_hour_by_day",
        "account_metered_hour",
        ["account_id", "recorded_on", "hour", "id"],
    )


def downgrade() -> None:
    """Drop the five tables."""
    for table in (
        "account_progress",
        "account_metered_hour",
        "account_summary_usage",
        "account_version",
        "account",
    ):
        op.drop_table(table)
