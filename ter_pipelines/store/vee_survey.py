"""A survey for VEE: which channels' days need no closer look, in one pass over usage.

Every rule is held against every channel's day by what one query tells of it. A day is
`clean` if no rule can doubt any of it, `gaps` if intervals are missing and nothing else
can be, and `doubtful` otherwise: then the rules themselves must look at it. A doubtful
day may turn out to be sound; a day that is not called doubtful is never unsound.

It takes for granted what `core/interval_usage` promises: rows lie on the operating day
in which they begin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from ter_pipelines.store.lake import Lake
from ter_pipelines.store.vee_calendar import SECOND_US, STEPS, Calendar, is_present
from ter_pipelines.store.vee_channels import (
    CHANNEL,
    DAY,
    DIRECTIONS,
    IS_ALIKE,
    KEY,
    OWNER,
    Channels,
)
from ter_pipelines.store.vee_dials import Dials
from ter_pipelines.store.vee_limits import (
    CLEAN,
    DOUBTFUL,
    GAPS,
    SurveyRules,
)
from ter_pipelines.store.vee_silence import silent_days

_KEPT = [
    DAY, CHANNEL, "step", "first_slot", "slots", "total_micro", "highest_micro",
    "verdict", "condition",
]  # fmt: skip
_NEEDED = [
    DAY, CHANNEL, "step", "first_slot", "slots", "all_starts_us", "verdict",
    "condition", "total_micro", "highest_micro", "present_low", "present_high",
    "starts_us",
]  # fmt: skip
# Where these spoke, the length of a channel's intervals is not certain.
_OF_LENGTH = ["lengths", "exceptional", "off_the_grid"]


@dataclass(frozen=True)
class Survey:
    """What was found.

    Args:
        days: A row for every channel's day, by number, the silent ones included: its
            `verdict`, and of the doubtful ones the first `condition` that spoke. Energy
            in micro-kWh. Usage of no mapped device is in none.
        holes: A row for every interval that days of the verdict `gaps` lack.
        channels: What their numbers mean.
        dials: Their register readings.
        rules: What they were held against.
        surveyed: The days, in order.
    """

    days: pl.DataFrame
    holes: pl.DataFrame
    channels: Channels
    dials: Dials
    rules: SurveyRules
    surveyed: Sequence[date]


def survey(lake: Lake, days: Sequence[date], rules: SurveyRules) -> Survey:
    """Hold every rule against every channel's day.

    Args:
        lake: With usage, register readings and the meter mapping in `core`.
        days: In order, none left out.
        rules: The limits.
    """
    range_ = {"first_day": days[0], "last_day": days[-1]}
    lengths = lake.run("vee_lengths", range_)["duration_seconds"].to_list()
    steps = [step for step in STEPS if step in lengths] or [STEPS[-1]]
    channels = Channels.read(lake)
    dials = Dials.read(lake, days, rules.zone, channels)
    least_kwh = {"least_kwh": rules.least_kwh(min(steps))}
    odd = channels.numbered(lake.run("vee_exceptional", {**range_, **least_kwh}))
    odd = odd.filter(pl.col(CHANNEL).is_not_null()).select(CHANNEL, DAY)
    marked = {"exceptional": odd, "dial": dials.unfit_days()}
    found = []
    for step in steps:
        profile = lake.run("vee_channel_day", {**range_, "step_seconds": step})
        calendar = Calendar(rules.zone, days, step).day_frame()
        placed = _placed(channels, profile, calendar)
        found.append(_judged(placed, marked, step, rules))
    judged = pl.concat(found)
    differing = dials.sum_differences(judged.filter(verdict=CLEAN), rules.settings)
    judged = _doubt(judged, differing, "sum_check")
    if len(steps) > 1:
        mixed = judged.filter(pl.struct(CHANNEL, DAY).is_duplicated())
        judged = _doubt(judged, mixed.select(CHANNEL, DAY), "lengths")
    judged = _with_untold(judged, odd, channels, days, rules)
    holes, wrong = _holes_of(judged)
    judged = _doubt(judged, wrong, "off_the_grid")
    return Survey(judged.select(_KEPT), holes, channels, dials, rules, days)


def _placed(
    channels: Channels, profile: pl.DataFrame, calendar: pl.DataFrame
) -> pl.DataFrame:
    """Give channels' days with their number, and what a whole day would be."""
    whole = channels.whole_days(calendar).with_columns(is_mapped=True)
    micro = [
        pl.col(f"{name}_kwh").to_physical().cast(pl.Int64, strict=False)
        for name in ("total", "highest", "third")
    ]
    return (
        channels.numbered(profile)
        .filter(pl.col(CHANNEL).is_not_null())
        .drop(KEY)
        .with_columns(each.name.replace("_kwh$", "_micro") for each in micro)
        .join(calendar, on=DAY)
        .join(whole, on=[DAY, OWNER], how="left")
    )


