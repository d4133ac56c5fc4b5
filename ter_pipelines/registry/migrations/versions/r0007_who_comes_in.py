"""Meters of members, tokens, the log of changes, answers by Idempotency-Key.

Revision ID: r0007
Revises: r0005
"""

import sqlalchemy as sa
from alembic import op

revision = "r0007"
down_revision = "r0005"
branch_labels = None
depends_on = None

_LONG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; users get a place for their address."""
    op.add_column("user_account", sa.Column("email", sa.String(254)))
    op.create_index("user_account_by_email", "user_account", ["email"], unique=True)
    op.create_table(
        "user_meter",
        sa.Column(
            "user_id", sa.Integer, sa.ForeignKey("user_account.id"), primary_key=True
        ),
        sa.Column("meter_id", sa.String(128), primary_key=True),
    )
    _make_tokens()
    _make_log()
    op.create_table(
        "kept_answer",
        sa.Column("user_id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(256), primary_key=True),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("attempt", sa.String(32), nullable=False),
        sa.Column("kept_at", _INSTANT, nullable=False),
        sa.Column("change_id", _LONG),
        sa.Column("status", sa.Integer),
        sa.Column("media_type", sa.String(128)),
        sa.Column("body", sa.LargeBinary),
    )
    op.create_index("kept_answer_by_age", "kept_answer", ["kept_at"])


def _make_tokens() -> None:
    op.create_table(
        "access_token",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "user_id", sa.Integer, sa.ForeignKey("user_account.id"), nullable=False
        ),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("label", sa.String(128), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT),
        sa.Column("last_used_at", _INSTANT),
        sa.Column("revoked_at", _INSTANT),
        sa.UniqueConstraint("sha256", name="access_token_is_unique"),
        sqlite_autoincrement=True,
    )
    op.create_index("access_token_by_user", "access_token", ["user_id"])


def _make_log() -> None:
    op.create_table(
        "change_log",
        sa.Column("id", _LONG, primary_key=True, autoincrement=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(256), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous_sha256", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    op.create_index("change_log_by_subject", "change_log", ["subject", "id"])
