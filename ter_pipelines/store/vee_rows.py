"""The few rows of usage that a survey leaves to look at, read in one pass.

What gaps are estimated from; and the days that the rules themselves must look at, with
what lies around them: the day before and after, and the days that are like it.
"""

import polars as pl

from ter_pipelines.store.lake import Lake
from ter_pipelines.store.vee_calendar import SECOND_US, STEPS, Calendar, day_type
from ter_pipelines.store.vee_channels import CHANNEL, DAY
from ter_pipelines.store.vee_gaps import SLOT, Plan
from ter_pipelines.store.vee_limits import CLEAN, DOUBTFUL
from ter_pipelines.store.vee_survey import Survey

_CHANNEL_DAY = [CHANNEL, DAY]
# Of the nearest clean days one may be the spring day, which lacks clock times.
_MAY_LACK_A_TIME = 1


def days_to_judge(survey: Survey, handed: pl.DataFrame) -> pl.DataFrame:
    """Give the channels' days that the rules themselves must look at.

    Args:
        survey: With its doubtful days.
        handed: Days with gaps that were not estimated.
    """
    doubtful = survey.days.filter(pl.col("verdict") == DOUBTFUL)
    return pl.concat([doubtful.select(_CHANNEL_DAY), handed]).unique()


def days_around(survey: Survey, judged: pl.DataFrame) -> pl.DataFrame:
    """Give days with all that their estimates may rest on.

    The other days of their register windows, whose gaps share the register. Of all
    these the day before and after; and of the days of the same type near by, all that
    are doubtful, and the nearest clean ones. Where these may be none, all days.

    Args:
        survey: Of these days and those around them.
        judged: Channels' days.
    """
    shared = survey.dials.days_of_windows(judged, survey.rules.zone)
    needed = pl.concat([judged, shared]).unique()
    beside = [needed.with_columns(pl.col(DAY).dt.offset_by(o)) for o in ("-1d", "1d")]
    return pl.concat([needed, *beside, _like(needed, survey)]).unique()


def _like(needed: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    settings = survey.rules.settings
    is_alike = day_type(pl.col(DAY), settings.holidays) == day_type(
        pl.col("other"), settings.holidays
    )
    distance = (pl.col(DAY) - pl.col("other")).dt.total_days().abs()
    every = survey.days.select(CHANNEL, pl.col(DAY).alias("other"), "verdict")
    others = needed.join(every, on=CHANNEL).with_columns(distance.alias("distance"))
    is_near = pl.col("distance") <= settings.reference_within_days
    nearest = (
        others.filter(is_alike, is_near, verdict=CLEAN)
        .sort("distance", "other")
        .group_by(_CHANNEL_DAY, maintain_order=True)
        .head(settings.reference_days + _MAY_LACK_A_TIME)
    )
    enough = (
        nearest.group_by(_CHANNEL_DAY).len().filter(pl.col("len") > _MAY_LACK_A_TIME)
    )
    all_days = others.join(enough, on=_CHANNEL_DAY, how="anti")
    doubtful = others.filter(verdict=DOUBTFUL)
    return pl.concat(
        rows.select(CHANNEL, pl.col("other").alias(DAY))
        for rows in (nearest, doubtful, all_days)
    )


def read_rows(
    lake: Lake, survey: Survey, plan: Plan, whole_days: pl.DataFrame
) -> pl.DataFrame:
    """Read rows of `core/interval_usage`, with channel and number of the interval.

    Args:
        lake: Where usage is.
        survey: What was surveyed.
        plan: What gaps are estimated from.
        whole_days: Channels' days that are read whole.
    """
    start_us = pl.col("slot") * pl.col("step") * SECOND_US
    points = _points(survey, plan).with_columns(start_us.alias("start_us"))
    days = whole_days.with_columns(pl.lit(None, pl.Int64).alias("start_us"))
    columns = [*_CHANNEL_DAY, "start_us"]
    wanted = pl.concat([points.select(columns), days.select(columns)])
    asked = survey.channels.keys_of(wanted).select("device_id", DAY, "start_us")
    rows = lake.run(
        "vee_intervals",
        {
            "first_day": survey.surveyed[0],
            "last_day": survey.surveyed[-1],
            "wanted_json": asked.write_json(),
        },
    )
    start = pl.col("interval_start_utc").dt.epoch("us")
    step = pl.col("duration_seconds")
    return survey.channels.numbered(rows).with_columns(
        step.alias("step"),
        start.alias("start_us"),
        (start // (step.cast(pl.Int64) * SECOND_US)).alias("slot"),
    )


def _points(survey: Survey, plan: Plan) -> pl.DataFrame:
    """List the intervals that gaps are estimated from, with the day each is on."""
    sides = pl.concat(
        plan.lines.select(CHANNEL, "step", pl.col(side).alias("slot"))
        for side in ("before", "after")
    )
    zone, days = survey.rules.zone, survey.surveyed
    begins = pl.concat(Calendar(zone, days, step).day_frame() for step in STEPS)
    placed = (
        sides.unique()
        .sort("slot")
        .join_asof(
            begins.select("step", "first_slot", DAY).sort("first_slot"),
            left_on="slot",
            right_on="first_slot",
            by="step",
            check_sortedness=False,
        )
    )
    likes = plan.likes.select(
        CHANNEL,
        "step",
        pl.col("like_slot").alias("slot"),
        pl.col("like_day").alias(DAY),
    )
    return pl.concat([placed.select(*SLOT, DAY), likes.unique()])
