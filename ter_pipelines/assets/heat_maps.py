"""Heat maps of usage for the UI: a day hour by hour, a run day by day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from ter_pipelines.formats.svg import as_markdown
from ter_pipelines.formats.svg_heat_map import Shade, heat_map
from ter_pipelines.metering.vee.completeness import Share, hours_of_channels
from ter_pipelines.metering.vee.day_channels import ChannelKey, Row
from ter_pipelines.vocab.clock import interval_starts_utc

MOST_ROWS = 40
MOST_DAYS = 62
_STATES: Mapping[str, Shade] = {
    "VALID": Shade("#2f9e63", "", "valid"),
    "ADJUSTED": Shade("#3b7dd8", "A", "adjusted"),
    "ESTIMATED": Shade("#b08a00", "E", "estimated"),
    "SUSPECT": Shade("#d9641e", "S", "suspect"),
    "MISSING": Shade("#b3263a", "M", "missing"),
}
_LEVELS = (
    (100, Shade("#2f9e63", "", "all billed")),
    (95, Shade("#7aa84a", "95", "95 % or more")),
    (50, Shade("#d9641e", "50", "50 % or more")),
    (0, Shade("#b3263a", "<", "less")),
)
_NOTHING = Shade("#5c1420", "0", "nothing")


def picture_of_hours(rows: Sequence[Row], day: date, zone: ZoneInfo) -> Any:  # noqa: ANN401
    """Draw each channel's worst state in every hour of a day."""
    hours = [f"{s.astimezone(zone):%H}" for s in interval_starts_utc(day, zone)]
    states = hours_of_channels(rows, day, zone)
    badness = {
        key: sum(state in {"MISSING", "SUSPECT"} for state in of_hours)
        for key, of_hours in states.items()
    }
    shown, remark = _worst(badness)
    svg = heat_map(
        [(str(key), [_STATES.get(state) for state in states[key]]) for key in shown],
        hours,
        list(_STATES.values()),
        title=f"Usage of {day} by hour",
        remark=remark,
    )
    return dg.MetadataValue.md(as_markdown(svg, f"Usage of {day} by hour"))


def picture_of_days(shares: Mapping[date, Mapping[ChannelKey, Share]]) -> Any:  # noqa: ANN401
    """Draw how much of each channel's days is billed."""
    days = sorted(shares)[-MOST_DAYS:]
    keys = {key for day in days for key in shares[day]}
    badness = {
        key: sum(
            share.seconds - share.billed_seconds
            for day in days
            if (share := shares[day].get(key))
        )
        for key in keys
    }
    shown, remark = _worst(badness)
    svg = heat_map(
        [(str(key), [_level(shares[day].get(key)) for day in days]) for key in shown],
        [f"{day:%m-%d}" for day in days],
        [*(shade for _, shade in _LEVELS), _NOTHING],
        title=f"Share of each day that is billed, {days[0]} to {days[-1]}",
        remark=remark,
    )
    return dg.MetadataValue.md(as_markdown(svg, "Share of each day that is billed"))


def _level(share: Share | None) -> Shade | None:
    if share is None:
        return None
    if not share.billed_seconds:
        return _NOTHING
    return next(shade for least, shade in _LEVELS if share.percent >= least)


def _worst(badness: Mapping[ChannelKey, int]) -> tuple[list[ChannelKey], str]:
    """Choose what fits the picture: if not all, those that lack most."""
    by_lack = sorted(badness, key=lambda key: (-badness[key], key))
    left = len(by_lack) - MOST_ROWS
    remark = (
        f"{left} more are not shown; none of them lacks more than these."
        if left > 0
        else ""
    )
    return sorted(by_lack[:MOST_ROWS]), remark
