"""Every table of the lake, described once.

The asset, the Parquet schema, the DuckDB view and the data dictionary are made from
these descriptions. A table is a folder `schema/name`; a partition is a file in it.
`raw` is as received, `core` as believed; `out`, as told to others, is in `out_tables`.
"""

from collections.abc import Sequence

from ter_pipelines.vocab.out_tables import (
    CMEP_FILE,
    PRICE_EVENT,
    STATEMENT,
    VEN_PARTICIPATION,
)
from ter_pipelines.vocab.table import (
    AMOUNT,
    COUNT,
    DEVICE,
    ENERGY,
    INSTANT,
    INTERVAL,
    PRICE,
    SEQUENCE,
    SOURCE,
    TEXT,
    Column,
    Table,
)

PRICE_COMPONENT = Table(
    "raw",
    "price_component",
    "Prices of a day as the price partner gave them, every revision, by component.",
    "submission, interval, component",
    "operating_day",
    (
        Column("submission_id", SEQUENCE, "Submission in the registry."),
        *SOURCE,
        *INTERVAL,
        Column("component", TEXT, "Part of the price; `price` where it came whole."),
        Column("price_per_kwh", PRICE, "The component.", "currency per kWh"),
        Column("currency", TEXT, "ISO 4217 code."),
    ),
    ("submission_id", "interval_start_utc", "component"),
)

PRICE_CURVE = Table(
    "core",
    "price_curve",
    "The binding price of every hour of a day: the newest published before it.",
    "interval",
    "operating_day",
    (
        *INTERVAL,
        Column("price_per_kwh", PRICE, "Sum of the components.", "currency per kWh"),
        Column("currency", TEXT, "ISO 4217 code."),
        Column("submission_id", SEQUENCE, "Submission the price was taken from."),
        Column("source", TEXT, "Where the price came from."),
        Column("published_at", INSTANT, "When the submission was acknowledged."),
    ),
    ("interval_start_utc",),
)

RAW_METER_MAPPING = Table(
    "raw",
    "meter_mapping",
    "Meter lists as the metering partner sent them, every list.",
    "submission, position",
    None,
    (
        Column("submission_id", SEQUENCE, "Submission in the registry."),
        *SOURCE,
        Column("position", COUNT, "Place in the list, from 0."),
        Column("meter_id", TEXT, "Meter of the billing system."),
        *DEVICE,
        Column("valid_from", INSTANT, "Stated start of validity; empty if unstated."),
    ),
    ("submission_id", "position"),
)

METER_MAPPING = Table(
    "core",
    "meter_mapping",
    "Which meter a device's usage belongs to, and from when to when.",
    "ven_id, device_id, valid_from",
    None,
    (
        *DEVICE,
        Column("meter_id", TEXT, "Meter of the billing system."),
        Column("valid_from", INSTANT, "First instant it holds."),
        Column("valid_to", INSTANT, "First instant it no longer holds; empty if open."),
        Column("submission_id", SEQUENCE, "List that said so."),
    ),
    ("ven_id", "device_id", "valid_from"),
)

VEN_REPORT = Table(
    "raw",
    "ven_report",
    "Values of OpenADR reports as the VTN acknowledged them, repeats and all.",
    "report_seq, position",
    "operating_day",
    (
        Column("report_seq", SEQUENCE, "Position in the VTN's report inbox."),
        Column("position", COUNT, "Place of the value in the report, from 0."),
        *SOURCE,
        Column("ven_id", TEXT, "Caller's VEN, by its token."),
        Column("report_specifier_id", TEXT, "What the VEN calls the report."),
        Column("r_id", TEXT, "Data point in the report."),
        Column("resource_id", TEXT, "Device the point was registered for."),
        Column("report_name", TEXT, "Such as TELEMETRY_USAGE."),
        Column("reading_type", TEXT, "As registered."),
        Column("report_type", TEXT, "As registered, such as usage."),
        Column("registered_at", TEXT, "When the point was registered."),
        Column("interval_start_text", TEXT, "Start as sent or inherited."),
        Column("duration_text", TEXT, "Duration as sent or registered; ISO 8601."),
        Column("value_text", TEXT, "Value as sent."),
        Column("unit", TEXT, "Registered unit of the point."),
        Column("scale", TEXT, "Registered SI scale code of the point."),
        Column("data_quality", TEXT, "oadrDataQuality as sent."),
        Column("confidence", TEXT, "Confidence as sent.", "%"),
        Column("accuracy", TEXT, "Accuracy as sent, in the unit of the value."),
        Column("online", TEXT, "true or false, of a device's status; else empty."),
        Column(
            "manual_override", TEXT, "true or false, of a device's status; else empty."
        ),
    ),
    ("report_seq", "position"),
)

INTERVAL_USAGE = Table(
    "core",
    "interval_usage",
    "What each mapped device used, the newest version of every interval.",
    "ven_id, device_id, interval_start_utc",
    "operating_day",
    (
        Column("meter_id", TEXT, "Meter the device is mapped to."),
        *DEVICE,
        *INTERVAL,
        Column("energy_kwh", ENERGY, "Net energy, negative is export.", "kWh"),
        Column("quality", TEXT, "RAW or SUSPECT, from the source's data quality."),
        Column("version", COUNT, "1 for the first value heard, 2 for a change ..."),
        Column("source", TEXT, "Kind of source."),
        Column("source_reference", TEXT, "Row of the source: report and position."),
        Column("received_at", INSTANT, "When this version was acknowledged."),
    ),
    ("meter_id", "ven_id", "device_id", "interval_start_utc"),
)

