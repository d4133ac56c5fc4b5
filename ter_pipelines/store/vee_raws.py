"""Raw estimates of planned holes, exact: a numerator over a denominator.

The intervals they are made from are read in one pass. Energy in micro-kWh.
"""

import polars as pl

from ter_pipelines.store.lake import Lake
from ter_pipelines.store.vee_calendar import SECOND_US, STEPS, Calendar
from ter_pipelines.store.vee_channels import CHANNEL, DAY
from ter_pipelines.store.vee_gaps import SLOT, Plan
from ter_pipelines.store.vee_survey import Survey

INTERPOLATED, LIKE_DAYS = "interpolated", "like_days"
RAW = [
    DAY, *SLOT, "numerator", "denominator", "unit", "method", "inputs",
]  # fmt: skip
_WIDE = pl.Int128


def raw_estimates(lake: Lake, survey: Survey, plan: Plan) -> pl.DataFrame:
    """Make the raw estimates; of a hole whose intervals are not there, there is none.

    Args:
        lake: With `core/interval_usage`.
        survey: What was surveyed.
        plan: What the holes are made from.

    Returns:
        A row for every hole: its estimate, the least unit that rounding keeps, the
        method, and what it is made from in words.
    """
    inputs = _read(lake, survey, _wanted(survey, plan))
    return pl.concat([_lines(plan.lines, inputs), _averages(plan.likes, inputs)])


def unit_of(micro: pl.Expr) -> pl.Expr:
    """Give the place of the last digit of a number: from a Wh to a milliwatt-hour."""
    last = pl.when(micro % 10 == 0).then(10).otherwise(1)
    last = pl.when(micro % 100 == 0).then(100).otherwise(last)
    return pl.when(micro % 1000 == 0).then(1000).otherwise(last).cast(pl.Int64)


def instant_text(us: pl.Expr) -> pl.Expr:
    """Write an instant, whole seconds, as `2025-11-02T05:00:00Z`."""
    return pl.from_epoch(us, time_unit="us").dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def _said(start_us: pl.Expr) -> pl.Expr:
    return pl.concat_str(instant_text(start_us), pl.lit(" version "), "version")


def _wanted(survey: Survey, plan: Plan) -> pl.DataFrame:
    """List the intervals that are needed, each once, with the day it is stored on."""
    sides = pl.concat(
        plan.lines.select(CHANNEL, "step", pl.col(side).alias("slot"))
        for side in ("before", "after")
    ).unique()
    likes = plan.likes.select(
        CHANNEL, "step", pl.col("like_slot").alias("slot"), pl.col("like_day").alias(DAY)
    ).unique()
    return pl.concat([_on_their_days(sides, survey), likes.select(*SLOT, DAY)])


def _on_their_days(slots: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    zone, days = survey.rules.zone, survey.surveyed
    begins = pl.concat(Calendar(zone, days, step).day_frame() for step in STEPS)
    return (
        slots.sort("slot")
        .join_asof(
            begins.select("step", "first_slot", DAY).sort("first_slot"),
            left_on="slot",
            right_on="first_slot",
            by="step",
            check_sortedness=False,
        )
        .select(*SLOT, DAY)
    )


def _read(lake: Lake, survey: Survey, wanted: pl.DataFrame) -> pl.DataFrame:
    """Read the wanted intervals."""
    start_us = pl.col("slot") * pl.col("step") * SECOND_US
    asked = survey.channels.keys_of(
        wanted.with_columns(start_us.alias("start_us"))
    ).select("device_id", DAY, "start_us")
    rows = lake.run(
        "vee_intervals",
        {
            "first_day": survey.surveyed[0],
            "last_day": survey.surveyed[-1],
            "wanted_json": asked.write_json(),
        },
    )
    step = pl.col("duration_seconds")
    micro = pl.col("energy_kwh").to_physical().cast(pl.Int64)
    return (
        survey.channels.numbered(rows)
        .with_columns(micro.alias("micro"))
        .select(
            CHANNEL,
            step.alias("step"),
            (pl.col("start_us") // (step.cast(pl.Int64) * SECOND_US)).alias("slot"),
            "micro",
            unit_of(pl.col("micro")).alias("unit"),
            _said(pl.col("start_us")).alias("input"),
        )
        .join(wanted.select(SLOT), on=SLOT, how="semi")
    )


def _lines(lines: pl.DataFrame, inputs: pl.DataFrame) -> pl.DataFrame:
    sided = lines
    for side in ("before", "after"):
        sided = sided.join(
            inputs.rename(lambda name, side=side: f"{name}_{side}"),
            left_on=[CHANNEL, "step", side],
            right_on=[f"{name}_{side}" for name in SLOT],
        )
    before, after = pl.col("micro_before").cast(_WIDE), pl.col("micro_after")
    steps = pl.col("gap") + 1
    return sided.with_columns(
        numerator=before * steps + (after - before) * pl.col("place"),
        denominator=steps,
        unit=pl.min_horizontal("unit_before", "unit_after"),
        method=pl.lit(INTERPOLATED),
        inputs=pl.concat_str("input_before", "input_after", separator=", "),
    ).select(RAW)


def _averages(likes: pl.DataFrame, inputs: pl.DataFrame) -> pl.DataFrame:
    """Average the days; a clock time that a day has twice counts as its mean."""
    times, days = pl.col("times"), pl.col("days")
    found = likes.join(
        inputs.rename({"slot": "like_slot"}),
        on=[CHANNEL, "step", "like_slot"],
        how="left",
        maintain_order="left",
    )
    weighed = found.with_columns(pl.col("micro").cast(_WIDE) * (2 // times))
    return (
        weighed.group_by(DAY, *SLOT, maintain_order=True)
        .agg(
            pl.col("micro").sum().alias("numerator"),
            (days.first() * 2).alias("denominator"),
            pl.col("unit").min(),
            pl.col("input").str.join(", ").alias("inputs"),
            pl.col("micro").is_null().any().alias("is_lacking"),
        )
        .filter(pl.col("is_lacking").not_())
        .with_columns(method=pl.lit(LIKE_DAYS))
        .select(RAW)
    )
