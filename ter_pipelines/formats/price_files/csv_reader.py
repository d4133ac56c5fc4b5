"""A market's price file, a CSV, read as its profile says."""

from datetime import datetime
from decimal import Decimal

from ter_pipelines.formats.price_files.csv_profile import Names, PriceCsvProfile
from ter_pipelines.formats.price_files.csv_rows import Row, refusal, rows_of_location
from ter_pipelines.formats.price_files.csv_times import StartReader
from ter_pipelines.formats.price_files.lmp import hours_of_lmp
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.prices import WHOLE_PRICE, PriceHour, PriceSchedule
from ter_pipelines.vocab.strict_json import read_number, shown
from ter_pipelines.vocab.units import to_price_per_kwh


def read_price_csv(
    body: bytes, profile: PriceCsvProfile, *, location: str | None
) -> PriceSchedule:
    """Read one location's hours from a market's file.

    Args:
        body: The file.
        profile: How the market writes it.
        location: Which location to take, by any of the profile's columns; None where
            the file has but one.

    Returns:
        The profile's components, which add up to the price to the last digit; or one
        whole price, where it has none.

    Raises:
        FormatError: Naming the line, what stands there and what was expected.
    """
    starts = StartReader(profile.time)
    lines_by_start: dict[datetime, int] = {}
    hours: list[PriceHour] = []
    for row in rows_of_location(body, profile, location):
        try:
            start = starts.start_of(row.cell)
            hours += _hours(row, profile, start)
        except ValueError as error:
            raise refusal(profile, row.number, str(error)) from None
        first = lines_by_start.setdefault(start, row.number)
        if first != row.number:
            reason = f"got {iso_utc(start)} again, the first is on line {first}"
            raise refusal(profile, row.number, reason)
    return PriceSchedule(publication_day=None, hours=tuple(hours))


def _hours(row: Row, profile: PriceCsvProfile, start: datetime) -> list[PriceHour]:
    price = _per_kwh(row, profile, profile.price_column)
    parts = {
        part.name: part.sign * _per_kwh(row, profile, part.column)
        for part in profile.parts
    }
    if profile.rest:
        parts[profile.rest] = price - sum(parts.values())
    return hours_of_lmp(
        price,
        parts or {WHOLE_PRICE: price},
        start=start,
        currency=profile.currency,
        field=f"line {row.number}",
    )


def _per_kwh(row: Row, profile: PriceCsvProfile, column: Names) -> Decimal:
    try:
        return to_price_per_kwh(
            _number(row.cell(column), profile.decimal),
            unit=profile.unit,
            currency=profile.currency,
            is_rounded=profile.is_rounded,
        )
    except ValueError as error:
        raise ValueError(f"{column[0]}: {error}") from None


def _number(text: str, point: str) -> Decimal:
    if point == ".":
        return read_number(text)
    if "." in text:
        raise ValueError(f"got {shown(text)}, expected a number with a decimal comma")
    return read_number(text.replace(point, "."))
