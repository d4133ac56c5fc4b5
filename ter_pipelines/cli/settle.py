"""`ter settle`: a statement from files of usage and prices, without Dagster."""

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from ter_pipelines.cli.prices import reader_of
from ter_pipelines.formats.price_lines import read_price_lines
from ter_pipelines.formats.price_sources import Wanted
from ter_pipelines.formats.statement_lines import read_statements
from ter_pipelines.formats.usage_lines import LARGEST_FILE_BYTES, read_usage_lines
from ter_pipelines.pricing.components import build_prices
from ter_pipelines.pricing.hours import distinct_hours, price_by_hour
from ter_pipelines.settlement.document import Statement, told
from ter_pipelines.settlement.from_files import (
    Case,
    Period,
    Prices,
    Settled,
    period_of,
    settle_meter,
    settle_owed,
    touches,
)
from ter_pipelines.settlement.issued_before import distinct_statements
from ter_pipelines.settlement.statement import INCOMPLETE
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.metered import MeteredInterval
from ter_pipelines.vocab.prices import PriceHour
from ter_pipelines.vocab.rate import Rate
from ter_pipelines.vocab.rate_file import parse_rate
from ter_pipelines.vocab.units import parse_decimal

EXIT_FOUND = 1
_MOST_BYTES = LARGEST_FILE_BYTES + 1
_MONTH = re.compile(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)

settling = typer.Typer()

UsageFiles = Annotated[
    list[Path],
    typer.Option(
        "--usage",
        help="Usage: CSV or JSON lines, or what `ter green-button read` or `ter cmep "
        "read` printed; may be said several times.",
    ),
]
PriceFiles = Annotated[
    list[Path],
    typer.Option(
        "--prices",
        help="Prices: what `ter prices read` printed, or files of --source; may be "
        "said several times.",
    ),
]
RateFile = Annotated[Path, typer.Option("--rate", help="The rate, TOML.")]
Month = Annotated[
    str | None,
    typer.Option(
        help="The month to settle, such as 2025-11; where left out, the days from the "
        "usage's first to its last."
    ),
]
Source = Annotated[
    str | None,
    typer.Option(help="Who wrote the price files, as in `ter prices read`."),
]
Before = Annotated[
    list[Path] | None,
    typer.Option(
        "--before",
        help="Statements that this command printed before: of the month, so that a "
        "change is a new version and no change is none; of months before, so that what "
        "they were corrected by stands on this one.",
    ),
]
DemandKw = Annotated[
    str | None, typer.Option(help="The member's demand tag, for fees by kW.")
]
Hours = Annotated[bool, typer.Option("--hours", help="Print every hour, too.")]


@settling.command("settle")
def settle(  # noqa: PLR0913
    *,
    usage: UsageFiles,
    prices: PriceFiles,
    rate: RateFile,
    month: Month = None,
    source: Source = None,
    before: Before = None,
    demand_kw: DemandKw = None,
    hours: Hours = False,
) -> None:
    """Settle files of usage: print a statement for each meter, one JSON object each.

    Exits with 1 and a reason if a meter cannot be billed: usage without a price, too
    little of it, or files that contradict themselves. The same usage, prices and rate
    give the same bytes, whatever the order of lines and files.
    """
    read_rate = parse_rate(_bytes_of(rate), subject=str(rate))
    try:
        intervals = _usage(usage)
        period = period_of(intervals, read_rate, _month(month))
        case = Case(
            prices=_prices(prices, source, read_rate, period),
            rate=read_rate,
            period=period,
            demand_kw=None if demand_kw is None else _decimal(demand_kw),
        )
        issued = _issued(before or [])
    except InputError as error:
        _remark(str(error))
        raise typer.Exit(EXIT_FOUND) from None
    by_meter = _by_meter(intervals, period)
    if not by_meter:
        _remark(f"got no usage from {period.first_day} to {period.last_day}")
    billed = [
        _print_settled(each, case, issued, has_hours=hours)
        for each in _with_gone(by_meter, issued)
    ]
    if not by_meter or not all(billed):
        raise typer.Exit(EXIT_FOUND)


def _with_gone(
    by_meter: Mapping[str, Sequence[MeteredInterval]],
    issued: Sequence[Mapping[str, Any]],
) -> list[tuple[str, Sequence[MeteredInterval]]]:
    """Give the meters in order, also those that have statements and no usage.

    Without any usage nothing is said about anybody.
    """
    gone = {row["meter_id"]: () for row in issued} if by_meter else {}
    return sorted({**gone, **by_meter}.items())