QUARANTINED_USAGE = Table(
    "core",
    "quarantined_usage",
    "Reported values that could not be used, with the reason and the data.",
    "source_reference",
    "operating_day",
    (
        Column("reason", TEXT, "Code of the reason."),
        Column("explanation", TEXT, "What was got and what was expected."),
        *DEVICE,
        Column("interval_start_text", TEXT, "Start as sent."),
        Column("duration_text", TEXT, "Duration as sent."),
        Column("value_text", TEXT, "Value as sent."),
        Column("unit", TEXT, "Registered unit."),
        Column("scale", TEXT, "Registered SI scale code."),
        Column("source", TEXT, "Kind of source."),
        Column("source_reference", TEXT, "Row of the source: report and position."),
        Column("received_at", INSTANT, "When it was acknowledged."),
    ),
    ("ven_id", "device_id", "source_reference"),
)

VALIDATED_USAGE = Table(
    "core",
    "validated_usage",
    "Every hour of every mapped device after VEE; missing hours are rows too.",
    "meter_id, ven_id, device_id, interval_start_utc",
    "operating_day",
    (
        Column("meter_id", TEXT, "Meter the device is mapped to."),
        *DEVICE,
        *INTERVAL,
        Column("energy_kwh", ENERGY, "Net energy; empty where MISSING.", "kWh"),
        Column("state", TEXT, "VALID, SUSPECT or MISSING."),
        Column("rules_failed", TEXT, "Codes of the rules that spoke, by comma."),
        Column("version", COUNT, "Version of the usage value; 0 where MISSING."),
    ),
    ("meter_id", "ven_id", "device_id", "interval_start_utc"),
)

SETTLED_HOUR = Table(
    "core",
    "settled_hour",
    "Energy times price for every metered hour, exact and unrounded.",
    "meter_id, interval_start_utc",
    "operating_day",
    (
        Column("meter_id", TEXT, "Meter of the billing system."),
        *INTERVAL,
        Column("import_kwh", ENERGY, "Energy taken.", "kWh"),
        Column("export_kwh", ENERGY, "Energy given, not negative.", "kWh"),
        Column("price_per_kwh", PRICE, "Price of the hour.", "currency per kWh"),
        Column("import_amount", AMOUNT, "import_kwh x price.", "currency"),
        Column("export_amount", AMOUNT, "-export_kwh x price: a credit.", "currency"),
        Column("currency", TEXT, "ISO 4217 code."),
        Column("price_submission_id", SEQUENCE, "Submission of the price."),
        Column("usage_version", COUNT, "Highest usage version in the hour."),
        Column("heard_seconds", COUNT, "Device time with valid usage.", "s"),
        Column("missing_seconds", COUNT, "Device time without.", "s"),
    ),
    ("meter_id", "interval_start_utc"),
)

MONTHLY_SETTLEMENT = Table(
    "core",
    "monthly_settlement",
    "A meter's month: energy, exact amounts and how complete they are.",
    "meter_id",
    "billing_month",
    (
        Column("meter_id", TEXT, "Meter of the billing system."),
        Column("import_kwh", ENERGY, "Energy taken.", "kWh"),
        Column("export_kwh", ENERGY, "Energy given, not negative.", "kWh"),
        Column("import_amount", AMOUNT, "Exact cost of the import.", "currency"),
        Column("export_amount", AMOUNT, "Exact credit, a credit negative.", "currency"),
        Column("currency", TEXT, "ISO 4217 code."),
        Column("expected_seconds", COUNT, "Metered time the month should have.", "s"),
        Column("settled_seconds", COUNT, "Metered time with usage and price.", "s"),
        Column("unpriced_seconds", COUNT, "Usage without a price.", "s"),
        Column("state", TEXT, "COMPLETE, WITHIN_LIMIT or INCOMPLETE."),
    ),
    ("meter_id",),
)

ALL: Sequence[Table] = (
    PRICE_COMPONENT, PRICE_CURVE, PRICE_EVENT, VEN_PARTICIPATION, RAW_METER_MAPPING,
    METER_MAPPING, VEN_REPORT, INTERVAL_USAGE, QUARANTINED_USAGE, VALIDATED_USAGE,
    SETTLED_HOUR, MONTHLY_SETTLEMENT, STATEMENT, CMEP_FILE,
)  # fmt: skip

__all__ = [
    "ALL",
    "CMEP_FILE",
    "INTERVAL_USAGE",
    "METER_MAPPING",
    "MONTHLY_SETTLEMENT",
    "PRICE_COMPONENT",
    "PRICE_CURVE",
    "PRICE_EVENT",
    "QUARANTINED_USAGE",
    "RAW_METER_MAPPING",
    "SETTLED_HOUR",
    "STATEMENT",
    "VALIDATED_USAGE",
    "VEN_PARTICIPATION",
    "VEN_REPORT",
]
