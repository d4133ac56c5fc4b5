"""The registry's tables, as SQLAlchemy Core sees them.

How a database gets them is in `migrations`; a test holds the two together.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from ter_pipelines.vocab.clock import Span, iso_utc

metadata = MetaData()


class UtcInstant(TypeDecorator[datetime]):
    """An instant: goes in with any offset, comes back aware and in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Give the instant in UTC; a naive one is a mistake of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"got the naive time {value}, expected an instant")
        return value.astimezone(UTC)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Give the stored instant its offset back (SQLite keeps none)."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


class Spans(TypeDecorator[tuple[Span, ...]]):
    """Stretches of time, as `begin/end` by blank."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: tuple[Span, ...] | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        """Write them down; none at all is empty text, and unknown is none."""
        if value is None:
            return None
        return " ".join(f"{iso_utc(s.start_utc)}/{iso_utc(s.end_utc)}" for s in value)

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> tuple[Span, ...] | None:
        """Read them."""
        if value is None:
            return None
        pairs = (map(datetime.fromisoformat, t.split("/")) for t in value.split())
        return tuple(Span(begin, end) for begin, end in pairs)


user_account = Table(
    "user_account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("password_hash", String(512), nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("created_at", UtcInstant, nullable=False),
    Column("email", String(254)),
    UniqueConstraint("name", name="user_account_name_is_unique"),
    Index("user_account_by_email", "email", unique=True),
)

user_role = Table(
    "user_role",
    metadata,
    Column("user_id", ForeignKey("user_account.id"), primary_key=True),
    Column("role", String(32), primary_key=True),
)

submission = Table(
    "submission",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("source", String(64), nullable=False),
    Column("format", String(64), nullable=False),
    Column("submitted_by", String(128), nullable=False),
    Column("received_at", UtcInstant, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("path", String(256), nullable=False),
    Column("operating_day", Date),
    Column("publication_day", Date),
    Column("begins_at", UtcInstant),
    Column("ends_at", UtcInstant),
    Column("touched", Spans),
    Column("read_as", String(64)),
    Column("withdrawn_at", UtcInstant),
    Index("submission_by_kind_and_day", "kind", "operating_day", "id"),
    Index("submission_by_publication_day", "kind", "publication_day", "id"),
    sqlite_autoincrement=True,
)

device = Table(
    "device",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device_id", String(256), nullable=False),
    Column("ven_id", String(128), nullable=False),
    Column("status_on", Boolean, nullable=False),
    Column("register_consumed", String(16), nullable=False),
    Column("register_produced", String(16), nullable=False),
    Column("changed_at", UtcInstant, nullable=False),
    UniqueConstraint("device_id", "ven_id", name="device_is_unique"),
    sqlite_autoincrement=True,
)

modbus_host = Table(
    "modbus_host",
    metadata,
    Column("host_id", String(128), primary_key=True),
    Column("address", String(256), nullable=False),
    Column("port", Integer, nullable=False),
    Column("unit", Integer, nullable=False),
    Column("map", String(128), nullable=False),
    Column("interval_seconds", Integer, nullable=False),
    Column("poll_seconds", Integer, nullable=False),
    Column("rated_kw", String(64)),
    Column("description", String(256), nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("created_at", UtcInstant, nullable=False),
)

meter_reading = Table(
    "meter_reading",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("host_id", String(128), nullable=False),
    Column("measurement", String(128), nullable=False),
    Column("read_at", UtcInstant, nullable=False),
    Column("hour_utc", UtcInstant, nullable=False),
    Column("value", String(64)),
    Column("unit", String(32), nullable=False),
    Column("quality", String(32), nullable=False),
    Column("explanation", String(512), nullable=False),
    Column("interval_seconds", Integer, nullable=False),
    Column("role", String(16)),
    Column("direction", String(16)),
    Column("step", String(64)),
    Column("rolls_over_at", String(64)),
    Column("highest_kw", String(64)),
    Column("longest_gap_seconds", Integer),
    Index("meter_reading_by_hour", "hour_utc"),
    Index("meter_reading_by_channel", "host_id", "measurement", "read_at"),
    sqlite_autoincrement=True,
)

account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("utility", String(256), nullable=False),
    Column("account_number", String(256), nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint(
        "utility", "account_number", name="account_is_the_only_one_of_its_number"
    ),
    sqlite_autoincrement=True,
)

account_version = Table(
    "account_version",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("made_at", UtcInstant, nullable=False),
    Column("made_by", String(128), nullable=False),
)

account_summary_usage = Table(
    "account_summary_usage",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("volume_kwh", String(64), nullable=False),
    UniqueConstraint(
        "account_id",
        "starts_on",
        "ends_on",
        "volume_kwh",
        name="account_summary_usage_is_the_only_one_that_says_so",
    ),
    sqlite_autoincrement=True,
)

account_metered_hour = Table(
    "account_metered_hour",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("volume_kwh", String(64), nullable=False),
    Column("received_at", UtcInstant, nullable=False),
    Column("submitted_by", String(128), nullable=False),
    Index("account_metered_hour_by_day", "account_id", "recorded_on", "hour", "id"),
    sqlite_autoincrement=True,
)

account_progress = Table(
    "account_progress",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("state", String(32), nullable=False),
    Column("explanation", String(512), nullable=False),
    Column("changed_at", UtcInstant, nullable=False),
)
