"""The tables of the event book and report inbox.

Instants are text `2025-11-02T05:00:00Z`, which sorts as time does.
"""

from sqlalchemy import (
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
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

VEN = Table(
    "ven",
    METADATA,
    Column("ven_id", String, primary_key=True),
    Column("ven_name", String, nullable=False),
    Column("token_sha256", String, nullable=False, unique=True),
    Column("is_enabled", Boolean, nullable=False),
    Column("registration_id", String, nullable=False, unique=True),
    Column("enrolled_at", String, nullable=False),
    Column("registered_at", String, nullable=False, default=""),
    Column("last_poll_at", String, nullable=False, default=""),
    Column("last_report_at", String, nullable=False, default=""),
)

OFFER = Table(
    "offer",
    METADATA,
    Column("ven_id", ForeignKey("ven.ven_id"), primary_key=True),
    Column("report_specifier_id", String, primary_key=True),
    Column("r_id", String, primary_key=True),
    Column("report_name", String, nullable=False),
    Column("resource_id", String, nullable=False),
    Column("item_name", String, nullable=False),
    Column("item_description", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("scale", String, nullable=False),
    Column("reading_type", String, nullable=False),
    Column("report_type", String, nullable=False),
    Column("min_period", String, nullable=False),
    Column("max_period", String, nullable=False),
    Column("registered_at", String, nullable=False),
)

REPORT_REQUEST = Table(
    "report_request",
    METADATA,
    Column("ven_id", ForeignKey("ven.ven_id"), primary_key=True),
    Column("report_specifier_id", String, primary_key=True),
    Column("report_request_id", String, nullable=False, unique=True),
    Column("granularity", String, nullable=False),
    Column("report_back_duration", String, nullable=False),
    Column("requested_at", String, nullable=False),
)

EVENT = Table(
    "event",
    METADATA,
    Column("ven_id", ForeignKey("ven.ven_id"), primary_key=True),
    Column("event_id", String, primary_key=True),
    Column("modification_number", Integer, nullable=False),
    Column("start_utc", String, nullable=False),
    Column("end_utc", String, nullable=False),
    Column("created_at", String, nullable=False),
    Index("event_by_ven_and_end", "ven_id", "end_utc"),
)

EVENT_REVISION = Table(
    "event_revision",
    METADATA,
    Column("ven_id", String, primary_key=True),
    Column("event_id", String, primary_key=True),
    Column("modification_number", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("body_sha256", String, nullable=False),
    Column("is_cancelled", Boolean, nullable=False),
    Column("modified_at", String, nullable=False),
    Column("delivered_at", String, nullable=False, default=""),
    ForeignKeyConstraint(["ven_id", "event_id"], ["event.ven_id", "event.event_id"]),
)

OPT = Table(
    "opt",
    METADATA,
    Column("opt_seq", Integer, primary_key=True, autoincrement=True),
    Column("ven_id", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("modification_number", Integer, nullable=False),
    Column("opt_type", String, nullable=False),
    Column("response_code", String, nullable=False),
    Column("received_at", String, nullable=False),
    ForeignKeyConstraint(["ven_id", "event_id"], ["event.ven_id", "event.event_id"]),
    Index("opt_by_event", "ven_id", "event_id"),
    sqlite_autoincrement=True,
)

OPT_SCHEDULE = Table(
    "opt_schedule",
    METADATA,
    Column("opt_seq", Integer, primary_key=True, autoincrement=True),
    Column("ven_id", ForeignKey("ven.ven_id"), nullable=False),
    Column("opt_id", String, nullable=False),
    Column("opt_type", String, nullable=False),
    Column("opt_reason", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", String, nullable=False),
    Column("cancelled_at", String, nullable=False, default=""),
    Index("opt_schedule_by_id", "ven_id", "opt_id"),
    sqlite_autoincrement=True,
)

REPORT = Table(
    "report",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("ven_id", ForeignKey("ven.ven_id"), nullable=False),
    Column("received_at", String, nullable=False),
    Column("body_sha256", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("reported_values", LargeBinary, nullable=False),
    Column("values_sha256", String, nullable=False),
    Column("touched", Text, nullable=False),
    Column("first_start_utc", String, nullable=False),
    Column("last_end_utc", String, nullable=False),
    UniqueConstraint("ven_id", "body_sha256", "values_sha256"),
    Index("report_by_time", "first_start_utc", "last_end_utc"),
    Index("report_by_receipt", "received_at"),
    sqlite_autoincrement=True,
)
