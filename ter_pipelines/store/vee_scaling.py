"""Estimates scaled to a register, for many windows at once, to the last digit.

factor = (counted - known) / sum of raw estimates, of each window by itself. A window is
only decided here if it reaches from midnight to midnight, every day of it is without
doubt, and the factor is a plain one within its limits. Energy in micro-kWh.
"""

from datetime import timedelta

import polars as pl

from ter_pipelines.store.vee_calendar import SECOND_US
from ter_pipelines.store.vee_channels import CHANNEL, DAY
from ter_pipelines.store.vee_dials import LONGEST_WINDOW, Dials, local_date
from ter_pipelines.store.vee_limits import DOUBTFUL, MOST_MICRO
from ter_pipelines.store.vee_raws import instant_text, unit_of
from ter_pipelines.store.vee_survey import Survey

WINDOW = [CHANNEL, "at_us"]
_CHANNEL_DAY = [CHANNEL, DAY]
_WIDE = pl.Int128
# Every raw estimate is brought to this denominator: it holds those of lines of up to
# eleven missing intervals, and of averages of up to six days.
COMMON = 27_720


def place_in_windows(raws: pl.DataFrame, dials: Dials) -> pl.DataFrame:
    """Say in which register window each raw estimate lies; empty if in none."""
    windows = dials.windows().filter("is_counted").sort("at_us")
    start_us = pl.col("slot") * pl.col("step") * SECOND_US
    placed = (
        raws.with_columns(start_us.alias("start_us"))
        .sort("start_us")
        .join_asof(
            windows,
            left_on="start_us",
            right_on="at_us",
            by=CHANNEL,
            coalesce=False,
            check_sortedness=False,
        )
    )
    is_outside = (pl.col("start_us") >= pl.col("until_us")).fill_null(value=True)
    at_us = pl.when(is_outside).then(None).otherwise("at_us")
    return placed.with_columns(at_us.alias("at_us"))


def scale(
    placed: pl.DataFrame, survey: Survey, lacking: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scale what lies in windows, and round it so that nothing is lost.

    Args:
        placed: Raw estimates with their windows.
        survey: What is known beside them.
        lacking: Channels' days with a hole that has no raw estimate.

    Returns:
        The estimates, and the channels' days of windows that are not decided.
    """
    inside = placed.filter(pl.col("at_us").is_not_null())
    windows = inside.select(
        *WINDOW, "step", "until_us", "counted_micro", "is_whole"
    ).unique()
    known = _known(windows, survey, lacking)
    brought = inside.with_columns(
        brought=pl.col("numerator") * (COMMON // pl.col("denominator"))
    )
    sums = brought.group_by(WINDOW).agg(
        pl.col("brought").sum().alias("raw"),
        pl.col("unit").min().alias("window_unit"),
        (COMMON % pl.col("denominator") == 0).all().alias("is_plain"),
    )
    counted = windows.join(known, on=WINDOW).join(sums, on=WINDOW)
    decided = counted.filter("is_plain", *_within_limits(survey)).with_columns(
        pl.min_horizontal("window_unit", unit_of(pl.col("needed"))).alias("window_unit")
    )
    undecided = inside.join(decided, on=WINDOW, how="anti").select(_CHANNEL_DAY)
    shared = _shared_out(
        brought.join(decided.select(*WINDOW, "needed", "raw", "window_unit"), on=WINDOW)
    )
    return shared, undecided.unique()


def _known(
    windows: pl.DataFrame, survey: Survey, lacking: pl.DataFrame
) -> pl.DataFrame:
    """Give what is still needed in each window whose days are all without doubt."""
    days = (
        survey.days.filter(pl.col("verdict") != DOUBTFUL)
        .join(windows, on=CHANNEL, how="semi")
        .join(lacking, on=_CHANNEL_DAY, how="anti")
    )
    longest_us = LONGEST_WINDOW // timedelta(microseconds=1)
    is_short = pl.col("until_us") - pl.col("at_us") <= longest_us
    zone = survey.rules.zone
    first, last = (local_date(pl.col(name), zone) for name in ("at_us", "until_us"))
    of_days = (
        windows.filter("is_whole", is_short)
        .with_columns(pl.date_ranges(first, last, closed="left").alias(DAY))
        .explode(DAY)
        .join(
            days.select(CHANNEL, DAY, "step", "total_micro"),
            on=[CHANNEL, DAY, "step"],
            how="left",
        )
    )
    return (
        of_days.group_by(WINDOW)
        .agg(
            (pl.col("counted_micro").first() - pl.col("total_micro").sum()).alias(
                "needed"
            ),
            pl.col("total_micro").is_null().any().alias("is_unknown"),
        )
        .filter(pl.col("is_unknown").not_())
        .drop("is_unknown")
    )


def _within_limits(survey: Survey) -> list[pl.Expr]:
    """Hold lowest <= factor <= highest; without a division, the raw sum above zero."""
    settings = survey.rules.settings
    needed = pl.col("needed").cast(_WIDE) * COMMON
    raw = pl.col("raw")
    limits = [raw > 0, pl.col("needed").abs() <= MOST_MICRO]
    for limit, is_low in (
        (settings.lowest_scale_factor, True), (settings.highest_scale_factor, False),
    ):  # fmt: skip
        numerator, denominator = limit.as_integer_ratio()
        one, other = raw * numerator, needed * denominator
        limits.append(one <= other if is_low else other <= one)
    return limits


def _shared_out(parts: pl.DataFrame) -> pl.DataFrame:
    """Share each window's need out: rounded down, what is left to those that lost most.

    Of two that lost the same, to the earlier.
    """
    exact = pl.col("brought") * pl.col("needed")
    whole = pl.col("raw") * pl.col("window_unit")
    floored = parts.with_columns(units=exact // whole, lost=exact % whole)
    left = pl.col("needed") // pl.col("window_unit") - pl.col("units").sum().over(
        WINDOW
    )
    return (
        floored.with_columns(left.alias("left"))
        .sort(*WINDOW, "lost", "start_us", descending=[False, False, True, False])
        .with_columns(pl.int_range(pl.len()).over(WINDOW).alias("rank"))
        .with_columns(
            micro=(pl.col("units") + (pl.col("rank") < pl.col("left")).cast(_WIDE))
            * pl.col("window_unit"),
            scaling=_in_words(),
        )
    )


def _in_words() -> pl.Expr:
    raw_micro = (pl.col("raw") * 2 + COMMON) // (2 * COMMON)
    return pl.concat_str(
        pl.lit("; scaled from "),
        _kwh_text(raw_micro),
        pl.lit(" to "),
        _kwh_text(pl.col("needed")),
        pl.lit(" kWh of the register since "),
        instant_text(pl.col("at_us")),
    )


def _kwh_text(micro: pl.Expr) -> pl.Expr:
    """Write micro-kWh, not negative, as kWh without needless zeros."""
    places = (micro % 1_000_000).cast(pl.String).str.zfill(6)
    text = pl.concat_str((micro // 1_000_000).cast(pl.String), pl.lit("."), places)
    return text.str.strip_chars_end("0").str.strip_chars_end(".")