def _print_settled(
    of_meter: tuple[str, Sequence[MeteredInterval]],
    case: Case,
    issued: Sequence[Mapping[str, Any]],
    *,
    has_hours: bool,
) -> bool:
    """Print a meter's statement, or say why there is none; tell if it can be billed.

    One without usage has one of what months before owe it, if they do.
    """
    meter_id, own = of_meter
    month = case.period.billing_month
    before = [row for row in issued if row["meter_id"] == meter_id]
    try:
        settled = (
            settle_meter(own, case, before)
            if own
            else settle_owed(meter_id, case, before)
        )
    except InputError as error:
        _remark(f"meter {meter_id}, {month}: {error}")
        return False
    if settled is None:
        return True
    if settled.state == INCOMPLETE:
        _remark(f"meter {meter_id}, {month}: {_too_little(settled, case.rate)}")
        return False
    if settled.statement is None:
        _remark(f"meter {meter_id}, {month}: says what the statement before says")
        return True
    print(json.dumps(_told(settled, settled.statement, has_hours=has_hours)))
    return True


def _told(
    settled: Settled, statement: Statement, *, has_hours: bool
) -> dict[str, object]:
    said = told(statement, has_hours=has_hours)
    of_hours = {"hours": said.pop("hours")} if has_hours else {}
    return {
        **said,
        "first_day": str(settled.period.first_day),
        "last_day": str(settled.period.last_day),
        "expected_seconds": settled.time.expected,
        "metered_seconds": settled.time.metered,
        "estimated_seconds": settled.time.estimated,
        "inputs": settled.inputs,
        **of_hours,
    }


def _too_little(settled: Settled, rate: Rate) -> str:
    terms = rate.terms_of(settled.period.billing_month)
    time = settled.time
    return (
        f"got {time.metered} s metered and {time.estimated} s estimated of "
        f"{time.expected} s from {settled.period.first_day} to "
        f"{settled.period.last_day}, expected at least {terms.minimum_completeness} "
        f"of it, and at most {terms.maximum_estimated} estimated; not billed"
    )


def _usage(files: Sequence[Path]) -> list[MeteredInterval]:
    found = []
    left_out: Counter[str] = Counter()
    for path in files:
        lines = read_usage_lines(_bytes_of(path), str(path))
        found += lines.intervals
        left_out.update(lines.left_out)
    for why, count in sorted(left_out.items()):
        _remark(f"left out {count} lines: {why}")
    return found


def _by_meter(
    intervals: Sequence[MeteredInterval], period: Period
) -> dict[str, list[MeteredInterval]]:
    """Give each meter's usage in the period; say how much lies outside of it."""
    meters: dict[str, list[MeteredInterval]] = {}
    outside = 0
    for each in intervals:
        if touches(each, period.span):
            meters.setdefault(each.meter_id, []).append(each)
        else:
            outside += 1
    if outside:
        days = f"{period.first_day} to {period.last_day}"
        _remark(f"left out {outside} intervals outside of {days}")
    return meters


def _prices(
    files: Sequence[Path], source: str | None, rate: Rate, period: Period
) -> Prices:
    """Read prices; those of another source than the rate's are finished.

    Of these the rate says neither the unit, nor the location, nor what is put on them.
    """
    price = rate.terms_of(period.billing_month).price
    is_own = source is None or replace(price, source=source).name == price.name
    wanted = Wanted(
        location=(price.location or None) if is_own else None,
        currency=rate.currency,
        unit=price.unit if is_own else "",
    )
    told_hours: list[Sequence[PriceHour]] = []
    for path in files:
        body = _bytes_of(path)
        if source is None:
            told_hours.append(read_price_lines(body, str(path)))
        else:
            told_hours.append(reader_of(source)[0](body, wanted).hours)
    hours = distinct_hours(told_hours, rate.currency)
    if price.recipe is not None and is_own:
        hours = build_prices(hours, price.recipe, rate.zone)
    return price_by_hour(hours)


def _issued(files: Sequence[Path]) -> list[Mapping[str, Any]]:
    return distinct_statements(
        lines for path in files for lines in read_statements(_bytes_of(path), str(path))
    )


def _bytes_of(file: Path) -> bytes:
    """Read a file, and no more of it than shows that it is too long."""
    with file.open("rb") as body:
        return body.read(_MOST_BYTES)


def _month(text: str | None) -> str | None:
    if text is not None and not _MONTH.fullmatch(text):
        raise typer.BadParameter(
            f"got {text!r}, expected a month such as 2025-11", param_hint="--month"
        )
    return text


def _decimal(text: str) -> Decimal:
    try:
        return parse_decimal(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--demand-kw") from None


def _remark(text: str) -> None:
    print(text, file=sys.stderr)
