"""Raw estimates of planned holes, exact: a numerator over a denominator.

Energy in micro-kWh.
"""

import polars as pl

from ter_pipelines.store.vee_channels import CHANNEL, DAY
from ter_pipelines.store.vee_gaps import SLOT, Plan

INTERPOLATED, LIKE_DAYS = "interpolated", "like_days"
RAW = [
    DAY, *SLOT, "numerator", "denominator", "unit", "method", "inputs",
]  # fmt: skip
_WIDE = pl.Int128


def raw_estimates(plan: Plan, rows: pl.DataFrame) -> pl.DataFrame:
    """Make the raw estimates; of a hole whose intervals are not there, there is none.

    Args:
        plan: What the holes are made from.
        rows: From `read_rows`.

    Returns:
        A row for every hole: its estimate, the least unit that rounding keeps, the
        method, and what it is made from in words.
    """
    micro = pl.col("energy_kwh").to_physical().cast(pl.Int64)
    inputs = (
        rows.with_columns(micro.alias("micro"))
        .select(
            *SLOT,
            "micro",
            unit_of(pl.col("micro")).alias("unit"),
            _said(pl.col("start_us")).alias("input"),
        )
        .unique(SLOT, keep="none")
    )
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


def _lines(lines: pl.DataFrame, inputs: pl.DataFrame) -> pl.DataFrame:
    sided = lines
    for side in ("before", "after"):
        sided = sided.join(
            inputs.select(pl.all().name.suffix(f"_{side}")),
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
