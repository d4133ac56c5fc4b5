"""What each gap of a survey is estimated from: which intervals, of which days.

A gap that cannot be decided from the survey alone is handed on to the estimation of
single channels: beside a doubtful day, without like days near by, of a device whose
days are not alike.
"""

from dataclasses import dataclass

import polars as pl

from ter_pipelines.store.vee_calendar import Calendar, day_type
from ter_pipelines.store.vee_channels import CHANNEL, DAY, IS_ALIKE
from ter_pipelines.store.vee_limits import DOUBTFUL, GAPS
from ter_pipelines.store.vee_survey import Survey

SLOT = [CHANNEL, "step", "slot"]
_CHANNEL_DAY = [CHANNEL, DAY]


@dataclass(frozen=True)
class Plan:
    """What holes are estimated from.

    Args:
        lines: Holes between two good values: how many are missing (`gap`), the how
            manieth it is (`place`), and the two (`before`, `after`), by their slots.
        likes: Holes by long gaps, a row for each interval it is the average of: how
            many days (`days`), the how manieth of them (`rank`), how often the clock
            time is on that day (`times`), and the interval (`like_slot`).
        handed: The channels' days that are not planned.
    """

    lines: pl.DataFrame
    likes: pl.DataFrame
    handed: pl.DataFrame


def plan(survey: Survey) -> Plan:
    """Plan the estimates of a survey's holes."""
    longest = survey.rules.settings.interpolation_seconds
    holes = _in_runs(survey.holes)
    runs = _beside(_runs_of(holes), survey.days)
    is_short = pl.col("gap") <= longest // pl.col("step")
    is_line = is_short & pl.col("is_good_before") & pl.col("is_good_after")
    is_liked = is_short.not_() & pl.col("is_heard_before")
    lined = holes.join(
        runs.filter(is_line).select("run", "gap", "first"), on="run"
    ).select(
        DAY,
        *SLOT,
        "gap",
        (pl.col("slot") - pl.col("first") + 1).alias("place"),
        (pl.col("first") - 1).alias("before"),
        (pl.col("first") + pl.col("gap")).alias("after"),
    )
    long_holes = holes.join(runs.filter(is_liked), on="run", how="semi")
    if not survey.rules.settings.controllable_from_like_days:
        long_holes = _alike(long_holes, survey)
    likes = _likes(long_holes, survey)
    planned = pl.concat([lined.select(SLOT), likes.select(SLOT).unique()])
    left = survey.holes.join(planned, on=SLOT, how="anti")
    return Plan(lined, likes, left.select(_CHANNEL_DAY).unique())


def _in_runs(holes: pl.DataFrame) -> pl.DataFrame:
    """Number the runs of holes without anything between, which may cross midnight."""
    breaks = (
        (pl.col("slot") != pl.col("slot").shift() + 1)
        | (pl.col(CHANNEL) != pl.col(CHANNEL).shift())
        | (pl.col("step") != pl.col("step").shift())
    )
    return holes.with_columns(breaks.fill_null(value=True).cum_sum().alias("run"))


def _runs_of(holes: pl.DataFrame) -> pl.DataFrame:
    return holes.group_by("run").agg(
        pl.col(CHANNEL, "step").first(),
        pl.col("slot").first().alias("first"),
        pl.col("slot").last().alias("last"),
        pl.col(DAY).first().alias("first_day"),
        pl.col(DAY).last().alias("last_day"),
        pl.len().cast(pl.Int64).alias("gap"),
    )


