"""`ter green-button`: what Green Button files say, by interval or summed up."""

import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from ter_pipelines.formats.espi import (
    ChannelSummary,
    Quarantined,
    Reading,
    Readings,
    Survey,
    UsageBook,
    currency_name,
    energy_wh,
    quality_state,
    read_feed,
    survey_feed,
)
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.units import plain

EXIT_OK, EXIT_FOUND = 0, 1
OnNew = Callable[[Readings, list[Reading]], None]
green_button = typer.Typer(no_args_is_help=True, help="Green Button (ESPI) files.")

Files = Annotated[
    list[Path], typer.Argument(help="Green Button files, XML.", metavar="FILE...")
]


@green_button.command("read")
def read(files: Files) -> None:
    """Print every interval of Green Button files, one JSON object each.

    The files are one body of data: what was said before is not printed again, what
    differs is printed too. If a file is no whole feed, nothing is printed. Exits with
    1 then, and if something was quarantined.
    """
    book = UsageBook()
    found = _take_in(files, book, _print_intervals)
    for told in book.summaries():
        if told.repeats or told.conflicts:
            _remark(
                f"{told.channel.usage_point}: {told.repeats} repeats left out, "
                f"{told.conflicts} other versions printed"
            )
    sys.exit(EXIT_FOUND if found else EXIT_OK)


@green_button.command("summarize")
def summarize(files: Files) -> None:
    """Sum Green Button files up by usage point and direction, one JSON object each.

    The files are one body of data; of several versions of an interval the one
    published last counts. If a file is no whole feed, nothing is printed. Exits with 1
    then, and if something was quarantined.
    """
    book = UsageBook()
    found = _take_in(files, book, lambda *_: None)
    for told in book.summaries():
        print(json.dumps(_summed_up(told)))
    sys.exit(EXIT_FOUND if found else EXIT_OK)


def _take_in(files: list[Path], book: UsageBook, on_new: OnNew) -> int:
    """Read files into a book, all of them or none; count what was quarantined."""
    quarantined = 0
    for file, survey in _surveyed(files):
        cases: Counter[tuple[str, str]] = Counter()
        first: dict[tuple[str, str], Quarantined] = {}
        with file.open("rb") as stream:
            for item in read_feed(stream, survey):
                if isinstance(item, Readings):
                    on_new(item, book.add(item))
                elif isinstance(item, Quarantined):
                    cases[item.entry, item.reason] += 1
                    first.setdefault((item.entry, item.reason), item)
        for case, count in cases.items():
            _remark(_told(first[case], count))
        quarantined += cases.total()
    return quarantined


def _surveyed(files: list[Path]) -> list[tuple[Path, Survey]]:
    """Look through every file; end here, naming each, if some are no whole feeds."""
    surveyed, refused = [], []
    for file in files:
        try:
            with file.open("rb") as stream:
                surveyed.append((file, survey_feed(stream, str(file))))
        except FormatError as error:
            refused.append(str(error))
    for message in refused:
        _remark(f"ter: {message}")
    if refused:
        sys.exit(EXIT_FOUND)
    return surveyed


def _print_intervals(readings: Readings, new: list[Reading]) -> None:
    for reading in new:
        print(json.dumps(_interval(readings, reading)))


def _interval(readings: Readings, reading: Reading) -> dict[str, object]:
    kind = readings.reading_type
    energy = energy_wh(kind, reading.value, reading.duration_seconds)
    return {
        "usage_point": readings.usage_point.name,
        "flow_direction": kind.flow_direction,
        "interval_start_utc": _iso(reading.start),
        "duration_seconds": reading.duration_seconds,
        "value": _number(reading.value),
        "power_of_ten": kind.power_of_ten,
        "uom": kind.uom,
        "energy_wh": _text(energy),
        "quality": quality_state(reading.detail.qualities),
        "quality_codes": reading.detail.qualities,
        "tou": reading.detail.tou,
        "cost": _text(reading.cost),
        "currency": currency_name(kind.currency),
    }


def _summed_up(told: ChannelSummary) -> dict[str, object]:
    kind = told.channel.reading_type
    return {
        "usage_point": told.channel.usage_point,
        "flow_direction": kind.flow_direction,
        "uom": kind.uom,
        "interval_length": kind.interval_length,
        "intervals": told.intervals,
        "distinct": told.distinct,
        "repeats": told.repeats,
        "conflicts": told.conflicts,
        "first": _iso(told.first),
        "last": _iso(told.last),
        "gaps": told.gaps,
        "energy_wh": _text(told.energy_wh),
    }


def _told(case: Quarantined, count: int) -> str:
    times = "" if count == 1 else f" ({count} readings, this is the first)"
    where = f"{case.file}: {case.entry}, line {case.line}"
    return f"{where}: {case.reason}: {case.message}{times}"


def _number(value: Decimal) -> int | str:
    """Give a whole number as one; JSON would round others, so they stay text."""
    return int(value) if value == value.to_integral_value() else plain(value)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _iso(epoch_seconds: int) -> str:
    return iso_utc(datetime.fromtimestamp(epoch_seconds, UTC))


def _remark(text: str) -> None:
    print(text, file=sys.stderr)
