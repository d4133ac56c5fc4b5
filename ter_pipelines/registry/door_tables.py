"""The registry's tables of who comes in and what they changed.

How a database gets them is in `migrations`; a test holds the two together.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ter_pipelines.registry.tables import UtcInstant, metadata

_LONG = BigInteger().with_variant(Integer, "sqlite")

user_meter = Table(
    "user_meter",
    metadata,
    Column("user_id", ForeignKey("user_account.id"), primary_key=True),
    Column("meter_id", String(128), primary_key=True),
)

access_token = Table(
    "access_token",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("user_account.id"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("label", String(128), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", UtcInstant, nullable=False),
    Column("expires_at", UtcInstant),
    Column("last_used_at", UtcInstant),
    Column("revoked_at", UtcInstant),
    UniqueConstraint("sha256", name="access_token_is_unique"),
    Index("access_token_by_user", "user_id"),
    sqlite_autoincrement=True,
)

change_log = Table(
    "change_log",
    metadata,
    # Counted by the log itself, without gaps: a missing number is a missing change.
    Column("id", _LONG, primary_key=True, autoincrement=False),
    Column("made_at", UtcInstant, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(256), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous_sha256", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Index("change_log_by_subject", "subject", "id"),
)

kept_answer = Table(
    "kept_answer",
    metadata,
    Column("user_id", Integer, primary_key=True),
    Column("key", String(256), primary_key=True),
    Column("request_sha256", String(64), nullable=False),
    Column("attempt", String(32), nullable=False),
    Column("kept_at", UtcInstant, nullable=False),
    Column("change_id", _LONG),
    Column("status", Integer),
    Column("media_type", String(128)),
    Column("body", LargeBinary),
    Column("content_location", String(256)),
    Index("kept_answer_by_age", "kept_at"),
)