def _with_untold(
    judged: pl.DataFrame,
    odd: pl.DataFrame,
    channels: Channels,
    days: Sequence[date],
    rules: SurveyRules,
) -> pl.DataFrame:
    """Add the days that no profile tells of.

    Those with intervals of other lengths only are doubtful; those on which a channel
    told nothing are all gap.
    """
    calendars = [Calendar(rules.zone, days, step).day_frame() for step in STEPS]
    calendar = pl.concat(calendars)
    unmeasured = odd.join(judged, on=[CHANNEL, DAY], how="anti").with_columns(
        step=pl.lit(STEPS[-1], pl.Int32), condition=pl.lit("exceptional")
    )
    known = pl.concat([judged.select(_NEEDED), _untold(unmeasured, calendar)])
    condition = pl.col("condition").fill_null("")
    heard = known.select(
        CHANNEL, DAY, "step", condition.is_in(_OF_LENGTH).not_().alias("is_sound")
    )
    silent = silent_days(
        heard,
        calendars[0],
        channels.whole_days(calendars[0]),
        rules.settings.reference_within_days,
    )
    unsure = pl.when("is_sound").then(None).otherwise(pl.lit("lengths"))
    silent = _untold(silent.with_columns(condition=unsure), calendar)
    return pl.concat([known, silent])


def _untold(days: pl.DataFrame, calendar: pl.DataFrame) -> pl.DataFrame:
    """Give days of which no profile tells; doubtful where they have a condition."""
    doubted = pl.when(pl.col("condition").is_null()).then(pl.lit(GAPS))
    return days.join(calendar, on=[DAY, "step"]).select(
        DAY,
        CHANNEL,
        "step",
        "first_slot",
        "slots",
        "all_starts_us",
        doubted.otherwise(pl.lit(DOUBTFUL)).alias("verdict"),
        "condition",
        total_micro=pl.lit(0, pl.Int64),
        highest_micro=pl.lit(None, pl.Int64),
        present_low=pl.lit(0, pl.UInt64),
        present_high=pl.lit(0, pl.UInt64),
        starts_us=pl.lit(0, pl.Int64),
    )


def _judged(
    placed: pl.DataFrame,
    marked: Mapping[str, pl.DataFrame],
    step: int,
    rules: SurveyRules,
) -> pl.DataFrame:
    """Say of each channel's day whether it is clean, has gaps, or is doubtful."""
    speaking = pl.concat(
        rows.with_columns(condition=pl.lit(condition))
        for condition, rows in marked.items()
    ).unique([CHANNEL, DAY])
    low, high = pl.col("present_low"), pl.col("present_high")
    all_low, all_high = pl.col("all_low"), pl.col("all_high")
    starts, all_starts = pl.col("starts_us"), pl.col("all_starts_us")
    is_whole = (low == all_low) & (high == all_high) & (starts == all_starts)
    is_part = (
        ((low | all_low) == all_low)
        & ((high | all_high) == all_high)
        & (starts < all_starts)
    )
    conditions = _conditions(step, rules, has_a_place=is_whole | is_part)
    condition = pl.coalesce(
        "condition", *(pl.when(c).then(pl.lit(name)) for name, c in conditions.items())
    )
    verdict = (
        pl.when(condition.is_not_null())
        .then(pl.lit(DOUBTFUL))
        .otherwise(pl.when(is_whole).then(pl.lit(CLEAN)).otherwise(pl.lit(GAPS)))
    )
    return placed.join(speaking, on=[CHANNEL, DAY], how="left").with_columns(
        condition=condition, verdict=verdict
    )


