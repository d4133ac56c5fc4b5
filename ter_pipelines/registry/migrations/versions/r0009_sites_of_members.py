"""Sites of members, their own meter models, an index of every channel's readings.

Revision ID: r0009
Revises: r0008
"""

import sqlalchemy as sa
from alembic import op

revision = "r0009"
down_revision = "r0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; the index no longer leaves out what has no role."""
    _make_sites()
    _make_models()
    op.drop_index("meter_reading_by_channel", "meter_reading")
    op.create_index(
        "meter_reading_by_channel",
        "meter_reading",
        ["host_id", "measurement", "read_at"],
    )


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _points_at(name: str, table: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(f"{table}.id"), nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def _make_sites() -> None:
    op.create_table(
        "site_location",
        _number(),
        _points_at("user_id", "user_account"),
        _text("street", 128),
        _text("number", 32),
        _text("city", 128),
        _text("zip_code", 16),
        sa.Column("longitude", sa.String(32)),
        sa.Column("latitude", sa.String(32)),
        sa.UniqueConstraint(
            "user_id", "street", "number", "city", name="site_location_is_unique"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "site_host",
        _number(),
        _points_at("user_id", "user_account"),
        _points_at("location_id", "site_location"),
        sqlite_autoincrement=True,
    )
    op.create_index("site_host_by_user", "site_host", ["user_id"])
    op.create_index("site_host_by_location", "site_host", ["location_id"])
    op.create_table(
        "site_assignment",
        _number(),
        _points_at("site_host_id", "site_host"),
        _text("measurement", 128),
        sa.UniqueConstraint(
            "site_host_id", "measurement", name="site_assignment_is_unique"
        ),
        sqlite_autoincrement=True,
    )


def _make_models() -> None:
    op.create_table(
        "meter_model",
        _number(),
        _text("name", 128),
        sa.Column("is_own", sa.Boolean, nullable=False),
        sa.Column("type", sa.Integer),
        sa.UniqueConstraint("name", name="meter_model_is_unique"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "measurement_kind",
        _number(),
        _text("name", 128),
        sa.Column("type", sa.Integer, nullable=False),
        sa.UniqueConstraint("name", name="measurement_kind_is_unique"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "meter_register",
        _number(),
        _points_at("meter_id", "meter_model"),
        _text("measurement", 128),
        sa.Column("address", sa.Integer, nullable=False),
        _text("unit", 32),
        sa.Column("type", sa.Integer, nullable=False),
        sa.Column("function_code", sa.Integer, nullable=False),
        _text("word_order", 8),
        sa.Column("is_signed", sa.Boolean, nullable=False),
        _text("scale", 64),
        sa.Column("direction", sa.String(16)),
        sa.UniqueConstraint("meter_id", "measurement", name="meter_register_is_unique"),
        sqlite_autoincrement=True,
    )
