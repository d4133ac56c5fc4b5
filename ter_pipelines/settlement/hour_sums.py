"""Do the hours of a month add up to its usage, and to the lines of its statements?"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from typing import Any

import polars as pl

from ter_pipelines.settlement.energy import EXACT
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.rate import EXPORT_LINE, IMPORT_LINE, NET_LINE, Rate, Terms
from ter_pipelines.vocab.units import AMOUNT_PLACES, ENERGY_PLACES, plain

Row = Mapping[str, Any]
_ENERGY = Decimal(1).scaleb(-ENERGY_PLACES)
_AMOUNT = Decimal(1).scaleb(-AMOUNT_PLACES)
_NUMBERS = ("import_kwh", "export_kwh", "import_amount", "export_amount")
_NO_HOURS: Row = {"hours": 0, **dict.fromkeys(_NUMBERS, Decimal(0))}


def find_lost_energy(
    by_hours: pl.DataFrame, of_usage: pl.DataFrame, billing_month: str
) -> list[Finding]:
    """Find meters whose month is one thing by its hours and another by its usage.

    Args:
        by_hours: Energy and amounts by meter, added up from the settled hours.
        of_usage: The same straight from validated usage and prices.
        billing_month: Written `2025-11`.
    """
    both = by_hours.select("meter_id", *_NUMBERS).join(
        of_usage.select("meter_id", *_NUMBERS),
        on="meter_id",
        how="full",
        coalesce=True,
        suffix="_of_usage",
    )
    known = both.with_columns(pl.exclude("meter_id").fill_null(Decimal(0)))
    is_other = pl.any_horizontal(
        pl.col(name) != pl.col(f"{name}_of_usage") for name in _NUMBERS
    )
    return [
        Finding(
            "settlement.month_differs",
            f"{row['meter_id']} {billing_month}",
            {
                name: f"{plain(row[name])}, by usage {plain(row[f'{name}_of_usage'])}"
                for name in _NUMBERS
                if row[name] != row[f"{name}_of_usage"]
            },
        )
        for row in known.filter(is_other).sort("meter_id").iter_rows(named=True)
    ]


def sums_by_meter(hours: pl.DataFrame) -> dict[str, Row]:
    """Add up hours as they are kept, exactly; `hours` in each sum counts them."""
    sums = hours.group_by("meter_id").agg(
        pl.len().alias("hours"), *(pl.col(name).sum() for name in _NUMBERS)
    )
    return {row["meter_id"]: row for row in sums.iter_rows(named=True)}


def find_other_hours(
    lines: Iterable[Row], sums: Mapping[str, Row], rate: Rate, billing_month: str
) -> list[Finding]:
    """Find new statements whose hours are not their lines of energy.

    Where a rate's products have more places than are kept of an hour, they may differ
    by one in the last place for each hour. A month that is netted as a whole is not the
    sum of its hours.

    Args:
        lines: Of the statements.
        sums: Of the hours of each of their meters; none for a meter without hours.
        rate: What is billed by.
        billing_month: Written `2025-11`.
    """
    terms = rate.terms_of(billing_month)
    if terms.netting == "month":
        return []
    return [
        Finding(
            "statement.hours_differ",
            line["statement_id"],
            {"line": line["line_code"], "hours": plain(got[1]),
             "expected": plain(line["exact_amount"])},
        )
        for line in lines
        if line["line_code"] in _SUMS
        for of_meter in [sums.get(line["meter_id"], _NO_HOURS)]
        for got in [_sum(of_meter, line["line_code"])]
        if not _is_alike(got, line, terms, of_meter["hours"])
    ]  # fmt: skip


_SUMS = {
    IMPORT_LINE: (("import_kwh", 1),),
    EXPORT_LINE: (("export_kwh", 1),),
    NET_LINE: (("import_kwh", 1), ("export_kwh", -1)),
}


def _sum(of_meter: Row, code: str) -> tuple[Decimal, Decimal]:
    energy = amount = Decimal(0)
    with localcontext(EXACT):
        for name, sign in _SUMS[code]:
            energy += sign * of_meter[name]
            amount += of_meter[name.replace("_kwh", "_amount")]
    return energy, amount


def _is_alike(
    got: tuple[Decimal, Decimal], line: Row, terms: Terms, hours: int
) -> bool:
    slack = 0 if terms.bills_the_hours_price else 2 * hours + 2
    energy, amount = got
    is_energy_alike = abs(energy - line["energy_kwh"]) <= slack * _ENERGY
    is_amount_alike = abs(amount - line["exact_amount"]) <= slack * _AMOUNT
    return bool(is_energy_alike and is_amount_alike)
