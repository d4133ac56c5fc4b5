"""Validation at work: gaps held and filled, edits, and a log that tells each change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import dagster as dg
import polars as pl
import pytest

from ter_pipelines import freshness
from ter_pipelines.metering.vee.edits import Action, Edit
from ter_pipelines.registry.vee_edits import VEE_EDIT, land_edit, newest_edit_ids
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, Span, day_span, interval_starts_utc
from tests.assets.conftest import Installation, failed_checks

NOV_3, NOV_4, NOV_5 = date(2025, 11, 3), date(2025, 11, 4), date(2025, 11, 5)
RECEIVED = datetime(2025, 12, 2, tzinfo=UTC)
JUDGING = (tables.VALIDATED_USAGE, tables.USAGE_CHANGE)
METERS = """
    {"meters": [
      {"meter_id": "M1", "ven_id": "green-button", "device_id": "house-1",
       "valid_from": "2025-10-01"},
      {"meter_id": "M2", "ven_id": "ven-1", "device_id": "device-1"}
    ]}
"""
HOUSE_ONLY = """
    {"meters": [{"meter_id": "M1", "ven_id": "green-button", "device_id": "house-1",
                 "valid_from": "2025-10-01"}]}
"""


def set_policy(installation: Installation, policy: Any) -> None:  # noqa: ANN401
    vee = replace(installation.programme.vee, gap_policy=policy)
    installation.programme = replace(installation.programme, vee=vee)


def put(
    installation: Installation, day: date, kwh: Sequence[str | None], **changes: object
) -> None:
    """Put a day of the house's hourly usage into the lake; None for an hour without."""
    starts = interval_starts_utc(day, installation.programme.zone)
    rows = [
        {
            "meter_id": "M1",
            "ven_id": "green-button",
            "device_id": "house-1",
            "direction": "delivered",
            "interval_start_utc": start,
            "duration_seconds": 3600,
            "energy_kwh": Decimal(value),
            "quality": "RAW",
            "marks": "",
            "version": 1,
            "source": "green-button",
            "source_reference": "entry 1",
            "received_at": RECEIVED,
            **changes,
        }
        for start, value in zip(starts, kwh, strict=True)
        if value is not None
    ]
    frame = frame_of(tables.INTERVAL_USAGE, rows)
    installation.lake.replace(tables.INTERVAL_USAGE, day, frame)


def judge(
    installation: Installation, first: date, last: date
) -> dg.ExecuteInProcessResult:
    if installation.lake.stored(tables.METER_MAPPING) is None:
        installation.post_meters(HOUSE_ONLY)
        installation.run("map_meters", "", "")
    return installation.run("settle_usage", first, last, only=JUDGING)


def usage_of(installation: Installation, day: date) -> list[dict[str, Any]]:
    frame = installation.lake.read(tables.VALIDATED_USAGE, [day])
    return frame.sort("interval_start_utc").rows(named=True)


def states(installation: Installation, day: date) -> list[str]:
    return [row["state"] for row in usage_of(installation, day)]


def log_of(installation: Installation, day: date) -> list[dict[str, Any]]:
    frame = installation.lake.read(tables.USAGE_CHANGE, [day])
    return frame.sort("interval_start_utc", "change").rows(named=True)


def decide(
    installation: Installation,
    action: Action,
    span: Span,
    kwh: str | None = None,
    **changes: str,
) -> None:
    device = {"ven_id": "green-button", "device_id": "house-1"}
    edit = Edit(
        action=action,
        span=span,
        energy_kwh=None if kwh is None else Decimal(kwh),
        reason="display read on site",
        made_by="anna",
        made_at=RECEIVED + DAY,
        **({} if action == "rerun" else device) | changes,  # type: ignore[arg-type]
    )
    land_edit(installation.registry, edit, source="test")


def hours(day: date, first: int, last: int) -> Span:
    begin = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    return Span(begin + timedelta(hours=first), begin + timedelta(hours=last))


def stale(installation: Installation, now: datetime) -> list[date]:
    edits = installation.registry.submissions(VEE_EDIT)
    ids = newest_edit_ids(edits, installation.programme.zone)
    return freshness.find_stale_usage(
        installation.lake, installation.programme, now, ids
    )


