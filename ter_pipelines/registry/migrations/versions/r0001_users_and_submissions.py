"""Users with roles, and what partners submitted."""

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the three tables."""
    _make_users()
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("format", sa.String(64), nullable=False),
        sa.Column("submitted_by", sa.String(128), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("path", sa.String(256), nullable=False),
        sa.Column("operating_day", sa.Date),
        sa.Column("publication_day", sa.Date),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "submission_by_kind_and_day", "submission", ["kind", "operating_day", "id"]
    )
    op.create_index(
        "submission_by_publication_day",
        "submission",
        ["kind", "publication_day", "id"],
    )


def _make_users() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("password_hash", sa.String(512), nullable=False),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("name", name="user_account_name_is_unique"),
    )
    op.create_table(
        "user_role",
        sa.Column(
            "user_id", sa.Integer, sa.ForeignKey("user_account.id"), primary_key=True
        ),
        sa.Column("role", sa.String(32), primary_key=True),
    )


def downgrade() -> None:
    """Drop the three tables."""
    for table in ("submission", "user_role", "user_account"):
        op.drop_table(table)
