"""The tables of `out`: what was told to others, and what they made of it.

Versions are added and none is replaced. `tables` names them among all the others.
"""

from ter_pipelines.vocab.table import (
    AMOUNT,
    COUNT,
    ENERGY,
    FLAG,
    INSTANT,
    INTERVAL,
    MONEY,
    PRICE,
    SEQUENCE,
    TEXT,
    Column,
    Table,
)

PRICE_EVENT = Table(
    "out",
    "price_event",
    "Price events handed to the VTN: one per VEN, day and revision.",
    "event_id, handed_over_at",
    "operating_day",
    (
        Column("event_id", TEXT, "Made from VEN, operating day and programme."),
        Column("modification_number", COUNT, "Revision number the VTN gave it."),
        Column("ven_id", TEXT, "OpenADR virtual end node."),
        Column("submission_id", SEQUENCE, "Submission the prices were taken from."),
        Column("intervals", COUNT, "Priced intervals in it; 0 where it is cancelled."),
        Column("currency", TEXT, "ISO 4217 code."),
        Column("body_sha256", TEXT, "Hash of the event as handed over."),
        Column("curve_sha256", TEXT, "Hash of the price curve it says."),
        Column("handed_over_at", INSTANT, "When the VTN had stored it."),
    ),
    ("ven_id", "modification_number"),
)

VEN_PARTICIPATION = Table(
    "out",
    "ven_participation",
    "How each VEN took part in an operating day; a row more when that changed.",
    "ven_id, seen_at",
    "operating_day",
    (
        Column("ven_id", TEXT, "OpenADR virtual end node."),
        Column("is_enabled", FLAG, "Whether it may speak."),
        Column("event_id", TEXT, "Price event of the day; empty if it has none."),
        Column("modification_number", COUNT, "Revision number the VTN gave it."),
        Column("delivered_at", INSTANT, "When that revision was told to the VEN."),
        Column("opt", TEXT, "Its newest answer to the event: optIn or optOut."),
        Column("opt_at", INSTANT, "When it answered."),
        Column("is_answered", FLAG, "Whether that answers this very revision."),
        Column("last_poll_at", INSTANT, "When it polled last, as of `seen_at`."),
        Column("last_report_at", INSTANT, "When it reported last, as of `seen_at`."),
        Column("has_reported", FLAG, "Whether a report came since the day began."),
        Column("silent_since", INSTANT, "When it was last heard, if too long ago."),
        Column("certificate_expires_at", INSTANT, "End of its client certificate."),
        Column("seen_at", INSTANT, "When the VTN was asked."),
    ),
    ("ven_id", "seen_at"),
)

STATEMENT = Table(
    "out",
    "statement",
    "Lines of the statements that were issued, every version; never changed.",
    "meter_id, version, line_number",
    "billing_month",
    (
        Column("statement_id", TEXT, "Meter, month and version."),
        Column("meter_id", TEXT, "Meter of the billing system."),
        Column("version", COUNT, "1 INITIAL, 2 R1, 3 R2 ..."),
        Column("label", TEXT, "INITIAL, R1, R2 ..."),
        Column("line_number", COUNT, "From 1."),
        Column("line_code", TEXT, "Such as import_energy, or the code of a fee."),
        Column("line_title", TEXT, "What the line is called where people read it."),
        Column("energy_kwh", ENERGY, "Energy of the line.", "kWh"),
        Column("exact_amount", AMOUNT, "Before rounding.", "currency"),
        Column("amount", MONEY, "Rounded once, by the policy.", "currency"),
        Column("currency", TEXT, "ISO 4217 code."),
        Column("rounding_policy", TEXT, "How amounts were rounded."),
        Column("state", TEXT, "COMPLETE or WITHIN_LIMIT."),
        Column("missing_seconds", COUNT, "Metered time not billed.", "s"),
        Column("content_sha256", TEXT, "Hash of what the statement says."),
        Column("rate", TEXT, "The rate, and since when that version of it holds."),
        Column("inputs_sha256", TEXT, "Hash of the days, meter map and rate."),
        Column("issued_at", INSTANT, "When it was issued."),
    ),
    ("meter_id", "version", "line_number"),
)

