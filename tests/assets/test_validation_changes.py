"""Edits at work, and a log that tells each change of usage once."""

from decimal import Decimal

from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from tests.assets.conftest import Installation
from tests.assets.validating import (
    NOV_3,
    NOV_4,
    NOV_5,
    decide,
    hours,
    judge,
    log_of,
    put,
    set_policy,
    states,
    usage_of,
)


def test_an_edit_an_acceptance_and_a_rejection_are_versions_with_who_and_why(
    installation: Installation,
) -> None:
    day = ["1"] * 24
    day[3] = "9"
    put(installation, NOV_3, day)
    judge(installation, NOV_3, NOV_3)
    decide(installation, "accept", hours(NOV_3, 3, 4))
    decide(installation, "edit", hours(NOV_3, 7, 9), "1")
    decide(installation, "reject", hours(NOV_3, 10, 11))

    judge(installation, NOV_3, NOV_3)

    rows = usage_of(installation, NOV_3)
    assert [(r["state"], r["energy_kwh"], r["method"]) for r in rows[3:11]] == [
        ("ADJUSTED", 9, "accept by anna"),
        ("VALID", 1, ""),
        ("VALID", 1, ""),
        ("VALID", 1, ""),
        ("ADJUSTED", Decimal("0.5"), "edit by anna"),
        ("ADJUSTED", Decimal("0.5"), "edit by anna"),
        ("VALID", 1, ""),
        ("MISSING", None, "reject by anna"),
    ]
    told = [
        (r["change"], r["state_before"], r["state_after"], r["changed_by"])
        for r in log_of(installation, NOV_3)
    ]
    assert told == [
        (1, "RAW", "SUSPECT", "vee"),
        (2, "SUSPECT", "ADJUSTED", "anna"),
        (1, "VALID", "ADJUSTED", "anna"),
        (1, "VALID", "ADJUSTED", "anna"),
        (1, "VALID", "MISSING", "anna"),
    ]
    assert {r["reason"] for r in log_of(installation, NOV_3)[1:]} == {
        "display read on site"
    }


def test_an_edit_makes_its_days_stale_until_they_are_judged_with_it(
    installation: Installation,
) -> None:
    for day in (NOV_3, NOV_4, NOV_5):
        put(installation, day, ["1"] * 24)
        installation.lake.replace(
            tables.VEN_REPORT, day, frame_of(tables.VEN_REPORT, [])
        )
    decide(installation, "edit", hours(NOV_3, 23, 26), "1")

    judge(installation, NOV_3, NOV_4)

    inputs = {
        day: installation.lake.stored(tables.VALIDATED_USAGE, day)
        for day in (NOV_3, NOV_4)
    }
    assert [stored.inputs["edit"] for stored in inputs.values() if stored] == ["1", "1"]
    assert [r["energy_kwh"] for r in usage_of(installation, NOV_4)[:3]] == [
        Decimal("0.333333"), Decimal("0.333334"), 1,
    ]  # fmt: skip


def test_what_arrives_after_an_estimate_takes_its_place_and_is_logged(
    installation: Installation,
) -> None:
    set_policy(installation, "zero")
    put(installation, NOV_3, ["1"] * 23 + [None])
    judge(installation, NOV_3, NOV_3)
    put(installation, NOV_3, ["1"] * 24)

    judge(installation, NOV_3, NOV_3)

    assert set(states(installation, NOV_3)) == {"VALID"}
    assert [
        (r["change"], r["state_before"], r["state_after"])
        for r in log_of(installation, NOV_3)
    ] == [(1, "MISSING", "ESTIMATED"), (2, "ESTIMATED", "VALID")]


def test_a_run_that_died_after_the_log_tells_nothing_twice(
    installation: Installation,
) -> None:
    put(installation, NOV_3, ["1"] * 24)
    judge(installation, NOV_3, NOV_3)
    before = installation.lake.read(tables.VALIDATED_USAGE, [NOV_3])
    put(installation, NOV_3, ["1.5"] + ["1"] * 23, version=2)
    judge(installation, NOV_3, NOV_3)
    log = log_of(installation, NOV_3)
    installation.lake.replace(
        tables.VALIDATED_USAGE, NOV_3, before.drop("operating_day")
    )

    judge(installation, NOV_3, NOV_3)

    assert len(log) == 1
    assert log_of(installation, NOV_3) == log
    assert usage_of(installation, NOV_3)[0]["energy_kwh"] == Decimal("1.5")
