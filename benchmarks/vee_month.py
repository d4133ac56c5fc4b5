"""A month through all of VEE: sets first, the rules of single channels for the rest."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import polars as pl

from benchmarks.vee_data import ZONE
from benchmarks.vee_rules import (
    ChannelOnDay,
    Row,
    Rules,
    Totals,
    rows_by_day,
)
from ter_pipelines.metering.mapping import read_meter_map
from ter_pipelines.metering.vee.day_channels import ChannelKey, key_of
from ter_pipelines.metering.vee.standings import JudgedChannel
from ter_pipelines.metering.vee.value_rules import Limits
from ter_pipelines.store.lake import Lake
from ter_pipelines.store.vee_channels import CHANNEL, DAY, IS_ALIKE, KEY
from ter_pipelines.store.vee_limits import CLEAN, DOUBTFUL
from ter_pipelines.store.vee_notes import ZERO, find_high_or_low, find_zero
from ter_pipelines.store.vee_pass import VeePass, pass_over
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.vee_settings import VeeSettings

LIMITS = Limits(Decimal(-32), Decimal(32))


@dataclass(frozen=True)
class Outcome:
    """What became of a month.

    Args:
        passed: What sets decided.
        judged: What the rules of single channels did with the rest.
        notes: High, low and zero days of the others.
    """

    passed: VeePass
    judged: dict[ChannelOnDay, JudgedChannel]
    notes: pl.DataFrame


def rules_of(lake: Lake) -> Rules:
    """Give the default rules with the lake's meters."""
    meter_map = read_meter_map(lake.read(tables.METER_MAPPING))
    return Rules(ZONE, VeeSettings(), LIMITS, meter_map)


def validate_month(lake: Lake, rules: Rules, days: Sequence[date]) -> Outcome:
    """Hold every rule against a month and estimate all that is missing."""
    passed = pass_over(lake, days, rules.for_sets())
    which = _to_judge(passed)
    keys = {key for key, _ in which}
    single = replace(rules, dials=dials_of(lake, keys))
    rows = rows_by_day(passed.rows.iter_rows(named=True))
    judged = single.judge_and_estimate(
        which, rows, _totals(passed, keys), is_sparing=True
    )
    return Outcome(passed, judged, _notes(passed, judged, rules))


def dials_of(lake: Lake, keys: set[ChannelKey]) -> dict[ChannelKey, list[Row]]:
    """Read the register readings of channels, in order."""
    devices = sorted({key.device_id for key in keys})
    found: dict[ChannelKey, list[Row]] = {}
    readings = lake.read(tables.REGISTER_READING).filter(
        pl.col("device_id").is_in(devices)
    )
    for row in readings.sort("read_at").iter_rows(named=True):
        found.setdefault(key_of(row), []).append(row)
    return found


def _to_judge(passed: VeePass) -> dict[ChannelOnDay, int]:
    steps = passed.survey.days.select(CHANNEL, DAY, "step")
    named = passed.survey.channels.keys_of(
        passed.judge.join(steps, on=[CHANNEL, DAY], how="left").unique([CHANNEL, DAY])
    )
    return {(key_of(row), row[DAY]): row["step"] for row in named.iter_rows(named=True)}


def _totals(passed: VeePass, keys: Collection[ChannelKey]) -> Totals:
    """Give the totals of the clean days of channels."""
    days = passed.survey.days.filter(verdict=CLEAN)
    judged = days.join(passed.judge, on=CHANNEL, how="semi")
    named = passed.survey.channels.keys_of(judged)
    found: Totals = {key: {} for key in keys}
    for row in named.iter_rows(named=True):
        found[key_of(row)][row[DAY]] = Decimal(row["total_micro"]).scaleb(-6)
    return found


def _notes(
    passed: VeePass, judged: Mapping[ChannelOnDay, JudgedChannel], rules: Rules
) -> pl.DataFrame:
    """Find the high, low and zero days among those that sets decided."""
    columns = [CHANNEL, DAY, "total_micro"]
    days = passed.survey.days.filter(pl.col("verdict") != DOUBTFUL)
    clean = days.filter(verdict=CLEAN).select(columns)
    good = [
        {**key._asdict(), DAY: day, "total_micro": int(total.scaleb(6))}
        for (key, day), one in judged.items()
        if (total := one.total_kwh()) is not None
    ]
    schema = {**dict.fromkeys(KEY, pl.String), DAY: pl.Date, "total_micro": pl.Int64}
    others = passed.survey.channels.numbered(pl.DataFrame(good, schema=schema))
    far = find_high_or_low(
        pl.concat([clean, others.select(clean.columns)]), rules.settings
    ).join(clean, on=[CHANNEL, DAY], how="semi")
    notes = pl.concat([far.select(CHANNEL, DAY, "code"), find_zero(days)])
    named = passed.survey.channels.keys_of(notes)
    is_like = pl.col(IS_ALIKE) | rules.settings.controllable_from_like_days
    return named.filter(is_like | (pl.col("code") == ZERO))
