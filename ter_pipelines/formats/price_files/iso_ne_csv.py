"""The ISO New England day-ahead hourly LMP report, a CSV file.

Each line says in its first field what it is: C comment, H header (names, then types),
D data, T trailer with the number of D lines. Prices are per MWh, hours are local and
labelled by their end: the repeated hour of autumn is `02X`, spring has no `03`.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ter_pipelines.formats.price_files.lmp import (
    LMP_PARTS,
    hours_of_lmp,
    require_location,
)
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.prices import PriceHour, PriceSchedule
from ter_pipelines.vocab.strict_json import read_number, shown
from ter_pipelines.vocab.units import to_price_per_kwh

MAX_BYTES = 20_000_000

_LMP = "Locational Marginal Price"
_COMPONENTS = dict(
    zip(
        LMP_PARTS,
        ("Energy Component", "Congestion Component", "Marginal Loss Component"),
        strict=True,
    )
)
_NEEDED = ("Date", "Hour Ending", "Location ID", _LMP, *_COMPONENTS.values())


@dataclass(frozen=True)
class _Line:
    """A line of the file, taken apart."""

    number: int
    fields: Sequence[str]

    @property
    def kind(self) -> str:
        return self.fields[0]

    def refusal(self, reason: str) -> FormatError:
        return FormatError(f"ISO-NE report, line {self.number}: {reason}")


@dataclass(frozen=True)
class _Row:
    """A data line with its columns by name."""

    line: _Line
    columns: dict[str, str]


def read_iso_ne_da_csv(
    body: bytes, *, location_id: str | None, zone: ZoneInfo, currency: str = "USD"
) -> PriceSchedule:
    """Read one location's hours from a day-ahead LMP report.

    Args:
        body: The file.
        location_id: Which location to take, such as `4002`; None where the file has
            but one.
        zone: The market's zone.
        currency: Of the prices.

    Returns:
        Components `energy`, `congestion`, `loss`, and `rounding` where the parts do
        not add up to the LMP, so that their sum is the LMP to the last digit.

    Raises:
        FormatError: Naming the line, if the file is cut off, its trailer miscounts,
            a needed column is missing, an hour is not one of the day or repeated, the
            parts differ from the LMP by over 0.02 per MWh, or the location is absent.
    """
    lines = _lines(body)
    _check_trailer(lines)
    rows = _rows_of_location(lines, location_id)
    starts = _starts_by_row(rows, zone)
    hours = [
        hour
        for row, start in zip(rows, starts, strict=True)
        for hour in _hours(row, start, currency)
    ]
    return PriceSchedule(publication_day=None, hours=tuple(hours))


def hour_ending_labels(operating_day: date, zone: ZoneInfo) -> dict[str, datetime]:
    """Give the UTC start of each hour of a local day by its hour-ending label.

    >>> autumn = hour_ending_labels(date(2025, 11, 2), ZoneInfo("America/New_York"))
    >>> len(autumn), autumn["02X"].isoformat()
    (25, '2025-11-02T06:00:00+00:00')
    """
    labels = {}
    for start in interval_starts_utc(operating_day, zone):
        local = start.astimezone(zone)
        labels[f"{local.hour + 1:02d}{'X' if local.fold else ''}"] = start
    return labels


def _lines(body: bytes) -> list[_Line]:
    if len(body) > MAX_BYTES:
        raise FormatError(
            f"ISO-NE report: got {len(body)} bytes, expected at most {MAX_BYTES}"
        )
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = body.count(b"\n", 0, error.start) + 1
        raise FormatError(f"ISO-NE report, line {number}: is not UTF-8") from None
    lines = []
    for number, raw in enumerate(text.split("\n"), start=1):
        if stripped := raw.strip():
            lines.append(_Line(number, _fields(stripped, number)))
    if not lines:
        raise FormatError("ISO-NE report: got an empty file")
    return lines


def _fields(text: str, number: int) -> list[str]:
    try:
        [fields] = csv.reader([text], strict=True)
    except (csv.Error, ValueError) as error:
        raise FormatError(
            f"ISO-NE report, line {number}: is not CSV: {error}"
        ) from None
    if fields[0] not in {"C", "H", "D", "T"}:
        raise FormatError(
            f"ISO-NE report, line {number}: got {shown(fields[0])}, "
            "expected C, H, D or T in the first field"
        )
    return [field.strip() for field in fields]


def _check_trailer(lines: Sequence[_Line]) -> None:
    for line in lines[:-1]:
        if line.kind == "T":
            raise line.refusal("got a trailer, expected it only on the last line")
    last = lines[-1]
    if last.kind != "T":
        raise last.refusal("got the end of the file, expected a trailer")
    count = sum(line.kind == "D" for line in lines)
    if last.fields[1:2] != [str(count)]:
        stated = shown(",".join(last.fields[1:]))
        raise last.refusal(f"the trailer states {stated} data lines, got {count}")


def _rows(lines: Sequence[_Line]) -> list[_Row]:
    names: Sequence[str] = ()
    rows = []
    for line in lines:
        if line.kind == "H" and not names:
            names = line.fields
            _check_names(line)
        if line.kind != "D":
            continue
        if len(line.fields) != len(names):
            raise line.refusal(f"got {len(line.fields)} fields, expected {len(names)}")
        rows.append(_Row(line, dict(zip(names, line.fields, strict=True))))
    return rows


def _rows_of_location(lines: Sequence[_Line], location_id: str | None) -> list[_Row]:
    rows = _rows(lines)
    if not rows:
        raise lines[-1].refusal("got no data line")
    try:
        require_location({row.columns["Location ID"] for row in rows}, location_id)
    except ValueError as error:
        raise lines[-1].refusal(str(error)) from None
    return [row for row in rows if location_id in (None, row.columns["Location ID"])]


def _check_names(line: _Line) -> None:
    missing = [name for name in _NEEDED if line.fields.count(name) != 1]
    if missing:
        raise line.refusal(f"expected one column each of {', '.join(missing)}")


def _starts_by_row(rows: Sequence[_Row], zone: ZoneInfo) -> list[datetime]:
    day = _date(rows[0])
    labels = hour_ending_labels(day, zone)
    taken: dict[str, int] = {}
    for row in rows:
        if _date(row) != day:
            raise row.line.refusal(
                f"got {row.columns['Date']}, expected {day:%m/%d/%Y}"
            )
        label = row.columns["Hour Ending"]
        if label not in labels:
            raise row.line.refusal(
                f"got hour ending {shown(label)}, expected one of the {len(labels)} "
                f"hours of {day} ({', '.join(labels)})"
            )
        if label in taken:
            raise row.line.refusal(
                f"got hour ending {label} again, the first is on line {taken[label]}"
            )
        taken[label] = row.line.number
    return [labels[row.columns["Hour Ending"]] for row in rows]


def _date(row: _Row) -> date:
    text = row.columns["Date"]
    month, _, rest = text.partition("/")
    day, _, year = rest.partition("/")
    try:
        return date.fromisoformat(f"{year}-{month}-{day}")
    except ValueError:
        raise row.line.refusal(f"got date {shown(text)}, expected MM/DD/YYYY") from None


def _hours(row: _Row, start: datetime, currency: str) -> list[PriceHour]:
    lmp = _per_kwh(row, _LMP, currency)
    parts = {
        component: _per_kwh(row, column, currency)
        for component, column in _COMPONENTS.items()
    }
    try:
        return hours_of_lmp(
            lmp,
            parts,
            start=start,
            currency=currency,
            field=f"line {row.line.number}",
        )
    except ValueError as error:
        raise row.line.refusal(str(error)) from None


def _per_kwh(row: _Row, column: str, currency: str) -> Decimal:
    try:
        number = read_number(row.columns[column])
        return to_price_per_kwh(number, unit=f"{currency}/MWh", currency=currency)
    except ValueError as error:
        raise row.line.refusal(f"{column}: {error}") from None
