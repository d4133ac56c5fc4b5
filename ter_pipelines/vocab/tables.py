"""Every table of the lake, described once.

The asset, the Parquet schema, the DuckDB view and the data dictionary are made from
these descriptions. A table is a folder `schema/name`; a partition is a file in it.
`core`, as believed, is here and in `settled_tables`, `account_tables` and
`dispatch_tables`; `raw`, as received, in `raw_tables`; `out`, as told to others, in
`out_tables`.
"""

from collections.abc import Sequence

from ter_pipelines.vocab.account_tables import INTERVALIZED_USAGE, SHADOW_PRICE
from ter_pipelines.vocab.dispatch_tables import (
    DISPATCH_ANSWER,
    DISPATCH_EVENT,
    DISPATCH_PLAN,
)
from ter_pipelines.vocab.out_tables import (
    CMEP_DAY_FILE,
    CMEP_FILE,
    MDM_DELIVERY,
    PRICE_EVENT,
    STATEMENT,
    STATEMENT_COMPONENT,
    STATEMENT_HOUR,
    VEN_PARTICIPATION,
)
from ter_pipelines.vocab.raw_tables import (
    METER_READING,
    PRICE_COMPONENT,
    RAW_METER_MAPPING,
    SHARE_MY_DATA_NOTICE,
    USAGE_FILE_VALUE,
    VEN_REPORT,
)
from ter_pipelines.vocab.settled_tables import MONTHLY_SETTLEMENT, SETTLED_HOUR
from ter_pipelines.vocab.table import (
    CHANNEL,
    COUNT,
    DEVICE,
    ENERGY,
    INSTANT,
    INTERVAL,
    PRICE,
    SEQUENCE,
    TELEMETRY,
    TEXT,
    Column,
    Table,
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

INTERVAL_USAGE = Table(
    "core",
    "interval_usage",
    "What each mapped device used, the newest version of every interval.",
    "ven_id, device_id, direction, interval_start_utc",
    "operating_day",
    (
        Column("meter_id", TEXT, "Meter the device is mapped to."),
        *CHANNEL,
        *INTERVAL,
        Column(
            "energy_kwh", ENERGY, "Energy; negative only where net, an export.", "kWh"
        ),
        Column("quality", TEXT, "RAW, SUSPECT, ESTIMATED or ADJUSTED, by the source."),
        Column("marks", TEXT, "OVERFLOW, TEST_MODE, OUTAGE, RESTORATION, by comma."),
        Column("version", COUNT, "1 for the first value heard, 2 for a change ..."),
        Column("source", TEXT, "Kind of source."),
        Column(
            "source_reference", TEXT, "Row of the source, such as report and value."
        ),
        Column("received_at", INSTANT, "When this version was acknowledged."),
    ),
    ("meter_id", "ven_id", "device_id", "direction", "interval_start_utc"),
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
        Column(
            "source_reference", TEXT, "Row of the source, such as report and value."
        ),
        Column("received_at", INSTANT, "When it was acknowledged."),
    ),
    ("ven_id", "device_id", "source_reference"),
)

REGISTER_READING = Table(
    "core",
    "register_reading",
    "Dial readings of mapped devices, which intervals are held against.",
    "ven_id, device_id, direction, read_at",
    "operating_day",
    (
        Column("meter_id", TEXT, "Meter the device is mapped to."),
        *CHANNEL,
        Column("read_at", INSTANT, "Instant of the reading."),
        Column("reading_kwh", ENERGY, "The dial.", "kWh"),
        Column("step_kwh", ENERGY, "Least step of the dial.", "kWh"),
        Column("event", TEXT, "RESET, ROLLOVER or EXCHANGE just before; else empty."),
        Column("source", TEXT, "Kind of source."),
        Column("source_reference", TEXT, "Row of the source."),
        Column("received_at", INSTANT, "When it was acknowledged."),
    ),
    ("meter_id", "ven_id", "device_id", "direction", "read_at"),
)

TELEMETRY_VALUE = Table(
    "core",
    "telemetry",
    "What devices report beside energy: power, state of charge, voltage, status ...",
    "ven_id, device_id, point, measured_at, source_reference",
    "operating_day",
    (
        Column("meter_id", TEXT, "Meter the device is mapped to; empty if none."),
        *DEVICE,
        Column("point", TEXT, "Name in the catalogue of points."),
        Column("point_reference", TEXT, "rID or register the value came from."),
        Column("measured_at", INSTANT, "Start of what the value is about."),
        Column("duration_seconds", COUNT, "Length it covers; 0 for an instant.", "s"),
        Column("value", TELEMETRY, "In the catalogue's unit."),
        Column("unit", TEXT, "The catalogue's unit."),
        Column("quality", TEXT, "RAW or SUSPECT, by the source."),
        Column("source", TEXT, "Kind of source."),
        Column("source_reference", TEXT, "Row of the source."),
        Column("received_at", INSTANT, "When it was acknowledged."),
    ),
    ("ven_id", "device_id", "point", "measured_at", "source_reference"),
)