def _conditions(
    step: int, rules: SurveyRules, *, has_a_place: pl.Expr
) -> dict[str, pl.Expr]:
    """Give what can speak against a day, by name; empty values speak, too."""
    highest, third = pl.col("highest_micro"), pl.col("third_micro")
    most = (pl.col(CHANNEL) % len(DIRECTIONS)).replace_strict(
        {n: rules.most_micro(name, step) for n, name in enumerate(DIRECTIONS)},
        return_dtype=pl.Int64,
    )
    settings = rules.settings
    latest = pl.col("newest_us") + settings.clock_tolerance_seconds * SECOND_US
    numerator, denominator = settings.spike_ratio.as_integer_ratio()
    wide = pl.Int128
    above_third = (highest - third).cast(wide) * denominator
    is_judged = pl.col(IS_ALIKE) | settings.spike_of_controllable
    stands_out = above_third > third.cast(wide) * numerator
    is_spike = is_judged & (third > 0) & stands_out
    sound = {
        "mapping": pl.col("is_mapped"),
        "off_the_grid": has_a_place & (pl.col("slots") > 0),
        "in_the_future": latest >= pl.col("day_end_us"),
        "beyond_device_limit": highest <= most,
        "spike": is_spike.fill_null(value=False).not_(),
        "too_large": pl.col("total_micro").is_not_null(),
    }
    return {
        name: is_sound.fill_null(value=False).not_() for name, is_sound in sound.items()
    }


def _doubt(days: pl.DataFrame, of: pl.DataFrame, condition: str) -> pl.DataFrame:
    """Doubt some channels' days for a condition, unless another has spoken."""
    if of.is_empty():
        return days
    spoken = of.select(CHANNEL, DAY).unique().with_columns(spoken=pl.lit(condition))
    joined = days.join(spoken, on=[CHANNEL, DAY], how="left")
    return joined.with_columns(
        condition=pl.coalesce("condition", "spoken"),
        verdict=pl.when(pl.col("spoken").is_not_null())
        .then(pl.lit(DOUBTFUL))
        .otherwise("verdict"),
    ).drop("spoken")


def _holes_of(days: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the missing intervals of days with gaps, in order of channel and time.

    Returns:
        The holes, and the days whose starts are not what their bits say.
    """
    last = pl.col("first_slot") + pl.col("slots")
    low, high = pl.col("present_low"), pl.col("present_high")
    holes = (
        days.filter(verdict=GAPS)
        .select(
            DAY,
            CHANNEL,
            "step",
            "first_slot",
            "slots",
            "present_low",
            "present_high",
            "starts_us",
            "all_starts_us",
        )
        .sort(CHANNEL, DAY)
        .with_columns(slot=pl.int_ranges("first_slot", last))
        .explode("slot")
        .filter(is_present(pl.col("slot"), low, high).not_())
    )
    missing_us = (pl.col("slot") * pl.col("step")).sum() * SECOND_US
    wrong = (
        holes.group_by(CHANNEL, DAY)
        .agg(
            missing_us.alias("missing_us"), pl.col("starts_us", "all_starts_us").first()
        )
        .filter(pl.col("missing_us") + pl.col("starts_us") != pl.col("all_starts_us"))
    )
    sound = holes.join(wrong, on=[CHANNEL, DAY], how="anti", maintain_order="left")
    return sound.select(DAY, CHANNEL, "step", "slot"), wrong
