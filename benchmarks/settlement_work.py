"""The works that are timed: two that do the least there is, and the pipeline's own."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.settlement_data import DAYS, MONTH, ZONE
from ter_pipelines.settlement.rated import (
    meter_ranges,
    month_of_sums,
    rule_values,
    state_of,
)
from ter_pipelines.settlement.versions import Issue, next_versions
from ter_pipelines.store.engine import connect, view_sql
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import month_span
from ter_pipelines.vocab.rate import PriceSource, Terms

MEMORY_MB = 500
SCAN, GROUP = "scan of the three columns", "GROUP BY meter, sum(kWh)"
GROUP_HOURS = "the same of the hours"
STRAIGHT, ROLLUP = "usage to statement lines", "hours to statement lines"
MONTHLY = "the month, gate, lines"
_SPAN: dict[str, object] = {"first_day": DAYS[0], "last_day": DAYS[-1]}
_SECONDS = {"expected_seconds": 1, "settled_seconds": 1, "served_days": len(DAYS)}
TERMS = Terms(
    effective_from=date(2026, 1, 1),
    price=PriceSource(source="ter-json", unit="USD/kWh"),
    netting="interval",
    energy_lines="split",
    rounding="half-up",
    minimum_completeness=Decimal(1),
    maximum_estimated=Decimal(0),
    cut_off_days=2,
    adjustment_days=60,
)
_ISSUE = Issue(
    billing_month=MONTH,
    terms=TERMS,
    rate="ter 2026-01-01",
    inputs_sha256="0" * 64,
    issued_at=datetime(2026, 4, 3, tzinfo=UTC),
)
Row = Mapping[str, Any]
Lines = list[dict[str, Any]]


@dataclass(frozen=True)
class Billed:
    """What a meter is billed: exact amounts in nano-dollars, rounded ones in cents."""

    import_wh: int
    export_wh: int
    import_nano: int
    export_nano: int
    import_cents: int
    export_cents: int


Bills = dict[str, Billed]


def scan(root: Path) -> Iterator[Lines]:
    """Decode meter, time and energy of every row; keep no value."""
    yield _ask(
        root,
        "SELECT count(meter_id), count(interval_start_utc), count(energy_kwh) "
        "FROM core.validated_usage",
    )


def group(root: Path) -> Iterator[Lines]:
    """Add the energy of every row up by meter."""
    yield _ask(
        root, "SELECT meter_id, sum(energy_kwh) FROM core.validated_usage GROUP BY ALL"
    )


def group_hours(root: Path) -> Iterator[Lines]:
    """Add the energy of every settled hour up by meter."""
    yield _ask(
        root, "SELECT meter_id, sum(import_kwh) FROM core.settled_hour GROUP BY ALL"
    )


def straight(root: Path) -> Iterator[Lines]:
    """From validated usage and prices to statement lines, some meters at a time."""
    lake = Lake(root, MEMORY_MB)
    for some in _ranges(lake):
        months = lake.run("usage_month", {**_SPAN, **some})
        yield _lines(months.iter_rows(named=True))


def rollup(root: Path) -> Iterator[Lines]:
    """From the settled hours that are stored, under a rate's rules, to lines."""
    lake = Lake(root, MEMORY_MB)
    for some in _ranges(lake):
        sums = lake.run("rated_month", {**_SPAN, **some, **rule_values(TERMS)})
        yield _lines(
            {"meter_id": row["meter_id"], **vars(month_of_sums(row, TERMS))}
            for row in sums.iter_rows(named=True)
        )


def monthly(root: Path) -> Iterator[Lines]:
    """Settle the month as `close_month` does: from the hours, with time and check."""
    lake = Lake(root, MEMORY_MB)
    span = month_span(MONTH, ZONE)
    bounds = {"month_start_utc": span.start_utc, "month_end_utc": span.end_utc}
    for some in _ranges(lake):
        metered = lake.run("monthly_settlement", {**_SPAN, **bounds, **some})
        lake.run("usage_month", {**_SPAN, **some})
        states = [state_of(row, TERMS) for row in metered.iter_rows(named=True)]
        yield _lines(
            {**row, "state": state}
            for row, state in zip(metered.iter_rows(named=True), states, strict=True)
        )


WORKS: Mapping[str, Callable[[Path], Iterator[Lines]]] = {
    SCAN: scan,
    GROUP: group,
    GROUP_HOURS: group_hours,
    STRAIGHT: straight,
    ROLLUP: rollup,
    MONTHLY: monthly,
}


def bills_of(lines: Lines) -> Bills:
    """Keep of statement lines what is to be compared."""
    by_meter: dict[str, dict[str, Row]] = {}
    for row in lines:
        by_meter.setdefault(row["meter_id"], {})[row["line_code"]] = row
    return {meter: _billed(of_meter) for meter, of_meter in by_meter.items()}


def _ranges(lake: Lake) -> Iterator[dict[str, str]]:
    return meter_ranges(lake.read(tables.METER_MAPPING)["meter_id"])


def _lines(months: Iterable[Row]) -> Lines:
    settlements = (
        {**_SECONDS, "currency": "USD", "state": "COMPLETE", **month}
        for month in months
    )
    return next_versions(settlements, [], _ISSUE)


def _billed(lines: Mapping[str, Row]) -> Billed:
    taken, given = lines["import_energy"], lines["export_credit"]
    return Billed(
        _whole(taken["energy_kwh"], 3),
        _whole(given["energy_kwh"], 3),
        _whole(taken["exact_amount"], 9),
        _whole(given["exact_amount"], 9),
        _whole(taken["amount"], 2),
        _whole(given["amount"], 2),
    )


def _whole(value: Decimal, places: int) -> int:
    """Give a decimal as a whole number of its smallest unit."""
    found = value.scaleb(places)
    if found != found.to_integral_value():
        raise ValueError(f"got {value}, expected at most {places} places")
    return int(found)


def _ask(root: Path, select: str) -> Lines:
    views = {
        table: view_sql(table, root, has_files=True)
        for table in (tables.VALIDATED_USAGE, tables.SETTLED_HOUR)
    }
    with connect(":memory:", views) as connection:
        pl.DataFrame(connection.sql(select))
    return []
