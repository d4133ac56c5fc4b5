"""The partner's schedule, the JSON of `POST /prices/`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from ter_pipelines.vocab.clock import parse_instant
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.prices import WHOLE_PRICE, PriceHour, PriceSchedule
from ter_pipelines.vocab.strict_json import parse_json, read_number, shown
from ter_pipelines.vocab.units import price_units, to_price_per_kwh

MAX_PRICES = 400
_HOUR_SECONDS = 3600
_REQUIRED = "This field is required."
_EXAMPLE_CURRENCY = "USD"
_YEARS = range(2000, 2200)
_SCHEDULE_KEYS = ("date", "unit", "currency", "prices")
_ENTRY_KEYS = ("datetime", "price")


@dataclass
class _Reading:
    """What a schedule says about money, and everything wrong with it so far."""

    unit: str
    currency: str
    errors: dict[str, list[str]] = field(default_factory=dict)

    def say(self, path: str, message: str) -> None:
        self.errors.setdefault(path, []).append(message)


def read_schedule(
    body: bytes, *, default_unit: str = "", default_currency: str = ""
) -> PriceSchedule:
    """Read the body of `POST /prices/`.

    Args:
        body: The JSON as received.
        default_unit: The programme's price unit, for schedules that state none; empty
            where every schedule must.
        default_currency: The programme's currency, likewise.

    Returns:
        The hours in the order of the submission, each as one whole price.

    Raises:
        FormatError: If the body is not JSON.
        FieldError: With every message about every field that is missing, unknown or
            wrong.
    """
    reading = _Reading(default_unit, default_currency)
    schedule = _schedule_of(parse_json(body), reading)
    published = _publication_day(schedule, reading)
    _set_money(schedule, reading)
    hours = tuple(
        hour
        for i, entry in enumerate(_prices_of(schedule, reading))
        if (hour := _hour(entry, f"schedule.prices[{i}]", reading)) is not None
    )
    if reading.errors:
        raise FieldError("schedule", reading.errors)
    return PriceSchedule(published, hours)


def _schedule_of(document: object, reading: _Reading) -> Mapping[str, object]:
    if not isinstance(document, dict):
        message = f"got {shown(document)}, expected an object with the key schedule"
        raise FieldError("schedule", {"schedule": [message]})
    if "schedule" not in document:
        raise FieldError("schedule", {"schedule": [_REQUIRED]})
    schedule = document["schedule"]
    if not isinstance(schedule, dict):
        message = f"got {shown(schedule)}, expected an object"
        raise FieldError("schedule", {"schedule": [message]})
    _name_strangers(schedule, _SCHEDULE_KEYS, "schedule", reading)
    return schedule


def _name_strangers(
    given: Mapping[str, object], known: Sequence[str], path: str, reading: _Reading
) -> None:
    strangers = sorted(set(given) - set(known))
    if strangers:
        names = ", ".join(shown(name) for name in strangers[:5])
        reading.say(path, f"got unknown {names}, expected only {', '.join(known)}")


def _publication_day(schedule: Mapping[str, object], reading: _Reading) -> date | None:
    if "date" not in schedule:
        reading.say("schedule.date", _REQUIRED)
        return None
    given = schedule["date"]
    try:
        if isinstance(given, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
            return date.fromisoformat(given)
    except ValueError:
        pass
    reading.say("schedule.date", f"got {shown(given)}, expected a date as YYYY-MM-DD")
    return None


def _set_money(schedule: Mapping[str, object], reading: _Reading) -> None:
    """Settle unit and currency before any price is read."""
    currency = schedule.get("currency", reading.currency)
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        got = shown(currency) if "currency" in schedule else "none"
        currency = reading.currency or _EXAMPLE_CURRENCY
        expected = f"an ISO 4217 code such as {currency}"
        reading.say("schedule.currency", f"got {got}, expected {expected}")
    reading.currency = currency
    unit = schedule.get("unit", reading.unit)
    known = price_units(currency)
    if not isinstance(unit, str) or unit not in known:
        default = f"none, the programme's {reading.unit}" if reading.unit else "none"
        got = shown(unit) if "unit" in schedule else default
        reading.say("schedule.unit", f"got {got}, expected one of {', '.join(known)}")
        unit = known[0]
    reading.unit = unit


def _prices_of(schedule: Mapping[str, object], reading: _Reading) -> Sequence[object]:
    if "prices" not in schedule:
        reading.say("schedule.prices", _REQUIRED)
        return []
    prices = schedule["prices"]
    if not isinstance(prices, list):
        reading.say("schedule.prices", f"got {shown(prices)}, expected a list")
        return []
    if not 1 <= len(prices) <= MAX_PRICES:
        expected = f"a day's prices, at most {MAX_PRICES}"
        reading.say("schedule.prices", f"got {len(prices)}, expected {expected}")
        return []
    return prices


def _hour(entry: object, path: str, reading: _Reading) -> PriceHour | None:
    if not isinstance(entry, dict):
        expected = "an object with datetime and price"
        reading.say(path, f"got {shown(entry)}, expected {expected}")
        return None
    _name_strangers(entry, _ENTRY_KEYS, path, reading)
    start = _start(entry, path, reading)
    price = _price(entry, path, reading)
    if start is None or price is None:
        return None
    return PriceHour(
        interval_start_utc=start,
        duration_seconds=_HOUR_SECONDS,
        component=WHOLE_PRICE,
        price_per_kwh=price,
        currency=reading.currency,
        field=f"{path}.datetime",
    )


def _start(
    entry: Mapping[str, object], path: str, reading: _Reading
) -> datetime | None:
    if "datetime" not in entry:
        reading.say(f"{path}.datetime", _REQUIRED)
        return None
    given = entry["datetime"]
    try:
        if isinstance(given, str) and given.isascii():
            instant = parse_instant(given)
            if instant.year in _YEARS:
                return instant
    except (ValueError, OverflowError):
        pass
    expected = "a date and time with its UTC offset, such as 2022-02-23T00:00:00+0000"
    reading.say(f"{path}.datetime", f"got {shown(given)}, expected {expected}")
    return None


def _price(entry: Mapping[str, object], path: str, reading: _Reading) -> Decimal | None:
    if "price" not in entry:
        reading.say(f"{path}.price", _REQUIRED)
        return None
    try:
        return to_price_per_kwh(
            read_number(entry["price"]), unit=reading.unit, currency=reading.currency
        )
    except ValueError as error:
        reading.say(f"{path}.price", str(error))
        return None
