"""The log of changes tells each change once, whatever dies in between."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from ter_pipelines.metering.vee.changes import find_untold, next_changes, reasons_of
from ter_pipelines.metering.vee.day import DayFacts
from ter_pipelines.metering.vee.day_gaps import Surroundings, resolve_channel
from ter_pipelines.metering.vee.standings import JudgedChannel
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.units import plain
from ter_pipelines.vocab.vee_settings import GapPolicy
from tests.metering.reported import at
from tests.metering.vee_at_hand import DEFAULTS, ZONE
from tests.metering.vee_days import FACTS, Row, edit, judged, usage, whole_day

NOW = datetime(2025, 11, 4, 12, tzinfo=UTC)
NO_ROWS = frame_of(tables.VALIDATED_USAGE, [])
NO_LOG = frame_of(tables.USAGE_CHANGE, [])


def day(
    rows: list[Row], *, facts: DayFacts = FACTS, policy: GapPolicy = "hold"
) -> JudgedChannel:
    (channel,) = judged(rows, facts=facts)
    return resolve_channel(channel, policy, Surroundings(zone=ZONE), DEFAULTS)


def stored(channel: JudgedChannel) -> pl.DataFrame:
    return frame_of(tables.VALIDATED_USAGE, channel.rows())


def changes(
    channel: JudgedChannel, stood: pl.DataFrame = NO_ROWS, log: pl.DataFrame = NO_LOG
) -> list[dict[str, Any]]:
    return next_changes(stored(channel), stood, log, reasons_of(channel), NOW)


def logged(*found: list[dict[str, Any]]) -> pl.DataFrame:
    return frame_of(tables.USAGE_CHANGE, [row for rows in found for row in rows])


def told(found: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [
        (row["change"], row["state_before"], row["state_after"], row["rule"])
        for row in found
    ]


def energies(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    def shown(kwh: Decimal | None) -> str:
        return "none" if kwh is None else plain(kwh)

    return [
        (shown(row["energy_before_kwh"]), shown(row["energy_after_kwh"]))
        for row in found
    ]


def test_a_plain_day_with_a_gap_is_no_change() -> None:
    assert changes(day(whole_day(without=[7]))) == []


def test_what_comes_for_a_gap_is_no_change() -> None:
    stood = stored(day(whole_day(without=[7])))

    assert changes(day(whole_day()), stood) == []


def test_a_doubted_value_is_a_change_that_names_the_rule() -> None:
    found = changes(day([*whole_day(without=[3]), usage(3, quality="SUSPECT")]))

    assert told(found) == [(1, "RAW", "SUSPECT", "usage.suspect_quality")]
    assert energies(found) == [("1", "1")]
    assert (found[0]["changed_by"], found[0]["changed_at"]) == ("vee", NOW)
    assert found[0]["interval_start_utc"] == at(3)


def test_estimates_tell_what_was_before_and_what_they_rest_on() -> None:
    rows = [*whole_day(without=[3, 7]), usage(3, "9")]

    found = changes(day(rows, policy="estimate"))

    assert told(found) == [
        (1, "RAW", "ESTIMATED", "usage.spike,estimate.interpolated"),
        (1, "MISSING", "ESTIMATED", "usage.missing,estimate.interpolated"),
    ]
    assert energies(found) == [("9", "1"), ("none", "1")]
    assert found[0]["reason"].startswith("interpolated from 2025-11-03T07:00:00Z ")


def test_a_rerun_tells_nothing_again() -> None:
    channel = day([*whole_day(without=[7]), usage(3, "9")], policy="zero")
    first = changes(channel)

    assert changes(channel, stored(channel), logged(first)) == []


def test_a_run_that_died_after_the_log_tells_nothing_twice() -> None:
    before = stored(day(whole_day()))
    channel = day([*whole_day(without=[3]), usage(3, "1.5", version=2)])
    first = changes(channel, before)

    assert told(first) == [(1, "VALID", "VALID", "")]
    assert energies(first) == [("1", "1.5")]
    assert changes(channel, before, logged(first)) == []


def test_each_later_change_has_the_next_number() -> None:
    doubted = day([*whole_day(without=[3]), usage(3, "9")])
    first = changes(doubted)
    facts = replace(FACTS, edits=[edit("edit", 3, 4, "1.2")])
    edited = day([*whole_day(without=[3]), usage(3, "9")], facts=facts)
    second = changes(edited, stored(doubted), logged(first))
    mended = day([*whole_day(without=[3]), usage(3, "1.1", version=2)])

    third = changes(mended, stored(edited), logged(first, second))

    assert told(second) == [(2, "SUSPECT", "ADJUSTED", "edit")]
    assert (second[0]["changed_by"], second[0]["reason"]) == (
        "anna",
        "display read on site",
    )
    assert told(third) == [(3, "ADJUSTED", "VALID", "")]
    assert energies(third) == [("1.2", "1.1")]


@pytest.mark.parametrize(
    ("action", "state", "after"),
    [("accept", "ADJUSTED", "9"), ("reject", "MISSING", "none")],
)
def test_a_persons_word_is_told_with_name_and_reason(
    action: Any,  # noqa: ANN401
    state: str,
    after: str,
) -> None:
    facts = replace(FACTS, edits=[edit(action, 3, 4)])

    found = changes(day([*whole_day(without=[3]), usage(3, "9")], facts=facts))

    assert [(r["state_before"], r["state_after"]) for r in found] == [("RAW", state)]
    assert energies(found) == [("9", after)]
    assert found[0]["rule"].split(",")[-1] == action
    assert found[0]["changed_by"] == "anna"


def test_a_value_that_is_taken_out_by_a_rule_is_told() -> None:
    received = at(23)

    found = changes(day(whole_day(received_at=received)))

    assert told(found) == [(1, "RAW", "MISSING", "usage.in_the_future")]
    assert energies(found) == [("1", "none")]


def test_an_interval_that_is_not_told_any_more_is_told() -> None:
    stood = stored(day(whole_day()))

    found = changes(day(whole_day(without=[23])), stood)
    gone = next_changes(NO_ROWS, stood, NO_LOG, {}, NOW)

    assert told(found) == [(1, "VALID", "MISSING", "usage.missing")]
    assert told(gone) == [(1, "VALID", "MISSING", "usage.missing")] * 24
    assert next_changes(NO_ROWS, stood, logged(gone), {}, NOW) == []


def test_an_interval_that_does_not_stand_as_the_log_tells_is_found() -> None:
    channel = day([*whole_day(without=[3]), usage(3, "9")])
    log = logged(changes(channel))
    valid = stored(day(whole_day()))

    assert find_untold(stored(channel), log) == []
    (finding,) = find_untold(valid, log)
    assert (finding.code, finding.facts["told"]) == ("usage.change_untold", "SUSPECT")
    assert len(find_untold(NO_ROWS, log)) == 1


def test_a_value_the_log_tells_is_gone_need_not_stand() -> None:
    stood = stored(day(whole_day()))
    gone = logged(next_changes(NO_ROWS, stood, NO_LOG, {}, NOW))

    assert find_untold(NO_ROWS, gone) == []
    assert len(find_untold(stood, gone)) == 24