def _beside(runs: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Tell whether good values stand on both sides of runs.

    Inside a day with gaps they do. Where a run begins or ends with the day, the day
    before or after must be one that is not doubtful.
    """
    known = days.select(
        CHANNEL,
        DAY,
        "step",
        "first_slot",
        (pl.col("first_slot") + pl.col("slots") - 1).alias("last_slot"),
        (pl.col("verdict") != DOUBTFUL).alias("is_good"),
    )
    beside = known.select(CHANNEL, DAY, "step", "is_good")
    placed = runs
    for day, end in (("first_day", "first_slot"), ("last_day", "last_slot")):
        placed = placed.join(
            known.select(CHANNEL, DAY, "step", end),
            left_on=[CHANNEL, day, "step"],
            right_on=[CHANNEL, DAY, "step"],
        )
    for side, day, offset in (
        ("before", "first_day", "-1d"), ("after", "last_day", "1d"),
    ):  # fmt: skip
        placed = placed.with_columns(
            pl.col(day).dt.offset_by(offset).alias("beside")
        ).join(
            beside.rename({"is_good": f"is_good_{side}"}),
            left_on=[CHANNEL, "beside", "step"],
            right_on=[CHANNEL, DAY, "step"],
            how="left",
        )
    starts_inside = pl.col("first") > pl.col("first_slot")
    ends_inside = pl.col("last") < pl.col("last_slot")
    return placed.with_columns(
        is_heard_before=starts_inside | pl.col("is_good_before").is_not_null(),
        is_good_before=starts_inside | pl.col("is_good_before").fill_null(value=False),
        is_good_after=ends_inside | pl.col("is_good_after").fill_null(value=False),
    )


def _alike(holes: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    """Give the holes of devices whose days are alike."""
    named = survey.channels.keys_of(holes.select(CHANNEL).unique())
    alike = named.filter(IS_ALIKE)
    return holes.join(alike, on=CHANNEL, how="semi", maintain_order="left")


def _likes(holes: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    """Give the intervals that long gaps are the average of, each local day by itself.

    A part of a gap is not planned if no like day lies near, or if one that would be
    chosen is doubtful: only the rules know whether it is a reference.
    """
    settings = survey.rules.settings
    clocks = _clocks(survey)
    timed = holes.join(clocks, on=[DAY, "step", "slot"])
    parts = timed.select("run", CHANNEL, "step", DAY).unique()
    near = _near_days(parts, survey)
    lacking = _lacking(near, timed, clocks)
    chosen = (
        near.join(lacking, on=["run", DAY, "like_day"], how="anti")
        .sort("run", DAY, "distance", "like_day")
        .with_columns(pl.int_range(pl.len()).over("run", DAY).alias("rank"))
        .filter(pl.col("rank") < settings.reference_days)
        .with_columns(
            pl.len().over("run", DAY).cast(pl.Int64).alias("days"),
            pl.col("is_doubtful").any().over("run", DAY),
        )
        .filter(pl.col("is_doubtful").not_())
    )
    like = clocks.rename({DAY: "like_day", "slot": "like_slot"}).with_columns(
        pl.len().over("like_day", "step", "clock").cast(pl.Int64).alias("times")
    )
    return (
        timed.join(chosen.drop(CHANNEL, "step"), on=["run", DAY])
        .join(like, on=["like_day", "step", "clock"])
        .select(DAY, *SLOT, "days", "rank", "times", "like_slot", "like_day")
        .sort(*SLOT, "rank", "like_slot")
    )


def _near_days(parts: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    """Give the days of the same type near parts of gaps, whole or doubtful ones."""
    settings = survey.rules.settings
    own_type = day_type(pl.col(DAY), settings.holidays)
    like_type = day_type(pl.col("like_day"), settings.holidays)
    whole = survey.days.filter(pl.col("verdict") != GAPS).select(
        CHANNEL,
        "step",
        pl.col(DAY).alias("like_day"),
        (pl.col("verdict") == DOUBTFUL).alias("is_doubtful"),
    )
    distance = (pl.col(DAY) - pl.col("like_day")).dt.total_days().abs()
    return (
        parts.join(whole, on=[CHANNEL, "step"])
        .with_columns(distance.alias("distance"))
        .filter(
            own_type == like_type,
            pl.col("distance") <= settings.reference_within_days,
        )
    )


def _lacking(
    near: pl.DataFrame, timed: pl.DataFrame, clocks: pl.DataFrame
) -> pl.DataFrame:
    """Find the days that lack a clock time which a part of a gap needs."""
    usual = clocks.group_by("step", DAY).agg(pl.col("clock").n_unique().alias("times"))
    most = usual.group_by("step").agg(pl.col("times").max().alias("most"))
    short = usual.join(most, on="step").filter(pl.col("times") < pl.col("most"))
    of_short = near.join(
        short.select("step", pl.col(DAY).alias("like_day")), on=["step", "like_day"]
    ).select("run", DAY, "step", "like_day")
    needed = of_short.join(timed.select("run", DAY, "clock"), on=["run", DAY])
    there = clocks.rename({DAY: "like_day"}).select("like_day", "step", "clock")
    return (
        needed.join(there, on=["like_day", "step", "clock"], how="anti")
        .select("run", DAY, "like_day")
        .unique()
    )


def _clocks(survey: Survey) -> pl.DataFrame:
    steps = survey.holes["step"].unique().to_list()
    zone = survey.rules.zone
    frames = [Calendar(zone, survey.surveyed, s).clock_frame() for s in steps]
    return pl.concat(frames or [Calendar(zone, [], 1).clock_frame()])
