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
    typed = good.with_columns(day_type(pl.col(DAY), settings.holidays).alias("type"))
    in_order = typed.sort(*_TYPE, DAY).with_columns(
        so_far_micro=pl.col("total_micro").cum_sum(),
        so_far_days=pl.int_range(1, pl.len() + 1),
    )
    before = in_order.with_columns(
        like_micro=_since_first("so_far_micro") - pl.col("total_micro"),
        like_days=_since_first("so_far_days") - 1,
    )
    compared = _without_old(before, settings.reference_within_days)
    return (
        compared.filter(pl.col("like_micro") > 0)
        .with_columns(_code(settings).alias("code"))
        .filter(pl.col("code").is_not_null())
        .select(CHANNEL, DAY, "total_micro", "like_micro", "like_days", "code")
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


def _since_first(name: str) -> pl.Expr:
    """Give a running number without what it was before the first of the same kind."""
    is_first = pl.any_horizontal(
        pl.col(key) != pl.col(key).shift() for key in _TYPE
    ).fill_null(value=True)
    before = pl.when(is_first).then(pl.col(name).shift(fill_value=0))
    return pl.col(name) - before.forward_fill()


def _without_old(days: pl.DataFrame, within_days: int) -> pl.DataFrame:
    """Take away what lies too far back to be like."""
    listed = days[DAY].unique().sort().to_list()
    if not listed or (listed[-1] - listed[0]).days <= within_days:
        return days
    own = pl.col("total_micro")
    old = days.select(
        *_TYPE,
        pl.col(DAY).alias("old_day"),
        (pl.col("like_micro") + own).alias("old_micro"),
        (pl.col("like_days") + 1).alias("old_days"),
    )
    oldest = pl.col(DAY) - timedelta(days=within_days + 1)
    joined = days.with_columns(oldest.alias("oldest")).join_asof(
        old, left_on="oldest", right_on="old_day", by=_TYPE, check_sortedness=False
    )
    return joined.with_columns(
        pl.col("like_micro") - pl.col("old_micro").fill_null(0),
        pl.col("like_days") - pl.col("old_days").fill_null(0),
    )
