"""The tables of retail accounts: their hours, and what each costs.

`tables` names them among all the others.
"""

from ter_pipelines.vocab.table import (
    ENERGY,
    INTERVAL,
    SEQUENCE,
    TEXT,
    Column,
    Table,
)

PRICE_PER_MWH = "DECIMAL(38,18)"
_PER_MWH = "currency per MWh"

INTERVALIZED_USAGE = Table(
    "core",
    "intervalized_usage",
    "Hours of retail accounts: measured, or a period's energy by load profile.",
    "account_id, interval_start_utc",
    "operating_day",
    (
        Column("account_id", SEQUENCE, "Account of the registry."),
        *INTERVAL,
        Column("energy_kwh", ENERGY, "Energy of the hour.", "kWh"),
        Column("method", TEXT, "METERED as a partner measured it, or PROFILE."),
        Column("usage_sha256", TEXT, "Hash of what the account's hours rest on."),
    ),
    ("account_id", "interval_start_utc"),
)

SHADOW_PRICE = Table(
    "core",
    "shadow_price",
    "What a MWh of an account costs in an hour, in seven parts; the total is their sum "
    "and never stored.",
    "account_id, interval_start_utc",
    "operating_day",
    (
        Column("account_id", SEQUENCE, "Account of the registry."),
        *INTERVAL,
        Column("energy_kwh", ENERGY, "Energy of the hour.", "kWh"),
        Column("lmp_price", PRICE_PER_MWH, "Energy at the load zone.", _PER_MWH),
        Column("ancillaries_price", PRICE_PER_MWH, "Ancillary services.", _PER_MWH),
        Column("rps_price", PRICE_PER_MWH, "Renewable portfolio standard.", _PER_MWH),
        Column(
            "capacity_price",
            PRICE_PER_MWH,
            "The day's cost of the capacity tag over the day's energy.",
            _PER_MWH,
        ),
        Column(
            "losses_price",
            PRICE_PER_MWH,
            "Share of LMP, ancillaries and RPS by the account's voltage.",
            _PER_MWH,
        ),
        Column(
            "transmission_price",
            PRICE_PER_MWH,
            "The day's cost of the transmission tag over the day's energy.",
            _PER_MWH,
        ),
        Column(
            "transmission_ancillaries_price",
            PRICE_PER_MWH,
            "The same of what goes with transmission; may be below zero.",
            _PER_MWH,
        ),
        Column("currency", TEXT, "ISO 4217 code."),
        Column(
            "flags",
            TEXT,
            "no_capacity_tag, no_transmission_tag, no_volume, by comma; else empty.",
        ),
        Column("price_submission_id", SEQUENCE, "Submission of the price."),
    ),
    ("account_id", "interval_start_utc"),
)
