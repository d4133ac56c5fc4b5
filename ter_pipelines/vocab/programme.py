"""The programme: what a utility decided about its rate, as data.

Read from one TOML file. Unit and currency have no default: a programme that does not
state them does not start. Only the tables `[vee]`, `[cmep_in]`, `[cmep_out]` and
`[telemetry]` have defaults.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.vocab import fields
from ter_pipelines.vocab.cmep_in import CmepIn, read_cmep_in
from ter_pipelines.vocab.cmep_out import CmepOut, read_cmep_out
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.points import TelemetrySettings, read_telemetry_settings
from ter_pipelines.vocab.units import price_units
from ter_pipelines.vocab.vee_settings import VeeSettings, read_vee_settings


@dataclass(frozen=True)
class Programme:
    """One transactive energy rate.

    Args:
        programme_id: Short name; part of every event id.
        title: Name for people.
        zone: IANA zone of operating days and billing months.
        first_operating_day: The programme's first day; partitions begin here.
        currency: ISO 4217 code of prices whose schedule states none.
        price_unit: Unit of prices whose schedule states none.
        lowest_price_per_kwh: Below this a price is implausible.
        highest_price_per_kwh: Above this a price is implausible.
        market_context: URI that names the programme in OpenADR events.
        lowest_energy_kwh: Least hourly net energy of one device, negative is export.
        highest_energy_kwh: Most hourly net energy of one device.
        minimum_completeness: Share of a meter's month that must be metered for a
            statement; missing hours are not billed.
        cmep_sender_id: Sender of CMEP files.
        cmep_receiver_id: Receiver of CMEP files.
        price_feed_location_id: Location of the day-ahead price file.
        fetch_prices_at: Local time of the first look for next-day prices.
        fetch_prices_until: Local time of the last.
        close_month_day: Day of the month on which the last month is closed.
        close_month_at: Local time of that.
        vee: Limits of validation, and how estimation goes.
        cmep_in: How the CMEP files are written that partners send.
        cmep_out: How those are written that we send.
        telemetry: Catalogue of points, and how power is held against energy.
    """

    programme_id: str
    title: str
    zone: ZoneInfo
    first_operating_day: date
    currency: str
    price_unit: str
    lowest_price_per_kwh: Decimal
    highest_price_per_kwh: Decimal
    market_context: str
    lowest_energy_kwh: Decimal
    highest_energy_kwh: Decimal
    minimum_completeness: Decimal
    cmep_sender_id: str
    cmep_receiver_id: str
    price_feed_location_id: str
    fetch_prices_at: time
    fetch_prices_until: time
    close_month_day: int
    close_month_at: time
    vee: VeeSettings
    cmep_in: CmepIn
    cmep_out: CmepOut
    telemetry: TelemetrySettings


def parse_programme(text: str, *, subject: str = "programme") -> Programme:
    """Read a programme from TOML.

    Raises:
        FieldError: With a message for every field that is missing, unknown or wrong.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FieldError(subject, {"file": [f"is not TOML: {error}"]}) from error
    tables: dict[str, Any] = {}
    wrong: fields.Errors = {}
    for table, read in _TABLES.items():
        tables[table], found = read(given.pop(table, {}))
        wrong.update({f"{table}.{name}".rstrip("."): e for name, e in found.items()})
    values, errors = fields.read_fields(given, _READERS, whose="a programme")
    errors.update({name: ["is missing"] for name in set(_READERS) - set(given)})
    errors.update(_contradictions(values))
    errors.update(wrong)
    if errors:
        raise FieldError(subject, dict(sorted(errors.items())))
    return Programme(**values, **tables)


def _contradictions(values: Mapping[str, Any]) -> fields.Errors:
    errors = fields.find_empty_bands(values, _BANDS)
    if {"currency", "price_unit"} <= set(values):
        known = price_units(values["currency"])
        if values["price_unit"] not in known:
            errors["price_unit"] = [
                f"got {values['price_unit']!r}, expected one of {', '.join(known)}"
            ]
    return errors


_BANDS = (
    ("lowest_price_per_kwh", "highest_price_per_kwh"),
    ("lowest_energy_kwh", "highest_energy_kwh"),
    ("fetch_prices_at", "fetch_prices_until"),
)
_TABLES: Mapping[str, Callable[[object], tuple[object, fields.Errors]]] = {
    "vee": read_vee_settings,
    "cmep_in": read_cmep_in,
    "cmep_out": read_cmep_out,
    "telemetry": read_telemetry_settings,
}
_READERS: Mapping[str, fields.Reader] = {
    "programme_id": fields.identifier,
    "title": fields.text,
    "zone": fields.zone,
    "first_operating_day": fields.of_kind(date, "a date such as 2025-11-01, unquoted"),
    "currency": fields.currency,
    "price_unit": fields.text,
    "lowest_price_per_kwh": fields.number,
    "highest_price_per_kwh": fields.number,
    "market_context": fields.text,
    "lowest_energy_kwh": fields.number,
    "highest_energy_kwh": fields.number,
    "minimum_completeness": fields.share,
    "cmep_sender_id": fields.identifier,
    "cmep_receiver_id": fields.identifier,
    "price_feed_location_id": fields.identifier,
    "fetch_prices_at": fields.of_kind(time, "a time such as 16:30:00, unquoted"),
    "fetch_prices_until": fields.of_kind(time, "a time such as 18:00:00, unquoted"),
    "close_month_day": fields.whole(range(1, 29), "a day"),
    "close_month_at": fields.of_kind(time, "a time such as 06:00:00, unquoted"),
}
