"""The tables of `raw`: what arrived, as it was received.

Nothing here was judged. `tables` names them among all the others.
"""

from ter_pipelines.vocab.table import (
    AMOUNT,
    COUNT,
    DEVICE,
    ENERGY,
    FLAG,
    INSTANT,
    INTERVAL,
    PRICE,
    SEQUENCE,
    SOURCE,
    TELEMETRY,
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

USAGE_FILE_VALUE = Table(
    "raw",
    "usage_file_value",
    "Values of usage files, Green Button and CMEP, as partners sent them.",
    "submission, position",
    "operating_day",
    (
        Column("submission_id", SEQUENCE, "Submission in the registry."),
        Column("position", COUNT, "Place of the value in the file, from 0."),
        *SOURCE,
        Column("reference", TEXT, "Where it stands: entry, or line and triple."),
        Column("device_id", TEXT, "Usage point of the feed, or meter of the file."),
        Column("direction", TEXT, "delivered, received or net; empty if neither."),
        Column("is_register", FLAG, "Whether it is a dial reading at an instant."),
        Column("interval_start_text", TEXT, "Start as sent, or the reading's time."),
        Column("interval_start_utc", INSTANT, "Start; empty if it has no place."),
        Column("duration_seconds", COUNT, "Length; empty for a reading.", "s"),
        Column("value_text", TEXT, "Value as sent."),
        Column("unit", TEXT, "Unit of the value, as the source names it."),
        Column("power_of_ten", COUNT, "Multiplier of the value."),
        Column("energy_kwh", ENERGY, "What it means; empty if no energy.", "kWh"),
        Column("state", TEXT, "RAW, SUSPECT, MISSING, ESTIMATED or ADJUSTED."),
        Column("quality", TEXT, "Flag or quality codes as sent."),
        Column("tou", TEXT, "Time-of-use bucket as sent."),
        Column("cost", AMOUNT, "Cost the source states.", "currency"),
        Column("currency", TEXT, "ISO 4217 code of the cost."),
        Column("published_at", INSTANT, "When the source published it last."),
        Column("reason", TEXT, "Why it cannot be used; empty if it can."),
        Column("explanation", TEXT, "What was got and what was expected."),
    ),
    ("submission_id", "position"),
)

METER_READING = Table(
    "raw",
    "meter_reading",
    "What meters answered over Modbus, and every poll that failed.",
    "reading_seq",
    "operating_day",
    (
        Column("reading_seq", SEQUENCE, "Position in the collector's store."),
        *SOURCE,
        Column("host_id", TEXT, "Host as registered."),
        Column("measurement", TEXT, "Name in the register map; empty for a failure."),
        Column("read_at", INSTANT, "When the meter answered."),
        Column("value", TELEMETRY, "Scaled value; empty where it has none."),
        Column("unit", TEXT, "Unit of the value."),
        Column("quality", TEXT, "GOOD, or why there is no value."),
        Column("explanation", TEXT, "What went wrong; empty if nothing."),
    ),
    ("reading_seq",),
)
