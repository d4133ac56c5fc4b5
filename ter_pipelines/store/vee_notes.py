"""What is billed and a person may look at, for many channels' days at once.

A day far above or below its like, and a day of nothing but zeros. Energy in micro-kWh.
"""

from datetime import timedelta

import polars as pl

from ter_pipelines.store.vee_calendar import day_type
from ter_pipelines.store.vee_channels import CHANNEL, DAY
from ter_pipelines.vocab.vee_settings import VeeSettings

HIGH, LOW, ZERO = "usage.high", "usage.low", "usage.zero"
_TYPE = [CHANNEL, "type"]
_WIDE = pl.Int128


def find_high_or_low(good: pl.DataFrame, settings: VeeSettings) -> pl.DataFrame:
    """Find whole good days far from the average of like days before them.

    Args:
        good: Whole good days, each once: `channel`, `operating_day`, `total_micro`.
        settings: How far back like days count, and the ratios.

    Returns:
        The days, with the `code`, and the sum and number of the like days.
    """
    within = timedelta(days=settings.reference_within_days)
    typed = good.with_columns(
        day_type(pl.col(DAY), settings.holidays).alias("type")
    ).sort(DAY)
    summed = typed.with_columns(
        so_far_micro=pl.col("total_micro").cum_sum().over(_TYPE),
        so_far_days=pl.col("total_micro").cum_count().cast(pl.Int64).over(_TYPE),
    )
    too_old = summed.select(
        *_TYPE,
        pl.col(DAY).alias("old_day"),
        pl.col("so_far_micro", "so_far_days").name.prefix("old_"),
    )
    reaching = summed.with_columns(
        (pl.col(DAY) - within - timedelta(days=1)).alias("oldest")
    ).join_asof(
        too_old,
        left_on="oldest",
        right_on="old_day",
        by=_TYPE,
        check_sortedness=False,
    )
    like_micro = pl.col("so_far_micro") - pl.col("total_micro")
    like_days = pl.col("so_far_days") - 1
    compared = reaching.select(
        CHANNEL,
        DAY,
        "total_micro",
        (like_micro - pl.col("old_so_far_micro").fill_null(0)).alias("like_micro"),
        (like_days - pl.col("old_so_far_days").fill_null(0)).alias("like_days"),
    ).filter(pl.col("like_micro") > 0)
    return compared.with_columns(_code(settings).alias("code")).filter(
        pl.col("code").is_not_null()
    )


def find_zero(clean: pl.DataFrame) -> pl.DataFrame:
    """Find clean days of nothing but zeros: neither total nor highest is anything.

    Args:
        clean: Clean days: `channel`, `operating_day`, `total_micro`, `highest_micro`.
    """
    is_zero = (pl.col("total_micro") == 0) & (pl.col("highest_micro") == 0)
    return clean.filter(is_zero).select(CHANNEL, DAY, pl.lit(ZERO).alias("code"))


def _code(settings: VeeSettings) -> pl.Expr:
    scaled = pl.col("total_micro").cast(_WIDE) * pl.col("like_days")
    like = pl.col("like_micro").cast(_WIDE)
    low_of, low_by = settings.lowest_usage_ratio.as_integer_ratio()
    high_of, high_by = settings.highest_usage_ratio.as_integer_ratio()
    is_low = scaled * low_by < like * low_of
    is_high = scaled * high_by > like * high_of
    high = pl.when(is_high).then(pl.lit(HIGH))
    return pl.when(is_low).then(pl.lit(LOW)).otherwise(high)
