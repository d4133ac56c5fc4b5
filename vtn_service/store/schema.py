"""The tables of the event book and report inbox; `migrations` makes them.

Instants are text `2025-11-02T05:00:00Z`, which sorts as time does: byte by byte, also
where a database would sort text by the rules of a language.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={"uq": "%(table_name)s_%(column_0_name)s_is_unique"}
)
PLAIN = String().with_variant(String(collation="C"), "postgresql")
SERIAL = BigInteger().with_variant(Integer, "sqlite")

VEN = Table(
    "ven",
    METADATA,
    Column("ven_id", PLAIN, primary_key=True),
    Column("ven_name", PLAIN, nullable=False),
    Column("token_sha256", PLAIN, unique=True),
    Column("certificate_sha256", PLAIN, unique=True),
    Column("certificate_expires_at", PLAIN, nullable=False, default=""),
    Column("must_sign", Boolean, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("registration_id", PLAIN, nullable=False, unique=True),
    Column("has_queried", Boolean, nullable=False, default=False),
    Column("enrolled_at", PLAIN, nullable=False),
    Column("registered_at", PLAIN, nullable=False, default=""),
    Column("last_poll_at", PLAIN, nullable=False, default=""),
)

OFFER = Table(
    "offer",
    METADATA,
    Column("ven_id", ForeignKey("ven.ven_id"), primary_key=True),
    Column("report_specifier_id", PLAIN, primary_key=True),
    Column("report_name", PLAIN, primary_key=True),
    Column("r_id", PLAIN, primary_key=True),
    Column("resource_id", PLAIN, nullable=False),
    Column("item_name", PLAIN, nullable=False),
    Column("item_description", PLAIN, nullable=False),
    Column("unit", PLAIN, nullable=False),
    Column("scale", PLAIN, nullable=False),
    Column("reading_type", PLAIN, nullable=False),
    Column("report_type", PLAIN, nullable=False),
    Column("min_period", PLAIN, nullable=False),
    Column("max_period", PLAIN, nullable=False),
    Column("registered_at", PLAIN, nullable=False),
)

REPORT_REQUEST = Table(
    "report_request",
    METADATA,
    Column("ven_id", ForeignKey("ven.ven_id"), primary_key=True),
    Column("report_request_id", PLAIN, primary_key=True),
    Column("report_specifier_id", PLAIN, nullable=False),
    Column("report_name", PLAIN, nullable=False),
    Column("granularity", PLAIN, nullable=False),
    Column("report_back_duration", PLAIN, nullable=False),
    Column("requested_at", PLAIN, nullable=False),
)

ASK = Table(
    "ask",
    METADATA,
    Column("ask_seq", SERIAL, primary_key=True, autoincrement=True),
    Column("ven_id", ForeignKey("ven.ven_id"), nullable=False),
    Column("ask_id", PLAIN, nullable=False),
    Column("kind", PLAIN, nullable=False),
    Column("body", PLAIN, nullable=False),
    Column("report_specifier_id", PLAIN, nullable=False),
    Column("report_request_id", PLAIN, nullable=False),
    Column("state", PLAIN, nullable=False),
    Column("queued_at", PLAIN, nullable=False),
    Column("told_at", PLAIN, nullable=False, default=""),
    Column("told_times", Integer, nullable=False, default=0),
    Column("due_at", PLAIN, nullable=False, default=""),
    Column("answered_at", PLAIN, nullable=False, default=""),
    Column("answer_code", PLAIN, nullable=False, default=""),
    Index("ask_by_ven_and_state", "ven_id", "state", "ask_seq"),
    Index("ask_by_id", "ven_id", "ask_id", "ask_seq"),
    Index("ask_by_request", "ven_id", "report_request_id"),
    sqlite_autoincrement=True,
)

EVENT = Table(
    "event",
    METADATA,
    Column("ven_id", ForeignKey("ven.ven_id"), primary_key=True),
    Column("event_id", PLAIN, primary_key=True),
    Column("modification_number", Integer, nullable=False),
    Column("start_utc", PLAIN, nullable=False),
    Column("end_utc", PLAIN, nullable=False),
    Column("created_at", PLAIN, nullable=False),
    Index("event_by_ven_and_end", "ven_id", "end_utc"),
)

EVENT_REVISION = Table(
    "event_revision",
    METADATA,
    Column("ven_id", PLAIN, primary_key=True),
    Column("event_id", PLAIN, primary_key=True),
    Column("modification_number", Integer, primary_key=True),
    Column("body", PLAIN, nullable=False),
    Column("body_sha256", PLAIN, nullable=False),
    Column("is_cancelled", Boolean, nullable=False),
    Column("needs_answer", Boolean, nullable=False),
    Column("modified_at", PLAIN, nullable=False),
    Column("delivered_at", PLAIN, nullable=False, default=""),
    Column("told_times", Integer, nullable=False, default=0),
    ForeignKeyConstraint(["ven_id", "event_id"], ["event.ven_id", "event.event_id"]),
)

OPT = Table(
    "opt",
    METADATA,
    Column("opt_seq", SERIAL, primary_key=True, autoincrement=True),
    Column("ven_id", PLAIN, nullable=False),
    Column("event_id", PLAIN, nullable=False),
    Column("modification_number", Integer, nullable=False),
    Column("opt_type", PLAIN, nullable=False),
    Column("response_code", PLAIN, nullable=False),
    Column("received_at", PLAIN, nullable=False),
    ForeignKeyConstraint(["ven_id", "event_id"], ["event.ven_id", "event.event_id"]),
    Index("opt_by_event", "ven_id", "event_id"),
    Index("opt_by_ven_and_receipt", "ven_id", "received_at"),
    sqlite_autoincrement=True,
)

OPT_SCHEDULE = Table(
    "opt_schedule",
    METADATA,
    Column("opt_seq", SERIAL, primary_key=True, autoincrement=True),
    Column("ven_id", ForeignKey("ven.ven_id"), nullable=False),
    Column("opt_id", PLAIN, nullable=False),
    Column("opt_type", PLAIN, nullable=False),
    Column("opt_reason", PLAIN, nullable=False),
    Column("body_sha256", PLAIN, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", PLAIN, nullable=False),
    Column("cancelled_at", PLAIN, nullable=False, default=""),
    Index("opt_schedule_by_id", "ven_id", "opt_id", "body_sha256"),
    sqlite_autoincrement=True,
)

REPORT = Table(
    "report",
    METADATA,
    Column("seq", SERIAL, primary_key=True, autoincrement=True),
    Column("ven_id", ForeignKey("ven.ven_id"), nullable=False),
    Column("received_at", PLAIN, nullable=False),
    Column("body_sha256", PLAIN, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("reported_values", LargeBinary, nullable=False),
    Column("values_sha256", PLAIN, nullable=False),
    Column("touched", PLAIN, nullable=False),
    Column("first_start_utc", PLAIN, nullable=False),
    Column("last_end_utc", PLAIN, nullable=False),
    UniqueConstraint(
        "ven_id", "body_sha256", "values_sha256", name="report_is_stored_once"
    ),
    Index("report_by_ven_and_receipt", "ven_id", "received_at"),
    Index("report_by_time", "first_start_utc", "last_end_utc"),
    Index("report_by_receipt", "received_at"),
    sqlite_autoincrement=True,
)

NONCE = Table(
    "nonce",
    METADATA,
    Column("ven_id", ForeignKey("ven.ven_id"), primary_key=True),
    Column("nonce", PLAIN, primary_key=True),
    Column("signed_at", PLAIN, nullable=False),
    Index("nonce_by_time", "signed_at"),
)

PULSE = Table(
    "pulse",
    METADATA,
    Column("pulse_id", Integer, primary_key=True),
    Column("written_at", PLAIN, nullable=False),
)
