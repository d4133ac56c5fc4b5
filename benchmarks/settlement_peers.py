"""Others on the same bills: whole numbers alone, plain Decimals, and NREL's PySAM.

The whole numbers say what is right: no DuckDB, no Decimal, each component by itself.
"""

import importlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.settlement_data import COMPONENTS, DAYS, ZONE, micro_dollars
from benchmarks.settlement_work import Billed, Bills
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span

QUARTERS_OF_YEAR, MONTHS = 35_040, 12
CENT = 10_000_000
_SOME = 20
_PER_HOUR = 4


@dataclass(frozen=True)
class Series:
    """A meter's quarter-hours: net Wh, and the price of each in micro-dollars."""

    wh: Sequence[int]
    micro: Sequence[int]


def whole_number_bills(root: Path) -> Bills:
    """Bill every meter in Int64, each component of the price by itself."""
    sums = pl.concat([_sums_of_day(root, day) for day in DAYS])
    months = sums.group_by("meter_id").agg(pl.exclude("meter_id").sum())
    return {
        meter: Billed(wh_in, wh_out, taken, given, _cents(taken), _cents(given))
        for meter, wh_in, wh_out, taken, given in months.iter_rows()
    }


def some_series(root: Path, bills: Bills) -> dict[str, Series]:
    """Give a few meters' months, to be billed one by one."""
    names = sorted(bills)[:: max(len(bills) // _SOME, 1)][:_SOME]
    parts = [
        _rows(root, day).filter(pl.col("meter_id").is_in(names)).collect()
        for day in DAYS
    ]
    prices = [_micro_by_quarter(day) for day in DAYS]
    micro = [price for of_day in prices for price in of_day]
    usage = pl.concat(parts)
    return {
        name: Series(usage.filter(meter_id=name)["wh"].to_list(), micro)
        for name in names
    }


def decimal_bills(
    series: Mapping[str, Series],
) -> tuple[dict[str, tuple[int, int]], float]:
    """Bill meters by a plain loop over Decimals.

    Returns:
        Nano-dollars of import and export by meter, and bills a CPU second.
    """
    kept = {
        name: (
            [Decimal(wh) / 1000 for wh in each.wh],
            [Decimal(micro) / 1_000_000 for micro in each.micro],
        )
        for name, each in series.items()
    }
    began = time.process_time()
    found = {name: _decimal_bill(kwh, prices) for name, (kwh, prices) in kept.items()}
    return found, len(found) / (time.process_time() - began)


def pysam_bills(series: Mapping[str, Series]) -> tuple[float, float] | None:
    """Bill years of twelve months by NREL's Utilityrate5, an hourly price each way.

    Returns:
        Bills a CPU second, and the largest relative difference to the exact year; None
        where PySAM is not installed.
    """
    try:
        model = importlib.import_module("PySAM.Utilityrate5")
    except ImportError:
        return None
    spent, farthest = 0.0, 0.0
    for each in series.values():
        wh, micro = _year(each.wh), _year(each.micro)
        exact = sum(w * m for w, m in zip(wh, micro, strict=True)) / 1e9
        case = _pysam_case(model, wh, micro)
        began = time.process_time()
        case.execute(0)
        spent += time.process_time() - began
        got = sum(case.Outputs.utility_bill_w_sys_ym[1])
        farthest = max(farthest, abs(got - exact) / abs(exact))
    return len(series) * MONTHS / spent, farthest


def _rows(root: Path, day: date) -> pl.LazyFrame:
    """Give a day's rows: meter, hour of the day, net Wh."""
    folder = root / tables.VALIDATED_USAGE.path / f"operating_day={day}"
    begin = pl.lit(day_span(day, ZONE).start_utc)
    hour = (pl.col("interval_start_utc") - begin).dt.total_hours().cast(pl.Int64)
    micro_kwh = pl.col("energy_kwh").to_physical().cast(pl.Int64)
    return pl.scan_parquet(folder / "*.parquet", hive_partitioning=False).select(
        "meter_id", hour.alias("hour"), (micro_kwh // 1000).alias("wh")
    )


def _sums_of_day(root: Path, day: date) -> pl.DataFrame:
    prices = pl.DataFrame(
        dict(zip(COMPONENTS, micro_dollars(day), strict=True)),
        schema=dict.fromkeys(COMPONENTS, pl.Int64),
    ).with_row_index("hour")
    taken = pl.col("wh").clip(lower_bound=0)
    given = pl.col("wh").clip(upper_bound=0)
    priced = _rows(root, day).join(
        prices.lazy().with_columns(pl.col("hour").cast(pl.Int64)), on="hour"
    )
    return (
        priced.group_by("meter_id")
        .agg(
            taken.sum().alias("import_wh"),
            (-given).sum().alias("export_wh"),
            pl.sum_horizontal((taken * pl.col(c)).sum() for c in COMPONENTS).alias(
                "in"
            ),
            pl.sum_horizontal((given * pl.col(c)).sum() for c in COMPONENTS).alias(
                "out"
            ),
        )
        .collect(engine="streaming")
    )


def _micro_by_quarter(day: date) -> list[int]:
    hours = [sum(parts) for parts in zip(*micro_dollars(day), strict=True)]
    return [micro for micro in hours for _ in range(_PER_HOUR)]


def _cents(nano: int) -> int:
    """Round nano-dollars to cents, half away from zero."""
    cents = (2 * abs(nano) + CENT) // (2 * CENT)
    return cents if nano >= 0 else -cents


def _decimal_bill(kwh: Sequence[Decimal], prices: Sequence[Decimal]) -> tuple[int, int]:
    taken = given = Decimal(0)
    for energy, price in zip(kwh, prices, strict=True):
        if energy > 0:
            taken += energy * price
        else:
            given += energy * price
    return int(taken.scaleb(9)), int(given.scaleb(9))


def _year(month: Sequence[int]) -> list[int]:
    times = QUARTERS_OF_YEAR // len(month) + 1
    return (list(month) * times)[:QUARTERS_OF_YEAR]


def _pysam_case(model: Any, wh: Sequence[int], micro: Sequence[int]) -> Any:  # noqa: ANN401 - PySAM has no types
    """Describe a year: energy as kW, a price for every quarter, no demand charge."""
    case = model.new()
    prices = [value / 1e6 for value in micro]
    always, one_price = [[1] * 24] * MONTHS, [[1, 1, 1e38, 0, 0, 0]]
    zeros = dict.fromkeys(
        (
            "ur_monthly_fixed_charge", "ur_monthly_min_charge", "ur_annual_min_charge",
            "ur_sell_eq_buy", "ur_nm_yearend_sell_rate", "ur_nm_credit_month",
            "ur_nm_credit_rollover", "ur_dc_enable", "ur_enable_billing_demand",
            "TOU_demand_single_peak",
        ), 0,
    )  # fmt: skip
    case.ElectricityRates.assign(
        {
            **zeros,
            "en_electricity_rates": 1, "ur_metering_option": 2, "rate_escalation": [0],
            "ur_en_ts_buy_rate": 1, "ur_en_ts_sell_rate": 1,
            "ur_ts_buy_rate": prices, "ur_ts_sell_rate": prices,
            "ur_ec_sched_weekday": always, "ur_ec_sched_weekend": always,
            "ur_ec_tou_mat": one_price, "ur_dc_sched_weekday": always,
            "ur_dc_sched_weekend": always, "ur_dc_tou_mat": [[1, 1, 1e38, 0]],
            "ur_dc_flat_mat": [[month, 1, 1e38, 0] for month in range(MONTHS)],
        }
    )  # fmt: skip
    case.Lifetime.assign(
        {"analysis_period": 1, "inflation_rate": 0, "system_use_lifetime_output": 0}
    )
    kw = [value * _PER_HOUR / 1000 for value in wh]
    case.SystemOutput.assign({"gen": [max(-x, 0) for x in kw], "degradation": [0]})
    case.Load.assign({"load": [max(x, 0) for x in kw], "load_escalation": [0]})
    return case
