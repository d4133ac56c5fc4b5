"""`ter prices`: read the files of day-ahead price sources."""

import json
import re
import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer

from ter_pipelines.formats.price_files import (
    MAX_CSV_BYTES,
    load_price_profile,
    shipped_profiles,
)
from ter_pipelines.formats.price_sources import (
    EASTERN,
    Reader,
    Wanted,
    price_readers,
    profiled,
)
from ter_pipelines.pricing.schedule import require_whole_day
from ter_pipelines.vocab import fields
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.prices import PriceHour
from ter_pipelines.vocab.units import plain

EXIT_FOUND = 1

prices = typer.Typer(no_args_is_help=True, help="Read the files of price sources.")


Source = Annotated[
    str,
    typer.Option(
        help="Who wrote it: ter-json, iso-ne-csv, iso-ne-json, nyiso, pjm, ercot, "
        "or a profile of your own, FILE.toml.",
    ),
]
Location = Annotated[
    str | None,
    typer.Option(help="Which location to take, where the file has several."),
]
Zone = Annotated[
    str | None,
    typer.Option(help="IANA zone of the local day; the market's where left out."),
]
Day = Annotated[
    str | None,
    typer.Option(help="The local day that the file must be, as 2025-11-02."),
]
Unit = Annotated[
    str, typer.Option(help="Unit of a schedule that states none, as USD/kWh.")
]


@prices.command("read")
def read(
    file: Annotated[Path, typer.Argument(help="A day's prices.", metavar="FILE")],
    *,
    source: Source,
    location: Location = None,
    zone: Zone = None,
    day: Day = None,
    unit: Unit = "",
) -> None:
    """Print the hours of a price file, one JSON object each, per kWh and in UTC.

    Exits with 1 and a reason, and prints no hour, if the file is not as its source
    writes it, or is not one whole local day: 23, 24 or 25 hours, each once.
    """
    reader, market_zone = reader_of(source)
    day_zone = market_zone if zone is None else _zone(zone)
    wanted = Wanted(location=location, currency=_currency_of(unit), unit=unit)
    expected_day = None if day is None else day_named(day)
    try:
        hours = reader(bytes_of(file), wanted).hours
        found_day = require_whole_day(hours, day_zone, field="hours")
    except InputError as error:
        _refuse(file, str(error))
    if expected_day not in (None, found_day):
        _refuse(file, f"got the prices of {found_day}, expected {expected_day}")
    _print_hours(hours)


def reader_of(source: str) -> tuple[Reader, ZoneInfo]:
    """Give the reader of a source, or of a profile's file, and its market's zone."""
    if source.endswith(".toml"):
        path = Path(source)
        profile = load_price_profile(path.read_bytes(), name=path.stem)
        return profiled(profile), profile.zone
    readers = price_readers()
    if source not in readers:
        raise typer.BadParameter(
            f"got {source!r}, expected one of {', '.join(readers)}, or a profile's "
            "file that ends in .toml",
            param_hint="--source",
        )
    profiles = shipped_profiles()
    zone = profiles[source].zone if source in profiles else EASTERN
    return readers[source], zone


def bytes_of(file: Path) -> bytes:
    """Read a file, and no more of it than shows that it is too long."""
    with file.open("rb") as body:
        return body.read(MAX_CSV_BYTES + 1)


def _currency_of(unit: str) -> str:
    """Give the currency that a unit names, if it names one.

    >>> _currency_of("USD/MWh"), _currency_of("cents/kWh")
    ('USD', '')
    """
    code, _, _ = unit.partition("/")
    return code if re.fullmatch("[A-Z]{3}", code) else ""


def _zone(text: str) -> ZoneInfo:
    try:
        return fields.zone(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--zone") from None


def day_named(text: str) -> date:
    """Read the day of `--day`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"got {text!r}, expected a day such as 2025-11-02", param_hint="--day"
        ) from None


def _refuse(file: Path, reason: str) -> NoReturn:
    print(f"{file}: {reason}", file=sys.stderr)
    raise typer.Exit(EXIT_FOUND)


def _print_hours(hours: tuple[PriceHour, ...]) -> None:
    by_start = defaultdict(list)
    for hour in hours:
        by_start[hour.interval_start_utc].append(hour)
    for start, parts in sorted(by_start.items()):
        told = {
            "interval_start_utc": iso_utc(start),
            "duration_seconds": parts[0].duration_seconds,
            "price_per_kwh": plain(sum((p.price_per_kwh for p in parts), Decimal())),
            "currency": parts[0].currency,
            "components": {p.component: plain(p.price_per_kwh) for p in parts},
        }
        print(json.dumps(told))
