"""Validation at work: gaps held and filled, billed, seen and flagged."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from ter_pipelines.formats.cmep import read_cmep
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, day_span, interval_starts_utc
from tests.assets.conftest import Installation, failed_checks
from tests.assets.validating import (
    HOUSE_ONLY,
    JUDGING,
    METERS,
    NOV_3,
    NOV_4,
    NOV_5,
    RECEIVED,
    judge,
    log_of,
    put,
    set_policy,
    states,
    usage_of,
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
    sent = read_cmep((installation.lake.root / path).read_bytes(), is_strict=True)
    flags = {
        line.record.meter_id: [reading.flag for reading in line.record.readings]
        for line in sent
        if line.record.units == "KWH" and line.record.readings[0].end_utc.date() == last
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
