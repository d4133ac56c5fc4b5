"""Settlement: validated usage times the curve -> a meter's month under the rate.

Statements are made of it in `statements`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.assets.common import (
    blocking,
    described,
    hashes_of,
    picture,
    report_partition,
    telling,
    total,
    verdict,
    warning,
)
from ter_pipelines.freshness import manifest_of
from ter_pipelines.partitions import days_of, months_of
from ter_pipelines.settlement.demand import find_untagged
from ter_pipelines.settlement.digest import rate_sha256
from ter_pipelines.settlement.hour_sums import find_lost_energy
from ter_pipelines.settlement.rated import (
    meter_ranges,
    month_of_sums,
    require_currency,
    rule_values,
    served_days,
    state_of,
)
from ter_pipelines.settlement.statement import INCOMPLETE
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span, days_of_month, iso_utc, month_span
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.rate import Rate
from ter_pipelines.vocab.units import plain

SETTLED_IS_VALIDATED = blocking(
    "settled_kwh_equal_validated_kwh",
    tables.SETTLED_HOUR,
    "On every settled day the settled energy is the validated energy, to the last "
    "digit.",
)
EVERY_HOUR_IS_PRICED = dg.AssetCheckSpec(
    "every_hour_is_priced",
    asset=tables.SETTLED_HOUR.asset_key,
    description="No metered hour lacks a price; a day that has one is not settled.",
)
MONTH_IS_ITS_HOURS = blocking(
    "month_is_the_sum_of_its_hours",
    tables.MONTHLY_SETTLEMENT,
    "Each meter's energy and amounts, added up from the settled hours, are those of "
    "its validated usage at the hours' prices.",
)
MONTHS_CAN_BE_BILLED = telling(
    "every_meter_can_be_billed",
    tables.MONTHLY_SETTLEMENT,
    "Tells which meters are held back: too little usage, usage without a price, or no "
    "demand tag for a fee by kW.",
)


@dg.asset(
    **described(
        tables.SETTLED_HOUR,
        group="settlement",
        kinds={"duckdb", "parquet"},
        upstream=[tables.VALIDATED_USAGE, tables.PRICE_CURVE],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[SETTLED_IS_VALIDATED, EVERY_HOUR_IS_PRICED],
)
def settled_hour(
    context: dg.AssetExecutionContext, lake: dg.ResourceParam[Lake]
) -> dg.MaterializeResult:
    unequal: list[Finding] = []
    unpriced: list[Finding] = []
    rows = 0
    for day in days_of(context):
        inputs = hashes_of(lake, day, tables.VALIDATED_USAGE, tables.PRICE_CURVE)
        span = {"first_day": day, "last_day": day}
        hours = lake.run("settled_hour", span)
        without_price = _find_unpriced(lake.run("unpriced_hour", span))
        imbalance = _find_imbalance(lake.run("valid_energy", span), hours)
        hours = hours.clear() if without_price or imbalance else hours
        stored = lake.replace(tables.SETTLED_HOUR, day, hours, inputs)
        report_partition(context, tables.SETTLED_HOUR, day, _day_facts(hours, day))
        rows += stored.rows
        unpriced += without_price
        unequal += imbalance
    return dg.MaterializeResult(
        metadata={"dagster/row_count": rows},
        check_results=[
            verdict(SETTLED_IS_VALIDATED, unequal),
            verdict(EVERY_HOUR_IS_PRICED, unpriced),
        ],
    )


@dg.asset(
    **described(
        tables.MONTHLY_SETTLEMENT,
        group="settlement",
        kinds={"duckdb", "parquet"},
        upstream=[tables.SETTLED_HOUR, tables.METER_MAPPING],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[MONTH_IS_ITS_HOURS, MONTHS_CAN_BE_BILLED],
)
def monthly_settlement(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    programme: dg.ResourceParam[Programme],
    rate: dg.ResourceParam[Rate],
) -> dg.MaterializeResult:
    wrong: list[Finding] = []
    held: list[Finding] = []
    meters = 0
    for month in months_of(context):
        inputs = {
            "manifest": manifest_of(lake, month),
            "rate": rate_sha256(rate, month),
        }
        parts = []
        for some in meter_ranges(lake.read(tables.METER_MAPPING)["meter_id"]):
            metered = _metered_month(lake, month, programme, some)
            of_usage = lake.run("usage_month", {**_days_of(month), **some})
            wrong += find_lost_energy(metered, of_usage, month)
            require_currency(metered.rows(named=True), rate)
            rated = _rated_months(lake, month, rate, some)
            parts.append(_under_rate(metered, rated, month, rate))
        settled = pl.concat([frame_of(tables.MONTHLY_SETTLEMENT, []), *parts])
        stored = lake.replace(tables.MONTHLY_SETTLEMENT, month, settled, inputs)
        held += _find_held(settled, month)
        untagged = find_untagged(rate.terms_of(month), settled["meter_id"], month)
        held += untagged.values()
        facts = _month_facts(settled)
        report_partition(context, tables.MONTHLY_SETTLEMENT, month, facts)
        meters += stored.rows
    return dg.MaterializeResult(
        metadata={"dagster/row_count": meters},
        check_results=[
            verdict(MONTH_IS_ITS_HOURS, wrong),
            warning(MONTHS_CAN_BE_BILLED, held),
        ],
    )


def _day_facts(hours: pl.DataFrame, day: date) -> dict[str, Any]:
    by_hour = (
        hours.group_by("interval_start_utc")
        .agg((pl.col("import_amount") + pl.col("export_amount")).sum())
        .sort("interval_start_utc")
    )
    return {
        "dagster/row_count": hours.height,
        "import_kwh": total(hours, "import_kwh"),
        "export_kwh": total(hours, "export_kwh"),
        "exact_dollars": total(by_hour, "import_amount"),
        "day": picture(
            by_hour["import_amount"].to_list(), title=f"Cost by hour, {day}", unit="$"
        ),
    }


def _month_facts(settled: pl.DataFrame) -> dict[str, Any]:
    states = {
        f"{state.lower()}_meters": n
        for state, n in settled["state"].value_counts().rows()
    }
    return {
        "dagster/row_count": settled.height,
        "import_kwh": total(settled, "import_kwh"),
        "export_kwh": total(settled, "export_kwh"),
        "exact_dollars": total(settled, "import_amount")
        + total(settled, "export_amount"),
        **states,
    }


def _metered_month(
    lake: Lake, month: str, programme: Programme, some: Mapping[str, str]
) -> pl.DataFrame:
    """Give some meters' months at the hours' prices."""
    span = month_span(month, programme.zone)
    begin = day_span(programme.first_operating_day, programme.zone).start_utc
    bounds = {
        "month_start_utc": max(span.start_utc, begin),
        "month_end_utc": span.end_utc,
    }
    return lake.run("monthly_settlement", {**_days_of(month), **bounds, **some})


def _under_rate(
    metered: pl.DataFrame,
    rated: Mapping[str, dict[str, Any]],
    month: str,
    rate: Rate,
) -> pl.DataFrame:
    """Put in place of what was metered what the rate makes of it."""
    terms = rate.terms_of(month)
    untagged = find_untagged(terms, metered["meter_id"], month)
    rows = [
        row
        | rated.get(row["meter_id"], {})
        | {
            "state": INCOMPLETE
            if row["meter_id"] in untagged
            else state_of(row, terms),
            "served_days": served_days(row["served"], rate.zone),
        }
        for row in metered.iter_rows(named=True)
    ]
    return frame_of(tables.MONTHLY_SETTLEMENT, rows)


def _rated_months(
    lake: Lake, month: str, rate: Rate, some: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Give some meters' months under a rate, unless it bills the hours' price."""
    terms = rate.terms_of(month)
    if terms.bills_the_hours_price:
        return {}
    values = {**_days_of(month), **some, **rule_values(terms)}
    return {
        sums["meter_id"]: vars(month_of_sums(sums, terms))
        for sums in lake.run("rated_month", values).iter_rows(named=True)
    }