STATEMENT_HOUR = Table(
    "out",
    "statement_hour",
    "The hours that a version of a statement was made of; never changed.",
    "meter_id, version, inputs_sha256, interval_start_utc",
    "billing_month",
    (
        Column("meter_id", TEXT, "Meter of the billing system."),
        Column("version", COUNT, "1 INITIAL, 2 R1, 3 R2 ..."),
        Column("inputs_sha256", TEXT, "Hash that the statement has, too."),
        *INTERVAL,
        Column("import_kwh", ENERGY, "Energy taken, as billed.", "kWh"),
        Column("export_kwh", ENERGY, "Energy given, as billed.", "kWh"),
        Column("price_per_kwh", PRICE, "Price of the hour.", "currency per kWh"),
        Column("import_amount", AMOUNT, "What the import costs.", "currency"),
        Column("export_amount", AMOUNT, "What the export earns: below 0.", "currency"),
        Column("price_submission_id", SEQUENCE, "Submission of the price."),
        Column("usage_version", COUNT, "Highest usage version in the hour."),
        Column("quality", TEXT, "E if some of it is estimated, else A if adjusted."),
        Column("heard_seconds", COUNT, "Device time with valid usage.", "s"),
        Column("missing_seconds", COUNT, "Device time without.", "s"),
    ),
    ("meter_id", "version", "inputs_sha256", "interval_start_utc"),
)

_CMEP_COLUMNS = (
    Column("file_name", TEXT, "Name the partner knows it by."),
    Column("path", TEXT, "Place under the data folder."),
    Column("purpose", TEXT, "OK, or RESEND for a later version."),
    Column("version", COUNT, "1 for the first file of the month or day."),
    Column("records", COUNT, "MEPMD01 lines."),
    Column("size_bytes", SEQUENCE, "Length of the file.", "B"),
    Column("sha256", TEXT, "Hash of the file."),
    Column("import_kwh", ENERGY, "Sum of the KWH lines.", "kWh"),
    Column("export_kwh", ENERGY, "Sum of the GKWH lines.", "kWh"),
    Column("zone", TEXT, "Zone of the times in the file."),
    Column("usage_sha256", TEXT, "Hash of the usage it was made from."),
    Column("made_at", INSTANT, "Time stamp inside the file."),
)

STATEMENT_COMPONENT = Table(
    "out",
    "statement_component",
    "What each component of the prices came to on a statement's energy lines.",
    "meter_id, version, line_code, component",
    "billing_month",
    (
        Column("meter_id", TEXT, "Meter of the billing system."),
        Column("version", COUNT, "1 INITIAL, 2 R1, 3 R2 ..."),
        Column("inputs_sha256", TEXT, "Hash that the statement has, too."),
        Column("line_code", TEXT, "Line of energy that it is a part of."),
        Column("component", TEXT, "Part of the price; rate_terms for what is over."),
        Column("exact_amount", AMOUNT, "Energy times the component.", "currency"),
    ),
    ("meter_id", "version", "line_code", "component"),
)

CMEP_FILE = Table(
    "out",
    "cmep_file",
    "CMEP files of a month, written for the meter-data system: the send log.",
    "file_name",
    "billing_month",
    _CMEP_COLUMNS,
    ("version",),
)

CMEP_DAY_FILE = Table(
    "out",
    "cmep_day_file",
    "CMEP files of an operating day, where the partner wants them: the send log.",
    "file_name",
    "operating_day",
    _CMEP_COLUMNS,
    ("version",),
)

MDM_DELIVERY = Table(
    "out",
    "mdm_delivery",
    "What came of each try to bring a file to the meter-data system.",
    "entry",
    "billing_month",
    (
        Column("file_name", TEXT, "Name the partner knows it by."),
        Column("entry", COUNT, "Place in the month's log, from 1."),
        Column("attempt", COUNT, "1 for the first try of the file ..."),
        Column("state", TEXT, "SENDING, then DELIVERED, FAILED or REFUSED."),
        Column("how", TEXT, "first, again under the same name, or asked."),
        Column("sha256", TEXT, "Hash of the file."),
        Column("size_bytes", SEQUENCE, "Length of the file.", "B"),
        Column("status_code", COUNT, "Of the answer; empty if there was none."),
        Column("receipt", TEXT, "What the system answered when it took it."),
        Column("explanation", TEXT, "What went wrong; empty if nothing."),
        Column("noted_at", INSTANT, "When this was written."),
    ),
    ("entry",),
)
