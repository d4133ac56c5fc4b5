"""What usage comes to: energy times price by the hour, and a meter's month.

`tables` names them among all the others.
"""

from ter_pipelines.vocab.table import (
    AMOUNT,
    COUNT,
    ENERGY,
    INTERVAL,
    PRICE,
    SEQUENCE,
    TEXT,
    Column,
    Table,
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
        Column("quality", TEXT, "E if some of it is estimated, else A if adjusted."),
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
        Column("import_kwh", ENERGY, "Energy taken, as the rate has it.", "kWh"),
        Column("export_kwh", ENERGY, "Energy given, not negative.", "kWh"),
        Column("import_amount", AMOUNT, "Exact cost under the rate.", "currency"),
        Column("export_amount", AMOUNT, "Exact credit, a credit negative.", "currency"),
        Column("currency", TEXT, "ISO 4217 code."),
        Column("expected_seconds", COUNT, "Metered time the month should have.", "s"),
        Column("settled_seconds", COUNT, "Metered time with usage and price.", "s"),
        Column("estimated_seconds", COUNT, "Part of it that was estimated.", "s"),
        Column("unpriced_seconds", COUNT, "Usage without a price.", "s"),
        Column("served_days", COUNT, "Local days on which it had a device."),
        Column("state", TEXT, "COMPLETE, WITHIN_LIMIT or INCOMPLETE."),
    ),
    ("meter_id",),
)
