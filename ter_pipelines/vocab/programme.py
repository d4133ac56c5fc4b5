"""The programme: what a utility decided about its rate, as data.

Read from one TOML file. Unit and currency have no default: a programme that does not
state them does not start.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ter_pipelines.vocab.clock import HOUR
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.ids import require_id
from ter_pipelines.vocab.units import parse_decimal, price_units


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


def parse_programme(text: str, *, subject: str = "programme") -> Programme:
    """Read a programme from TOML.

    Raises:
        FieldError: With a message for every field that is missing, unknown or wrong.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FieldError(subject, {"file": [f"is not TOML: {error}"]}) from error
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {
        name: ["is not a field of a programme"] for name in set(given) - set(_READERS)
    }
    for name, read in _READERS.items():
        if name not in given:
            errors[name] = ["is missing"]
            continue
        try:
            values[name] = read(given[name])
        except ValueError as error:
            errors[name] = [str(error)]
    errors.update(_contradictions(values))
    if errors:
        raise FieldError(subject, dict(sorted(errors.items())))
    return Programme(**values)


def _contradictions(values: Mapping[str, Any]) -> dict[str, list[str]]:
    errors = {}
    if {"currency", "price_unit"} <= set(values):
        known = price_units(values["currency"])
        if values["price_unit"] not in known:
            errors["price_unit"] = [
                f"got {values['price_unit']!r}, expected one of {', '.join(known)}"
            ]
    for low, high in (
        ("lowest_price_per_kwh", "highest_price_per_kwh"),
        ("lowest_energy_kwh", "highest_energy_kwh"),
        ("fetch_prices_at", "fetch_prices_until"),
    ):
        if {low, high} <= set(values) and values[low] >= values[high]:
            errors[high] = [f"got {values[high]}, expected more than {low}"]
    return errors


_YEARS = range(2000, 2030)
_DAYS_IN_EVERY_MONTH = range(1, 29)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"got {value!r}, expected text")
    return value


def _identifier(value: object) -> str:
    return require_id(value, name="an identifier")


def _zone(value: object) -> ZoneInfo:
    try:
        zone = ZoneInfo(_text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"got {value!r}, expected an IANA zone such as America/New_York"
        ) from error
    midsummers = (datetime(year, 7, 1, tzinfo=zone) for year in _YEARS)
    midwinters = (datetime(year, 1, 1, tzinfo=zone) for year in _YEARS)
    offsets = {day.utcoffset() or HOUR for day in (*midsummers, *midwinters)}
    if any(offset % HOUR for offset in offsets):
        raise ValueError(
            f"got {value!r}, expected a zone that is whole hours from UTC: priced "
            "hours begin on the hour everywhere"
        )
    return zone


def _currency(value: object) -> str:
    text = _text(value)
    if not re.fullmatch("[A-Z]{3}", text):
        raise ValueError(f"got {text!r}, expected an ISO 4217 code such as USD")
    return text


def _number(value: object) -> Decimal:
    if not isinstance(value, str):
        raise ValueError(f"got {value!r}, expected a decimal number in quotes")  # noqa: TRY004
    return parse_decimal(value)


def _share(value: object) -> Decimal:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError(f"got {number}, expected a share from 0 to 1")
    return number


def _kind(kind: type, example: str) -> Callable[[object], object]:
    def read(value: object) -> object:
        if type(value) is not kind:
            raise ValueError(f"got {value!r}, expected {example}")
        return value

    return read


def _day_of_month(value: object) -> int:
    if type(value) is not int or value not in _DAYS_IN_EVERY_MONTH:
        raise ValueError(f"got {value!r}, expected a day from 1 to 28")
    return value


_READERS: Mapping[str, Callable[[object], object]] = {
    "programme_id": _identifier,
    "title": _text,
    "zone": _zone,
    "first_operating_day": _kind(date, "a date such as 2025-11-01, unquoted"),
    "currency": _currency,
    "price_unit": _text,
    "lowest_price_per_kwh": _number,
    "highest_price_per_kwh": _number,
    "market_context": _text,
    "lowest_energy_kwh": _number,
    "highest_energy_kwh": _number,
    "minimum_completeness": _share,
    "cmep_sender_id": _identifier,
    "cmep_receiver_id": _identifier,
    "price_feed_location_id": _identifier,
    "fetch_prices_at": _kind(time, "a time such as 16:30:00, unquoted"),
    "fetch_prices_until": _kind(time, "a time such as 18:00:00, unquoted"),
    "close_month_day": _day_of_month,
    "close_month_at": _kind(time, "a time such as 06:00:00, unquoted"),
}
