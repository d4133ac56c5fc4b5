"""What sets and rules made of channels, beside what the rules alone make of them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import polars as pl

from benchmarks.vee_month import Outcome, dials_of
from benchmarks.vee_rules import ChannelOnDay, Row, RowsByDay, Rules, rows_by_day
from ter_pipelines.metering.vee.day_channels import key_of
from ter_pipelines.metering.vee.findings import NO_VALUE, WRONG_COUNT
from ter_pipelines.metering.vee.series import ESTIMATED, VALID
from ter_pipelines.metering.vee.standings import JudgedChannel
from ter_pipelines.store.lake import Lake
from ter_pipelines.store.vee_channels import CHANNEL, DAY
from ter_pipelines.vocab import tables

Told = tuple[Any, ...]  # start, seconds, kWh, state, rules, method, version, reason


def find_differences(
    lake: Lake, outcome: Outcome, rules: Rules, names: Collection[str]
) -> list[str]:
    """Name the days of some devices on which the two differ.

    Args:
        lake: Where the month is.
        outcome: What sets, and rules for the rest, made of it.
        rules: The rules.
        names: Devices to compare.
    """
    usage = _usage(lake, outcome, names)
    steps = _steps(outcome, names)
    dials = dials_of(lake, {key for key, _ in steps})
    alone = replace(rules, dials=dials).judge_and_estimate(steps, usage, {})
    made, noted = _made(outcome, names), _noted(outcome, names)
    differing = []
    for one, wanted in alone.items():
        judged = outcome.judged.get(one)
        got = _told(judged) if judged else _told_by_sets(usage.get(one, ()), made, one)
        if got != _told(wanted):
            differing.append(f"{one[0]} {one[1]}: {_first(got, _told(wanted))}")
        codes = _codes(judged) if judged else noted.get(one, []) + _of_gaps(got)
        if sorted(codes) != _codes(wanted):
            differing.append(f"{one[0]} {one[1]}: {codes}, expected {_codes(wanted)}")
    return differing


def _usage(lake: Lake, outcome: Outcome, names: Collection[str]) -> RowsByDay:
    days = []
    for day in outcome.passed.survey.surveyed:
        rows = lake.read(tables.INTERVAL_USAGE, [day])
        days.append(rows.filter(pl.col("device_id").is_in(list(names))))
    found = pl.concat(days).with_columns(pl.col(DAY).str.to_date())
    return rows_by_day(found.iter_rows(named=True))


def _steps(outcome: Outcome, names: Collection[str]) -> dict[ChannelOnDay, int]:
    days = outcome.passed.survey.days.unique([CHANNEL, DAY])
    named = outcome.passed.survey.channels.keys_of(days.select(CHANNEL, DAY, "step"))
    own = named.filter(pl.col("device_id").is_in(list(names)))
    return {(key_of(row), row[DAY]): row["step"] for row in own.iter_rows(named=True)}


def _made(outcome: Outcome, names: Collection[str]) -> dict[ChannelOnDay, list[Told]]:
    """Give the estimates of sets, by channel and day."""
    made = outcome.passed.estimates.made
    found: dict[ChannelOnDay, list[Told]] = {}
    for row in made.filter(pl.col("device_id").is_in(list(names))).iter_rows(
        named=True
    ):
        told = (
            row["interval_start_utc"],
            row["duration_seconds"],
            row["energy_kwh"],
            ESTIMATED,
            NO_VALUE.code,
            row["method"],
            0,
            row["lineage"],
        )
        found.setdefault((key_of(row), row[DAY]), []).append(told)
    return found


def _noted(outcome: Outcome, names: Collection[str]) -> dict[ChannelOnDay, list[str]]:
    """Give the codes of the notes of sets, by channel and day."""
    found: dict[ChannelOnDay, list[str]] = {}
    own = outcome.notes.filter(pl.col("device_id").is_in(list(names)))
    for row in own.iter_rows(named=True):
        found.setdefault((key_of(row), row[DAY]), []).append(row["code"])
    return found


def _told_by_sets(
    rows: Sequence[Row], made: dict[ChannelOnDay, list[Told]], one: ChannelOnDay
) -> list[Told]:
    """Give a day without doubt: what was told is valid, what was not is estimated."""
    valid: list[Told] = [
        (
            row["interval_start_utc"],
            row["duration_seconds"],
            row["energy_kwh"],
            VALID,
            "",
            "",
            row["version"],
            "",
        )
        for row in rows
    ]
    return sorted([*valid, *made.get(one, [])])


def _told(judged: JudgedChannel) -> list[Told]:
    rows = zip(judged.rows(), judged.standings, strict=True)
    return [
        (
            row["interval_start_utc"],
            row["duration_seconds"],
            row["energy_kwh"],
            row["state"],
            row["rules_failed"],
            row["method"],
            row["version"],
            standing.reason,
        )
        for row, standing in rows
    ]


def _of_gaps(told: Sequence[Told]) -> list[str]:
    """Name the findings of a day with gaps: each gap once, and the count."""
    missing = [one for one in told if one[3] == ESTIMATED]
    if not missing:
        return []
    joins = sum((b[0] - a[0]).total_seconds() == a[1] for a, b in pairwise(missing))
    return [NO_VALUE.code] * (len(missing) - joins) + [WRONG_COUNT.code]


def _codes(judged: JudgedChannel) -> list[str]:
    return sorted(finding.code for finding in judged.findings)


def _first(got: Sequence[Told], wanted: Sequence[Told]) -> str:
    """Show the first interval that differs."""
    for mine, other in zip(got, wanted, strict=False):
        if mine != other:
            return f"got {mine}, expected {other}"
    return f"got {len(got)} intervals, expected {len(wanted)}"
