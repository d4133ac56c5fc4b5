"""The answer of the ISO New England web service with a day's hourly LMPs, JSON.

`HourlyLmps.HourlyLmp` is a list; a single hour comes as an object without a list, and
a day without prices as empty text, or not at all. Prices are per MWh, hours are given
by their beginning with its offset.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from ter_pipelines.formats.price_files.lmp import (
    LMP_PARTS,
    hours_of_lmp,
    require_location,
)
from ter_pipelines.vocab.clock import iso_utc, parse_instant
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.prices import PriceHour, PriceSchedule
from ter_pipelines.vocab.strict_json import parse_json, read_number, shown
from ter_pipelines.vocab.units import to_price_per_kwh

MAX_JSON_BYTES = 20_000_000

_OUTER, _INNER = "HourlyLmps", "HourlyLmp"
_LMP = "LmpTotal"
_PART_KEYS = dict(
    zip(
        LMP_PARTS,
        ("EnergyComponent", "CongestionComponent", "LossComponent"),
        strict=True,
    )
)


class _Entry:
    """One hour of one location, and where in the answer it stands."""

    def __init__(self, values: Mapping[str, object], path: str) -> None:
        self.values = values
        self.path = path

    def value(self, key: str) -> object:
        if key not in self.values:
            raise _refusal(f"{self.path}.{key}", "is missing")
        return self.values[key]

    def location(self) -> str:
        given = self.value("Location")
        found = given.get("@LocId") if isinstance(given, dict) else None
        if not isinstance(found, str):
            raise _refusal(f"{self.path}.Location", "expected an object with @LocId")
        return str(found)


def read_iso_ne_json(
    body: bytes, *, location_id: str | None, currency: str = "USD"
) -> PriceSchedule:
    """Read one location's hours from an answer of the web service.

    Args:
        body: The answer.
        location_id: Which location to take, such as `4002`; None where the answer
            has but one.
        currency: Of the prices.

    Returns:
        Components as of the CSV report; no hours if the day has none.

    Raises:
        FormatError: Naming the entry, if it is not JSON of this form, an hour stands
            there twice, the parts differ from the LMP by over 0.02 per MWh, or the
            location is absent.
    """
    entries = _entries(parse_json(body, max_bytes=MAX_JSON_BYTES))
    located = [(entry.location(), entry) for entry in entries]
    try:
        if entries:
            require_location({location for location, _ in located}, location_id)
    except ValueError as error:
        raise _refusal(f"{_OUTER}.{_INNER}", str(error)) from None
    chosen = [e for location, e in located if location_id in (None, location)]
    seen: dict[datetime, str] = {}
    hours = [hour for entry in chosen for hour in _hours(entry, currency, seen)]
    return PriceSchedule(publication_day=None, hours=tuple(hours))


def _entries(document: object) -> list[_Entry]:
    if not isinstance(document, dict):
        raise _refusal(_OUTER, f"got {shown(document)}, expected an object")
    outer = document.get(_OUTER, "")
    if outer == "":
        return []
    if not isinstance(outer, dict):
        raise _refusal(_OUTER, f"got {shown(outer)}, expected an object")
    inner = outer.get(_INNER, "")
    if inner == "":
        return []
    listed = inner if isinstance(inner, list) else [inner]
    entries = []
    for i, values in enumerate(listed):
        path = f"{_OUTER}.{_INNER}[{i}]"
        if not isinstance(values, dict):
            raise _refusal(path, f"got {shown(values)}, expected an object")
        entries.append(_Entry(values, path))
    return entries


def _hours(entry: _Entry, currency: str, seen: dict[datetime, str]) -> list[PriceHour]:
    start = _start(entry)
    if start in seen:
        raise _refusal(
            f"{entry.path}.BeginDate",
            f"got {iso_utc(start)} again, the first is {seen[start]}",
        )
    seen[start] = entry.path
    parts = {part: _per_kwh(entry, key, currency) for part, key in _PART_KEYS.items()}
    try:
        return hours_of_lmp(
            _per_kwh(entry, _LMP, currency),
            parts,
            start=start,
            currency=currency,
            field=entry.path,
        )
    except ValueError as error:
        raise _refusal(entry.path, str(error)) from None


def _start(entry: _Entry) -> datetime:
    given = entry.value("BeginDate")
    try:
        if isinstance(given, str) and given.isascii():
            return parse_instant(given)
    except (ValueError, OverflowError):
        pass
    raise _refusal(
        f"{entry.path}.BeginDate",
        f"got {shown(given)}, expected a time with its offset, such as "
        "2024-01-01T00:00:00.000-05:00",
    )


def _per_kwh(entry: _Entry, key: str, currency: str) -> Decimal:
    try:
        number = read_number(entry.value(key))
        return to_price_per_kwh(number, unit=f"{currency}/MWh", currency=currency)
    except ValueError as error:
        raise _refusal(f"{entry.path}.{key}", str(error)) from None


def _refusal(place: str, reason: str) -> FormatError:
    return FormatError(f"ISO-NE answer, {place}: {reason}")