def _days_of(month: str) -> dict[str, date]:
    days = days_of_month(month)
    return {"first_day": days[0], "last_day": days[-1]}


def _find_imbalance(valid: pl.DataFrame, hours: pl.DataFrame) -> list[Finding]:
    """Find whether a day's settled and validated energy differ."""
    settled_kwh = total(hours, "import_kwh") - total(hours, "export_kwh")
    return [
        Finding(
            "settlement.energy_differs",
            str(day),
            {
                "validated_kwh": plain(validated_kwh),
                "settled_kwh": plain(settled_kwh),
            },
        )
        for day, validated_kwh in valid.iter_rows()
        if not hours.is_empty() and settled_kwh != validated_kwh
    ]


def _find_unpriced(unpriced: pl.DataFrame) -> list[Finding]:
    return [
        Finding(
            "price.missing",
            iso_utc(row["interval_start_utc"]),
            {"operating_day": str(row["operating_day"]), "meters": row["meters"]},
        )
        for row in unpriced.iter_rows(named=True)
    ]


def _find_held(settled: pl.DataFrame, month: str) -> list[Finding]:
    return [
        Finding(
            "settlement.incomplete",
            f"{row['meter_id']} {month}",
            {
                "settled_seconds": row["settled_seconds"],
                "expected_seconds": row["expected_seconds"],
                "unpriced_seconds": row["unpriced_seconds"],
            },
        )
        for row in settled.iter_rows(named=True)
        if row["state"] == INCOMPLETE
    ]