def test_a_gap_is_held_where_the_programme_holds_it_and_nothing_is_logged(
    installation: Installation,
) -> None:
    put(installation, NOV_3, ["1"] * 7 + [None] * 2 + ["1"] * 15)

    result = judge(installation, NOV_3, NOV_3)

    assert result.success
    assert failed_checks(result) == ["usage_is_complete", "usage_is_plausible"]
    assert states(installation, NOV_3).count("MISSING") == 2
    assert log_of(installation, NOV_3) == []
    stored = installation.lake.stored(tables.VALIDATED_USAGE, NOV_3)
    assert stored is not None
    assert stored.inputs["gap_policy"] == "hold"


def test_a_whole_day_has_no_gaps_whatever_the_policy(
    installation: Installation,
) -> None:
    set_policy(installation, "estimate")
    put(installation, NOV_3, ["1"] * 24)

    result = judge(installation, NOV_3, NOV_3)

    assert failed_checks(result) == []
    stored = installation.lake.stored(tables.VALIDATED_USAGE, NOV_3)
    assert stored is not None
    assert stored.inputs["gap_policy"] == ""


def test_gaps_are_estimated_after_the_closing_day_from_days_of_the_same_run(
    installation: Installation,
) -> None:
    set_policy(installation, "estimate")
    put(installation, NOV_3, ["1"] * 23 + [None])
    put(installation, NOV_4, ["2"] * 5 + [None] * 5 + ["2"] * 14)
    put(installation, NOV_5, ["3"] * 24)

    result = judge(installation, NOV_3, NOV_5)

    assert failed_checks(result) == ["usage_is_plausible"]
    last = usage_of(installation, NOV_3)[-1]
    assert (last["energy_kwh"], last["method"]) == (Decimal("1.5"), "interpolated")
    day = usage_of(installation, NOV_4)
    assert [row["method"] for row in day[5:10]] == ["like_days"] * 5
    assert {row["energy_kwh"] for row in day[5:10]} == {Decimal(3)}
    assert [row["state_before"] for row in log_of(installation, NOV_4)] == [
        "MISSING"
    ] * 5


def test_a_rerun_says_the_same_and_logs_nothing(installation: Installation) -> None:
    set_policy(installation, "estimate")
    for day, kwh in ((NOV_3, "1"), (NOV_5, "2")):
        put(installation, day, [kwh] * 24)
    put(installation, NOV_4, [None] * 24)
    judge(installation, NOV_3, NOV_5)
    first = [
        installation.lake.stored(tables.VALIDATED_USAGE, day)
        for day in (NOV_3, NOV_4, NOV_5)
    ]
    log = log_of(installation, NOV_4)

    judge(installation, NOV_4, NOV_4)
    judge(installation, NOV_3, NOV_5)

    assert first == [
        installation.lake.stored(tables.VALIDATED_USAGE, day)
        for day in (NOV_3, NOV_4, NOV_5)
    ]
    assert {row["energy_kwh"] for row in usage_of(installation, NOV_4)} == {
        Decimal("1.5")
    }
    assert len(log) == 24
    assert log_of(installation, NOV_4) == log


def test_a_silent_day_keeps_the_channel_that_was_heard_before(
    installation: Installation,
) -> None:
    put(installation, NOV_3, ["1"] * 24)
    put(installation, NOV_4, [None] * 24)

    judge(installation, NOV_3, NOV_4)

    assert {row["direction"] for row in usage_of(installation, NOV_4)} == {"delivered"}
    assert states(installation, NOV_4) == ["MISSING"] * 24


@pytest.mark.parametrize(("day", "hours_of_it"), [(date(2025, 11, 2), 25), (NOV_3, 24)])
def test_a_silent_day_is_as_long_as_the_clock_makes_it(
    installation: Installation, day: date, hours_of_it: int
) -> None:
    set_policy(installation, "zero")
    put(installation, day, [None] * hours_of_it)

    judge(installation, day, day)

    assert states(installation, day) == ["ESTIMATED"] * hours_of_it


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


