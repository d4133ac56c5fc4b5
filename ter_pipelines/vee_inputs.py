"""What a day of validated usage is made from, for who makes it and who asks if it is.

Two things it is not: it does not look at the programme's limits, as nothing else does,
and an estimate is not out of date because a day beside it changed; `ter vee run` makes
it again.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

import polars as pl

from ter_pipelines.metering.vee.estimation import policy_at
from ter_pipelines.store.lake import Lake, Stored
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, day_span
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.table import Table
from ter_pipelines.vocab.vee_settings import GapPolicy

GAP_POLICY = "gap_policy"
NO_GAPS = ""


def cut_off_of(day: date, programme: Programme) -> datetime:
    """Give when the gaps of a day are held no longer: the closing day of its month.

    That is the local midnight with which the closing day of the next month begins.
    """
    next_month = day.replace(day=1) + timedelta(days=31)
    closing_day = next_month.replace(day=programme.close_month_day)
    return day_span(closing_day, programme.zone).start_utc


def gap_policy_of(day: date, now: datetime, programme: Programme) -> GapPolicy:
    """Say what becomes of a day's gaps at an instant."""
    cut_off_utc = cut_off_of(day, programme)
    return policy_at(now, cut_off_utc=cut_off_utc, settings=programme.vee)


def inputs_of(
    lake: Lake, day: date, programme: Programme, *, mapping: str, edit_id: int
) -> dict[str, str]:
    """Give what a day would be made from now, but for the policy of its gaps.

    Args:
        lake: The lake.
        day: The day.
        programme: With the zone.
        mapping: What the meter map says about the day.
        edit_id: Newest edit that touches the day, 0 for none.
    """
    closing = _readings_at(lake, day + DAY, day_span(day, programme.zone).end_utc)
    dials = f"{_content(lake, tables.REGISTER_READING, day)} {closing}"
    return {
        "interval_usage": _content(lake, tables.INTERVAL_USAGE, day),
        "meter_mapping": mapping,
        "register_reading": hashlib.sha256(dials.encode()).hexdigest(),
        "edit": str(edit_id),
    }


def is_made_from(
    stored: Stored | None, inputs: Mapping[str, str], policy: GapPolicy
) -> bool:
    """Tell whether a day of validated usage is what it would be made to be now.

    Args:
        stored: The day as it is.
        inputs: What it would be made from.
        policy: What becomes of its gaps now, if it has any.
    """
    if stored is None:
        return False
    made_from = dict(stored.inputs)
    return made_from.pop(GAP_POLICY, "") in {NO_GAPS, policy} and made_from == inputs


def _content(lake: Lake, table: Table, day: date) -> str:
    stored = lake.stored(table, day)
    return stored.content_sha256 if stored else ""


def _readings_at(lake: Lake, day: date, instant: datetime) -> str:
    """Hash the readings of an instant, which close the day before.

    They come with the first of a day's; that more come later changes nothing here.
    """
    stored = lake.stored(tables.REGISTER_READING, day)
    if stored is None or not stored.rows:
        return ""
    return _digest_at(lake, day, instant, stored.content_sha256)


@lru_cache(maxsize=2000)
def _digest_at(lake: Lake, day: date, instant: datetime, _content_sha256: str) -> str:
    rows = lake.read(tables.REGISTER_READING, [day])
    at_once = rows.filter(pl.col("read_at") == instant)
    if at_once.is_empty():
        return ""
    return hashlib.sha256(at_once.write_csv().encode()).hexdigest()