VALIDATED_USAGE = Table(
    "core",
    "validated_usage",
    "Every interval of every mapped device after VEE; missing ones are rows too.",
    "meter_id, ven_id, device_id, direction, interval_start_utc",
    "operating_day",
    (
        Column("meter_id", TEXT, "Meter the device is mapped to."),
        *CHANNEL,
        *INTERVAL,
        Column("energy_kwh", ENERGY, "Energy; empty where MISSING.", "kWh"),
        Column("state", TEXT, "VALID, SUSPECT, MISSING, ESTIMATED or ADJUSTED."),
        Column("rules_failed", TEXT, "Codes of the rules that spoke, by comma."),
        Column("method", TEXT, "How it was estimated or who changed it; else empty."),
        Column("version", COUNT, "Version of the usage value; 0 where MISSING."),
    ),
    ("meter_id", "ven_id", "device_id", "direction", "interval_start_utc"),
)

USAGE_CHANGE = Table(
    "core",
    "usage_change",
    "Every change VEE or a person made to an interval; added to, never changed.",
    "ven_id, device_id, direction, interval_start_utc, change",
    "operating_day",
    (
        Column("meter_id", TEXT, "Meter the device is mapped to."),
        *CHANNEL,
        *INTERVAL,
        Column("change", COUNT, "1 for the first change of the interval ..."),
        Column("state_before", TEXT, "RAW or the state it had."),
        Column("energy_before_kwh", ENERGY, "Energy before; empty if none.", "kWh"),
        Column("state_after", TEXT, "State it got."),
        Column("energy_after_kwh", ENERGY, "Energy after; empty if none.", "kWh"),
        Column("rule", TEXT, "Rules that spoke, method of the estimate, or edit."),
        Column("changed_by", TEXT, "Person, or `vee`."),
        Column("reason", TEXT, "What a person said, or what an estimate rests on."),
        Column("changed_at", INSTANT, "When it was done."),
    ),
    ("meter_id", "ven_id", "device_id", "direction", "interval_start_utc", "change"),
)

ALL: Sequence[Table] = (
    PRICE_COMPONENT, PRICE_CURVE, PRICE_EVENT, VEN_PARTICIPATION, RAW_METER_MAPPING,
    METER_MAPPING, VEN_REPORT, USAGE_FILE_VALUE, METER_READING, SHARE_MY_DATA_NOTICE,
    INTERVAL_USAGE, QUARANTINED_USAGE, REGISTER_READING, TELEMETRY_VALUE,
    VALIDATED_USAGE, USAGE_CHANGE, SETTLED_HOUR, MONTHLY_SETTLEMENT, STATEMENT,
    INTERVALIZED_USAGE, SHADOW_PRICE,
    DISPATCH_PLAN, DISPATCH_EVENT, DISPATCH_ANSWER,
    STATEMENT_HOUR, STATEMENT_COMPONENT, CMEP_FILE, CMEP_DAY_FILE, MDM_DELIVERY,
)  # fmt: skip

__all__ = [
    "ALL",
    "CMEP_DAY_FILE",
    "CMEP_FILE",
    "DISPATCH_ANSWER",
    "DISPATCH_EVENT",
    "DISPATCH_PLAN",
    "INTERVALIZED_USAGE",
    "INTERVAL_USAGE",
    "MDM_DELIVERY",
    "METER_MAPPING",
    "METER_READING",
    "MONTHLY_SETTLEMENT",
    "PRICE_COMPONENT",
    "PRICE_CURVE",
    "PRICE_EVENT",
    "QUARANTINED_USAGE",
    "RAW_METER_MAPPING",
    "REGISTER_READING",
    "SETTLED_HOUR",
    "SHADOW_PRICE",
    "SHARE_MY_DATA_NOTICE",
    "STATEMENT",
    "STATEMENT_COMPONENT",
    "STATEMENT_HOUR",
    "TELEMETRY_VALUE",
    "USAGE_CHANGE",
    "USAGE_FILE_VALUE",
    "VALIDATED_USAGE",
    "VEN_PARTICIPATION",
    "VEN_REPORT",
]
