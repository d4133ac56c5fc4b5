"""Days on which a channel that was heard before told nothing: all of them is a gap.

Which channels a device has is what was heard of it on the newest day before that heard
it at all. Of a device that measures both directions one may be silent; net and the two
directions do not stand beside each other.
"""

from datetime import timedelta

import polars as pl

from ter_pipelines.store.vee_channels import CHANNEL, DAY, DIRECTIONS, OWNER

_NET = DIRECTIONS.index("net")


def silent_days(
    heard: pl.DataFrame, calendar: pl.DataFrame, mapped: pl.DataFrame, within_days: int
) -> pl.DataFrame:
    """Find the silent days of channels.

    Args:
        heard: Channels' days with usage: `channel`, `operating_day`, `step`, and
            `is_sound` where the length of intervals is certain.
        calendar: The days, a row each.
        mapped: Owners and the days that are mapped as a whole.
        within_days: How many days before count.

    Returns:
        `channel`, `operating_day`, `step` and `is_sound`, as on the day before that
        told them.
    """
    often = heard.group_by(CHANNEL).agg(pl.col(DAY).n_unique().alias("times"))
    quiet = often.filter(pl.col("times") < calendar.height).select(CHANNEL)
    if quiet.is_empty():
        return heard.clear()
    owners = quiet.select(_owner().alias(OWNER)).unique()
    of_quiet = heard.with_columns(_owner().alias(OWNER)).join(
        owners, on=OWNER, how="semi"
    )
    silent = (
        quiet.with_columns(_owner().alias(OWNER))
        .join(mapped, on=OWNER)
        .join(of_quiet, on=[CHANNEL, DAY], how="anti")
    )
    found = _told_before(silent, of_quiet).filter(
        (pl.col(DAY) - pl.col("told_day")) <= timedelta(days=within_days)
    )
    return _beside_others(found, of_quiet).select(heard.columns)


def _told_before(silent: pl.DataFrame, heard: pl.DataFrame) -> pl.DataFrame:
    """Keep what was heard on the newest day before that heard its owner."""
    days = heard.select(OWNER, pl.col(DAY).alias("told_day")).unique().sort("told_day")
    newest = silent.sort(DAY).join_asof(
        days,
        left_on=DAY,
        right_on="told_day",
        by=OWNER,
        strategy="backward",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    told = heard.select(CHANNEL, pl.col(DAY).alias("told_day"), "step", "is_sound")
    return newest.join(told, on=[CHANNEL, "told_day"])


def _beside_others(silent: pl.DataFrame, heard: pl.DataFrame) -> pl.DataFrame:
    """Drop channels that do not go with what was heard of their owner on the day."""
    others = heard.group_by(OWNER, DAY).agg(_is_net().any().alias("has_net"))
    return silent.join(others, on=[OWNER, DAY], how="left").filter(
        pl.col("has_net").is_null() | (pl.col("has_net") == _is_net())
    )


def _owner() -> pl.Expr:
    return pl.col(CHANNEL) // len(DIRECTIONS)


def _is_net() -> pl.Expr:
    return pl.col(CHANNEL) % len(DIRECTIONS) == _NET
