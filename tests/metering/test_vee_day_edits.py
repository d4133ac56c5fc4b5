"""What a person decided holds in the day it is about, and only there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.metering.reported import RECEIVED
from tests.metering.vee_days import (
    FACTS,
    Row,
    edit,
    states,
    usage,
    validated,
    whole_day,
)


def test_an_edit_puts_its_energy_in_place_by_time() -> None:
    facts = replace(FACTS, edits=[edit("edit", 7, 10, "1")])

    rows = validated(whole_day("5", without=[8]), facts=facts)

    edited = rows[7:10]
    assert [str(r["energy_kwh"]) for r in edited] == [
        "0.333333",
        "0.333333",
        "0.333334",
    ]
    assert {(r["state"], r["method"]) for r in edited} == {("ADJUSTED", "edit by anna")}
    assert [r["version"] for r in edited] == [1, 0, 1]
    assert set(states([*rows[:7], *rows[10:]])) == {"VALID"}


def test_an_edit_does_not_speak_of_an_interval_that_lies_partly_in_it() -> None:
    facts = replace(FACTS, edits=[edit("edit", 7.5, 9, "1")])

    rows = validated(whole_day(), facts=facts)

    assert [i for i, s in enumerate(states(rows)) if s == "ADJUSTED"] == [8]
    assert str(rows[8]["energy_kwh"]) == "0.666667"


def test_a_doubted_value_that_a_person_accepts_stands_as_told() -> None:
    rows = [*whole_day(without=[3]), usage(3, "9")]
    facts = replace(FACTS, edits=[edit("accept", 0, 24)])

    doubted, accepted = validated(rows)[3], validated(rows, facts=facts)

    assert doubted["state"] == "SUSPECT"
    assert states(accepted).count("VALID") == 23
    assert (accepted[3]["state"], accepted[3]["energy_kwh"]) == ("ADJUSTED", 9)
    assert accepted[3]["method"] == "accept by anna"


@pytest.mark.parametrize(
    ("received", "state"), [(timedelta(0), "ADJUSTED"), (timedelta(1), "SUSPECT")]
)
def test_a_newer_value_is_not_the_one_that_was_accepted(
    received: timedelta, state: str
) -> None:
    rows = [*whole_day(without=[3]), usage(3, "9", received_at=RECEIVED + received)]
    facts = replace(FACTS, edits=[edit("accept", 3, 4)])

    assert validated(rows, facts=facts)[3]["state"] == state


@pytest.mark.parametrize(
    ("received", "state"), [(timedelta(0), "MISSING"), (timedelta(1), "VALID")]
)
def test_a_rejected_value_is_missing_and_a_newer_one_is_not(
    received: timedelta, state: str
) -> None:
    rows = [*whole_day(without=[3]), usage(3, received_at=RECEIVED + received)]
    facts = replace(FACTS, edits=[edit("reject", 3, 4)])

    row = validated(rows, facts=facts)[3]

    assert row["state"] == state
    assert row["method"] == ("reject by anna" if state == "MISSING" else "")


def test_the_newest_word_holds_and_accepting_takes_back_an_edit() -> None:
    first, then = edit("edit", 3, 4, "7"), edit("edit", 0, 6, "12")

    facts = replace(FACTS, edits=[first, then])
    taken_back = replace(FACTS, edits=[first, then, edit("accept", 3, 4)])

    assert [r["energy_kwh"] for r in validated(whole_day(), facts=facts)[:7]] == [
        2, 2, 2, 2, 2, 2, 1,
    ]  # fmt: skip
    row = validated(whole_day(), facts=taken_back)[3]
    assert (row["energy_kwh"], row["state"]) == (1, "VALID")


@pytest.mark.parametrize(
    "elsewhere",
    [{"device_id": "0013"}, {"ven_id": "ven-2"}, {"direction": "received"}],
)
def test_an_edit_of_another_channel_is_none_of_this_ones(elsewhere: Row) -> None:
    facts = replace(FACTS, edits=[edit("edit", 3, 4, "7", **elsewhere)])

    assert set(states(validated(whole_day(), facts=facts))) == {"VALID"}
