"""Estimates of a survey's gaps: rounded once, scaled to registers, or handed on.

The same, to the last digit, as the estimation of single channels makes them. What is
not decided here is handed on to it: a channel's day, with all that is missing of it.
"""

from dataclasses import dataclass

import polars as pl

from ter_pipelines.store.frames import schema_of
from ter_pipelines.store.vee_calendar import SECOND_US
from ter_pipelines.store.vee_channels import CHANNEL, DAY, KEY
from ter_pipelines.store.vee_gaps import SLOT, Plan
from ter_pipelines.store.vee_raws import raw_estimates
from ter_pipelines.store.vee_scaling import place_in_windows, scale
from ter_pipelines.store.vee_survey import Survey
from ter_pipelines.vocab import tables

_CHANNEL_DAY = [CHANNEL, DAY]
_DONE = [DAY, *SLOT, "micro", "method", "inputs", "scaling"]
_ENERGY = schema_of(tables.VALIDATED_USAGE)["energy_kwh"]


@dataclass(frozen=True)
class SetEstimates:
    """What became of the gaps of a survey.

    Args:
        made: A row for every missing interval of a channel's day that is done: its
            `energy_kwh`, the `method`, and what it rests on (`lineage`).
        handed: The channels' days of the verdict `gaps` that are not done, by number.
    """

    made: pl.DataFrame
    handed: pl.DataFrame


def estimate_gaps(survey: Survey, plan: Plan, rows: pl.DataFrame) -> SetEstimates:
    """Estimate the missing intervals of a survey.

    Args:
        survey: What is missing. It must reach as far around the days whose estimates
            are used as estimates may look.
        plan: What they are made from.
        rows: Of usage, from `read_rows`.
    """
    raws = raw_estimates(plan, rows)
    lacking = survey.holes.join(raws, on=SLOT, how="anti").select(_CHANNEL_DAY)
    placed = place_in_windows(raws, survey.dials)
    scaled, undecided = scale(placed, survey, lacking.unique())
    handed = pl.concat([lacking, undecided]).unique()
    alone = placed.filter(pl.col("at_us").is_null()).with_columns(
        micro=_rounded(), scaling=pl.lit("")
    )
    done = pl.concat([alone.select(_DONE), scaled.select(_DONE)])
    kept = done.join(handed, on=_CHANNEL_DAY, how="anti").sort(SLOT)
    return SetEstimates(_presented(kept, survey), handed)


def _rounded() -> pl.Expr:
    """Round half away from zero to the unit that is kept."""
    numerator, unit = pl.col("numerator"), pl.col("unit")
    whole = pl.col("denominator").cast(pl.Int128) * unit
    units = (numerator.abs() * 2 + whole) // (whole * 2)
    return pl.when(numerator < 0).then(units * -1).otherwise(units) * unit


def _presented(done: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    """Give estimates as rows of usage."""
    start_us = pl.col("slot") * pl.col("step") * SECOND_US
    one = pl.lit("0.000001").str.to_decimal(scale=6)
    energy_kwh = pl.col("micro").cast(pl.Decimal(38, 0)) * one
    lineage = pl.concat_str("method", pl.lit(" from "), "inputs", "scaling")
    return survey.channels.keys_of(done).select(
        DAY,
        *KEY,
        pl.from_epoch(start_us, time_unit="us")
        .dt.replace_time_zone("UTC")
        .alias("interval_start_utc"),
        pl.col("step").alias("duration_seconds"),
        energy_kwh.cast(_ENERGY).alias("energy_kwh"),
        "method",
        lineage.alias("lineage"),
    )
