"""A month through all of VEE: sets first, the rules of single channels for the rest."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from benchmarks.vee_data import DAYS, ZONE
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
from ter_pipelines.store.vee_channels import CHANNEL, DAY, KEY
from ter_pipelines.store.vee_notes import find_high_or_low, find_zero
from ter_pipelines.store.vee_pass import VeePass, pass_over
from ter_pipelines.store.vee_survey import CLEAN, DOUBTFUL
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


def validate_month(lake: Lake, rules: Rules, days: list[date] = DAYS) -> Outcome:
    """Hold every rule against a month and estimate all that is missing."""
    passed = pass_over(lake, days, rules.for_sets())
    which = _to_judge(passed)
    keys = {key for key, _ in which}
    totals = _totals(passed, keys)
    known = {key: dict(of_days) for key, of_days in totals.items()}
    told = Rules(
        rules.zone, rules.settings, rules.limits, rules.meter_map, dials_of(lake, keys)
    )
    judged = told.judge_and_estimate(which, _rows(passed, keys), totals)
    return Outcome(passed, judged, _notes(passed, rules, _added(totals, known)))


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
    return {
        (key_of(row), row[DAY]): row["step"] for row in named.iter_rows(named=True)
    }


def _rows(
    passed: VeePass, keys: set[ChannelKey]
) -> dict[ChannelOnDay, list[Row]]:
    devices = sorted({key.device_id for key in keys})
    rows = passed.rows.filter(pl.col("device_id").is_in(devices))
    return rows_by_day(rows.iter_rows(named=True))
