"""Roster, offers, asks, event book, opts, report inbox, nonces, and a pulse."""

import sqlalchemy as sa
from alembic import op

revision = "v0001"
down_revision = None
branch_labels = None
depends_on = None

PLAIN = sa.String().with_variant(sa.String(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _make_ven() -> None:
    op.create_table(
        "ven",
        sa.Column("ven_id", PLAIN, primary_key=True),
        sa.Column("ven_name", PLAIN, nullable=False),
        sa.Column("token_sha256", PLAIN),
        sa.Column("certificate_sha256", PLAIN),
        sa.Column("certificate_expires_at", PLAIN, nullable=False),
        sa.Column("must_sign", sa.Boolean, nullable=False),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        sa.Column("registration_id", PLAIN, nullable=False),
        sa.Column("has_queried", sa.Boolean, nullable=False),
        sa.Column("enrolled_at", PLAIN, nullable=False),
        sa.Column("registered_at", PLAIN, nullable=False),
        sa.Column("last_poll_at", PLAIN, nullable=False),
        sa.UniqueConstraint(
            "certificate_sha256", name="ven_certificate_sha256_is_unique"
        ),
        sa.UniqueConstraint("registration_id", name="ven_registration_id_is_unique"),
        sa.UniqueConstraint("token_sha256", name="ven_token_sha256_is_unique"),
    )


def _make_offer() -> None:
    op.create_table(
        "offer",
        sa.Column("ven_id", PLAIN, sa.ForeignKey("ven.ven_id"), primary_key=True),
        sa.Column("report_specifier_id", PLAIN, primary_key=True),
        sa.Column("report_name", PLAIN, primary_key=True),
        sa.Column("r_id", PLAIN, primary_key=True),
        sa.Column("resource_id", PLAIN, nullable=False),
        sa.Column("item_name", PLAIN, nullable=False),
        sa.Column("item_description", PLAIN, nullable=False),
        sa.Column("unit", PLAIN, nullable=False),
        sa.Column("scale", PLAIN, nullable=False),
        sa.Column("reading_type", PLAIN, nullable=False),
        sa.Column("report_type", PLAIN, nullable=False),
        sa.Column("min_period", PLAIN, nullable=False),
        sa.Column("max_period", PLAIN, nullable=False),
        sa.Column("registered_at", PLAIN, nullable=False),
    )


def _make_report_request() -> None:
    op.create_table(
        "report_request",
        sa.Column("ven_id", PLAIN, sa.ForeignKey("ven.ven_id"), primary_key=True),
        sa.Column("report_request_id", PLAIN, primary_key=True),
        sa.Column("report_specifier_id", PLAIN, nullable=False),
        sa.Column("report_name", PLAIN, nullable=False),
        sa.Column("granularity", PLAIN, nullable=False),
        sa.Column("report_back_duration", PLAIN, nullable=False),
        sa.Column("requested_at", PLAIN, nullable=False),
    )


def _make_ask() -> None:
    op.create_table(
        "ask",
        sa.Column("ask_seq", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("ven_id", PLAIN, sa.ForeignKey("ven.ven_id"), nullable=False),
        sa.Column("ask_id", PLAIN, nullable=False),
        sa.Column("kind", PLAIN, nullable=False),
        sa.Column("body", PLAIN, nullable=False),
        sa.Column("report_specifier_id", PLAIN, nullable=False),
        sa.Column("report_request_id", PLAIN, nullable=False),
        sa.Column("state", PLAIN, nullable=False),
        sa.Column("queued_at", PLAIN, nullable=False),
        sa.Column("told_at", PLAIN, nullable=False),
        sa.Column("told_times", sa.Integer, nullable=False),
        sa.Column("due_at", PLAIN, nullable=False),
        sa.Column("answered_at", PLAIN, nullable=False),
        sa.Column("answer_code", PLAIN, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ask_by_id", "ask", ["ven_id", "ask_id", "ask_seq"])
    op.create_index("ask_by_request", "ask", ["ven_id", "report_request_id"])
    op.create_index("ask_by_ven_and_state", "ask", ["ven_id", "state", "ask_seq"])


def _make_event() -> None:
    op.create_table(
        "event",
        sa.Column("ven_id", PLAIN, sa.ForeignKey("ven.ven_id"), primary_key=True),
        sa.Column("event_id", PLAIN, primary_key=True),
        sa.Column("modification_number", sa.Integer, nullable=False),
        sa.Column("start_utc", PLAIN, nullable=False),
        sa.Column("end_utc", PLAIN, nullable=False),
        sa.Column("created_at", PLAIN, nullable=False),
    )
    op.create_index("event_by_ven_and_end", "event", ["ven_id", "end_utc"])


def _make_event_revision() -> None:
    op.create_table(
        "event_revision",
        sa.Column("ven_id", PLAIN, primary_key=True),
        sa.Column("event_id", PLAIN, primary_key=True),
        sa.Column("modification_number", sa.Integer, primary_key=True),
        sa.Column("body", PLAIN, nullable=False),
        sa.Column("body_sha256", PLAIN, nullable=False),
        sa.Column("is_cancelled", sa.Boolean, nullable=False),
        sa.Column("needs_answer", sa.Boolean, nullable=False),
        sa.Column("modified_at", PLAIN, nullable=False),
        sa.Column("delivered_at", PLAIN, nullable=False),
        sa.Column("told_times", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["ven_id", "event_id"], ["event.ven_id", "event.event_id"]
        ),
    )


def _make_opt() -> None:
    op.create_table(
        "opt",
        sa.Column("opt_seq", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("ven_id", PLAIN, nullable=False),
        sa.Column("event_id", PLAIN, nullable=False),
        sa.Column("modification_number", sa.Integer, nullable=False),
        sa.Column("opt_type", PLAIN, nullable=False),
        sa.Column("response_code", PLAIN, nullable=False),
        sa.Column("received_at", PLAIN, nullable=False),
        sa.ForeignKeyConstraint(
            ["ven_id", "event_id"], ["event.ven_id", "event.event_id"]
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("opt_by_event", "opt", ["ven_id", "event_id"])
    op.create_index("opt_by_ven_and_receipt", "opt", ["ven_id", "received_at"])


def _make_opt_schedule() -> None:
    op.create_table(
        "opt_schedule",
        sa.Column("opt_seq", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("ven_id", PLAIN, sa.ForeignKey("ven.ven_id"), nullable=False),
        sa.Column("opt_id", PLAIN, nullable=False),
        sa.Column("opt_type", PLAIN, nullable=False),
        sa.Column("opt_reason", PLAIN, nullable=False),
        sa.Column("body_sha256", PLAIN, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("received_at", PLAIN, nullable=False),
        sa.Column("cancelled_at", PLAIN, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "opt_schedule_by_id", "opt_schedule", ["ven_id", "opt_id", "body_sha256"]
    )


def _make_report() -> None:
    op.create_table(
        "report",
        sa.Column("seq", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("ven_id", PLAIN, sa.ForeignKey("ven.ven_id"), nullable=False),
        sa.Column("received_at", PLAIN, nullable=False),
        sa.Column("body_sha256", PLAIN, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("reported_values", sa.LargeBinary, nullable=False),
        sa.Column("values_sha256", PLAIN, nullable=False),
        sa.Column("touched", PLAIN, nullable=False),
        sa.Column("first_start_utc", PLAIN, nullable=False),
        sa.Column("last_end_utc", PLAIN, nullable=False),
        sa.UniqueConstraint(
            "ven_id", "body_sha256", "values_sha256", name="report_is_stored_once"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("report_by_receipt", "report", ["received_at"])
    op.create_index("report_by_time", "report", ["first_start_utc", "last_end_utc"])
    op.create_index("report_by_ven_and_receipt", "report", ["ven_id", "received_at"])


def _make_nonce() -> None:
    op.create_table(
        "nonce",
        sa.Column("ven_id", PLAIN, sa.ForeignKey("ven.ven_id"), primary_key=True),
        sa.Column("nonce", PLAIN, primary_key=True),
        sa.Column("signed_at", PLAIN, nullable=False),
    )
    op.create_index("nonce_by_time", "nonce", ["signed_at"])


def _make_pulse() -> None:
    op.create_table(
        "pulse",
        sa.Column("pulse_id", sa.Integer, primary_key=True),
        sa.Column("written_at", PLAIN, nullable=False),
    )


def upgrade() -> None:
    """Make the tables."""
    _make_ven()
    _make_offer()
    _make_report_request()
    _make_ask()
    _make_event()
    _make_event_revision()
    _make_opt()
    _make_opt_schedule()
    _make_report()
    _make_nonce()
    _make_pulse()


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "pulse",
        "nonce",
        "report",
        "opt_schedule",
        "opt",
        "event_revision",
        "event",
        "ask",
        "report_request",
        "offer",
        "ven",
    ):
        op.drop_table(table)