def test_gaps_before_an_undated_device_was_heard_are_not_filled(
    installation: Installation,
) -> None:
    set_policy(installation, "zero")
    installation.post_meters(
        HOUSE_ONLY.replace(',\n                 "valid_from": "2025-10-01"', "")
    )
    installation.run("map_meters", "", "")
    put(installation, NOV_3, [None] * 24)
    put(installation, NOV_4, [None] * 6 + ["1"] * 10 + [None] * 8)

    judge(installation, NOV_3, NOV_4)

    assert set(states(installation, NOV_3)) == {"MISSING"}
    assert states(installation, NOV_4) == [
        *["MISSING"] * 6, *["VALID"] * 10, *["ESTIMATED"] * 8,
    ]  # fmt: skip


def test_a_dial_that_is_read_on_the_next_day_holds_the_day_against_it(
    installation: Installation,
) -> None:
    put(installation, NOV_3, ["1"] * 24)
    span = day_span(NOV_3, installation.programme.zone)
    for day, read_at, kwh in (
        (NOV_3, span.start_utc, "100"),
        (NOV_4, span.end_utc, "125"),
    ):
        row = {
            "meter_id": "M1",
            "ven_id": "green-button",
            "device_id": "house-1",
            "direction": "delivered",
            "read_at": read_at,
            "reading_kwh": Decimal(kwh),
            "step_kwh": Decimal("0.01"),
            "event": "",
            "source": "cmep",
            "source_reference": "line 1",
            "received_at": RECEIVED,
        }
        frame = frame_of(tables.REGISTER_READING, [row])
        installation.lake.replace(tables.REGISTER_READING, day, frame)

    judge(installation, NOV_3, NOV_3)

    assert {r["rules_failed"] for r in usage_of(installation, NOV_3)} == {
        "usage.sum_check"
    }


def test_the_ui_sees_a_picture_of_the_day_and_one_of_the_days(
    installation: Installation,
) -> None:
    put(installation, NOV_3, ["1"] * 23 + [None])

    result = judge(installation, NOV_3, NOV_3)

    found = {
        name: value
        for event in result.get_asset_materialization_events()
        for name, value in event.materialization.metadata.items()
    }
    for name in ("hours", "days"):
        assert "data:image/svg+xml;base64," in str(found[name].value)
    assert found["usage.missing findings"].value == 1


def test_estimates_are_billed_and_flagged_in_the_cmep_file(
    installation: Installation,
) -> None:
    set_policy(installation, "zero")
    installation.programme = replace(
        installation.programme, first_operating_day=date(2025, 11, 30)
    )
    last = date(2025, 11, 30)
    installation.post_prices(last, ["0.10"] * 24)
    installation.post_meters(METERS.replace("M2", "M3"))
    installation.report(last, ["1.000"] * 23 + [None])
    for job in ("publish_prices", "map_meters", "settle_usage"):
        installation.run(job, last, last)
    put(installation, last, ["2"] * 22 + [None, "2"], quality="ADJUSTED")

    installation.run("settle_usage", last, last, only=[*JUDGING, tables.SETTLED_HOUR])
    installation.run("close_month", "2025-11-01", "2025-11-01")

    lines = installation.lake.read(tables.STATEMENT, ["2025-11"])
    totals = lines.filter(pl.col("line_code") == "total")
    assert sorted(totals["amount"]) == [Decimal("2.30"), Decimal("4.60")]
    path = installation.lake.read(tables.CMEP_FILE, ["2025-11"])["path"][-1]
    body = (installation.lake.root / path).read_bytes().decode()
    flags = {
        line.split(",")[5]: line.rstrip(",").split(",")[15::3]
        for line in body.split("\r\n")
        if ",OK,E,KWH," in line and ",20251130" in line
    }
    assert flags["M3"] == [*[""] * 23, "E"]
    assert flags["M1"] == [*["A"] * 22, "E", "A"]


def test_yesterdays_gaps_are_held_whatever_the_policy(
    installation: Installation,
) -> None:
    set_policy(installation, "zero")
    today = datetime.now(installation.programme.zone).date()
    yesterday = today - DAY
    count = len(interval_starts_utc(yesterday, installation.programme.zone))
    put(installation, yesterday, ["1"] * (count - 1) + [None])

    judge(installation, yesterday, yesterday)

    assert states(installation, yesterday)[-1] == "MISSING"
