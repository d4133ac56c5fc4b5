"""The tables of battery dispatch: what is planned, what was told, what was answered.

`tables` names them among all the others.
"""

from ter_pipelines.vocab.table import (
    AMOUNT,
    COUNT,
    DEVICE,
    ENERGY,
    FLAG,
    INSTANT,
    INTERVAL,
    POWER,
    PRICE,
    SEQUENCE,
    TEXT,
    Column,
    Table,
)

_EVENT = (
    Column("event_id", TEXT, "Made from device, operating day and programme."),
    Column("modification_number", COUNT, "Revision number the VTN gave it."),
    *DEVICE,
)

DISPATCH_PLAN = Table(
    "core",
    "dispatch_plan",
    "What each battery is to do in each interval of a day, by the newest order.",
    "ven_id, device_id, interval_start_utc",
    "operating_day",
    (
        *DEVICE,
        *INTERVAL,
        Column("power_kw", POWER, "At its connection; above 0 it charges.", "kW"),
        Column("energy_kwh", ENERGY, "Taken, or given (below 0).", "kWh"),
        Column("stored_at_end_kwh", ENERGY, "What it then stores.", "kWh"),
        Column("price_per_kwh", PRICE, "If one is known.", "currency per kWh"),
        Column("cost", AMOUNT, "energy_kwh x price; below 0 it earns.", "currency"),
        Column("currency", TEXT, "ISO 4217 code; empty without a price."),
        Column("ordered", TEXT, "schedule or cheapest."),
        Column("submission_id", SEQUENCE, "The order."),
    ),
    ("ven_id", "device_id", "interval_start_utc"),
)

DISPATCH_EVENT = Table(
    "out",
    "dispatch_event",
    "Dispatch events handed to the VTN: one per battery, day and revision.",
    "event_id, modification_number",
    "operating_day",
    (
        *_EVENT,
        Column("submission_id", SEQUENCE, "The order it carries out, or ends."),
        Column("intervals", COUNT, "Intervals in the event."),
        Column("is_cancelled", FLAG, "Whether the event is withdrawn."),
        Column("body", TEXT, "The event as handed over, JSON."),
        Column("body_sha256", TEXT, "Hash of the event as handed over."),
        Column("handed_over_at", INSTANT, "When the VTN had stored it."),
    ),
    ("ven_id", "device_id", "modification_number"),
)

DISPATCH_ANSWER = Table(
    "out",
    "dispatch_answer",
    "What VENs made of a day's dispatch events; a row more when that changed.",
    "event_id, seen_at",
    "operating_day",
    (
        *_EVENT,
        Column("is_cancelled", FLAG, "Whether the event is withdrawn."),
        Column("delivered_at", INSTANT, "When that revision was told to the VEN."),
        Column("opt", TEXT, "Its newest answer to the event: optIn or optOut."),
        Column("opt_at", INSTANT, "When it answered."),
        Column("is_answered", FLAG, "Whether that answers this very revision."),
        Column("is_accepted", FLAG, "Whether the plan counts: optIn to this revision."),
        Column("seen_at", INSTANT, "When the VTN was asked."),
    ),
    ("ven_id", "device_id", "seen_at"),
)
