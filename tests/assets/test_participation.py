"""What VENs made of a day's prices: a row when that changed, and who is silent."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from ter_pipelines.definitions import all_assets
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span, interval_starts_utc, operating_day_of
from tests.assets.conftest import Installation, failed_checks
from vtn_service.contract import VenStatus

ENROLLED = VenStatus(
    "ven-1",
    "",
    is_enabled=True,
    registered_at="2025-10-01T00:00:00Z",
    last_poll_at="2025-11-02T12:00:00Z",
)
ANSWERED = {
    "delivered_at": "2025-11-02T12:00:00Z",
    "opt": "optIn",
    "opt_at": "2025-11-02T12:00:10Z",
    "opt_modification_number": 0,
}


@pytest.fixture
def tomorrow(installation: Installation) -> date:
    """Publish tomorrow's prices to one VEN; give the day."""
    today = operating_day_of(datetime.now(UTC), installation.programme.zone)
    day = today + timedelta(days=1)
    installation.vtn.roster.append(ENROLLED)
    publish(installation, day, "0.10")
    return day


def publish(installation: Installation, day: date, price: str) -> None:
    hours = len(interval_starts_utc(day, installation.programme.zone))
    installation.post_prices(day, [price] * hours)
    installation.run("publish_prices", day, day)


def look(installation: Installation, day: date) -> dg.ExecuteInProcessResult:
    return installation.run("look_at_vens", day, day)


def rows_of(installation: Installation, day: date) -> list[dict[str, Any]]:
    return installation.lake.read(tables.VEN_PARTICIPATION, [day]).rows(named=True)


def findings(result: dg.ExecuteInProcessResult, check: str) -> str:
    (found,) = (
        e for e in result.get_asset_check_evaluations() if e.check_name == check
    )
    return str(found.metadata["what"].value)


def test_a_ven_that_was_told_and_answered_has_a_row_that_says_so(
    installation: Installation, tomorrow: date
) -> None:
    installation.vtn.progress["ven-1"] = ANSWERED

    result = look(installation, tomorrow)

    (row,) = rows_of(installation, tomorrow)
    event = installation.lake.read(tables.PRICE_EVENT, [tomorrow]).row(0, named=True)
    assert row["event_id"] == event["event_id"]
    assert row["modification_number"] == 0
    assert row["delivered_at"] == datetime(2025, 11, 2, 12, tzinfo=UTC)
    assert (row["opt"], row["is_answered"]) == ("optIn", True)
    assert row["silent_since"] is None
    assert result.success
    assert failed_checks(result) == []


def test_a_look_that_finds_nothing_new_adds_no_version(
    installation: Installation, tomorrow: date
) -> None:
    roster = installation.vtn.roster
    look(installation, tomorrow)
    roster[0] = replace(roster[0], last_poll_at="2025-11-02T13:00:00Z")

    look(installation, tomorrow)

    assert installation.lake.versions(tables.VEN_PARTICIPATION, tomorrow) == 1


def test_a_change_adds_a_row_of_that_ven_and_a_change_back_another(
    installation: Installation, tomorrow: date
) -> None:
    installation.vtn.roster.append(replace(ENROLLED, ven_id="ven-2"))
    look(installation, tomorrow)

    for progress in (ANSWERED, {}, {}):
        installation.vtn.progress["ven-1"] = progress
        look(installation, tomorrow)

    assert installation.lake.versions(tables.VEN_PARTICIPATION, tomorrow) == 3
    seen = [(r["ven_id"], r["opt"]) for r in rows_of(installation, tomorrow)]
    assert seen == [
        ("ven-1", None),
        ("ven-2", None),
        ("ven-1", "optIn"),
        ("ven-1", None),
    ]


def test_an_answer_to_an_older_revision_answers_nothing(
    installation: Installation, tomorrow: date
) -> None:
    publish(installation, tomorrow, "0.20")
    installation.vtn.progress["ven-1"] = ANSWERED

    result = look(installation, tomorrow)

    (row,) = rows_of(installation, tomorrow)
    assert (row["modification_number"], row["is_answered"]) == (1, False)
    assert failed_checks(result) == ["every_ven_has_opted_in"]


@pytest.mark.parametrize(
    ("progress", "code"),
    [
        ({}, "event.not_delivered"),
        ({"delivered_at": "2025-11-02T12:00:00Z"}, "event.unanswered"),
        ({**ANSWERED, "opt": "optOut"}, "event.opted_out"),
    ],
)
def test_who_did_not_opt_in_is_named_with_the_case(
    installation: Installation, tomorrow: date, progress: dict[str, Any], code: str
) -> None:
    installation.vtn.progress["ven-1"] = progress

    result = look(installation, tomorrow)

    assert failed_checks(result) == ["every_ven_has_opted_in"]
    assert f"{code} ven-1" in findings(result, "every_ven_has_opted_in")


def test_an_event_that_was_withdrawn_is_none(
    installation: Installation, tomorrow: date
) -> None:
    installation.vtn.progress["ven-1"] = {"is_cancelled": True}

    result = look(installation, tomorrow)

    (row,) = rows_of(installation, tomorrow)
    assert row["event_id"] is None
    assert failed_checks(result) == []


def test_silent_devices_are_named_and_nothing_stops(installation: Installation) -> None:
    today = operating_day_of(datetime.now(UTC), installation.programme.zone)
    silent = replace(ENROLLED, silent_since=ENROLLED.last_poll_at)
    installation.vtn.roster += [
        silent,
        VenStatus("ven-2", "", is_enabled=True),
        VenStatus("ven-3", "", is_enabled=False),
        replace(ENROLLED, ven_id="ven-4"),
    ]

    result = look(installation, today)

    assert failed_checks(result) == ["no_ven_is_silent"]
    assert result.success
    found = findings(result, "no_ven_is_silent")
    assert found.splitlines() == [
        "- ven.silent ven-1: since 2025-11-02T12:00:00Z",
        "- ven.never_heard ven-2",
    ]
    warned = [e.severity for e in result.get_asset_check_evaluations() if not e.passed]
    assert warned == [dg.AssetCheckSeverity.WARN]
    assert [r["ven_id"] for r in rows_of(installation, today)] == [
        "ven-1",
        "ven-2",
        "ven-3",
        "ven-4",
    ]


def test_an_event_the_vtn_lost_is_found(
    installation: Installation, tomorrow: date
) -> None:
    installation.vtn.progress["ven-1"] = ANSWERED
    installation.vtn.book.clear()

    result = look(installation, tomorrow)

    assert not result.success
    assert failed_checks(result) == ["no_event_is_lost"]
    assert "event.lost ven-1" in findings(result, "no_event_is_lost")


def test_a_book_that_has_only_an_older_revision_is_found(
    installation: Installation, tomorrow: date
) -> None:
    publish(installation, tomorrow, "0.20")
    for revisions in installation.vtn.book.values():
        revisions.pop()
    installation.vtn.progress["ven-1"] = ANSWERED

    result = look(installation, tomorrow)

    assert failed_checks(result) == ["no_event_is_lost"]


@pytest.mark.parametrize(
    ("seconds_after_midnight", "has_reported"), [(-1, False), (0, True)]
)
def test_a_report_counts_for_a_day_from_its_first_second(
    installation: Installation, *, seconds_after_midnight: int, has_reported: bool
) -> None:
    today = operating_day_of(datetime.now(UTC), installation.programme.zone)
    begins = day_span(today, installation.programme.zone).start_utc
    heard = begins + timedelta(seconds=seconds_after_midnight)
    installation.vtn.roster.append(
        replace(ENROLLED, last_report_at=f"{heard:%Y-%m-%dT%H:%M:%SZ}")
    )

    look(installation, today)

    (row,) = rows_of(installation, today)
    assert row["has_reported"] is has_reported


def test_participation_is_made_from_price_events_and_feeds_only_the_views() -> None:
    specs = {spec.key: spec for asset in all_assets() for spec in asset.specs}
    key = dg.AssetKey(tables.VEN_PARTICIPATION.asset_key)

    made_from = {dep.asset_key for dep in specs[key].deps}
    feeds = {k for k, s in specs.items() if key in {d.asset_key for d in s.deps}}

    assert made_from == {dg.AssetKey(tables.PRICE_EVENT.asset_key)}
    assert feeds == {dg.AssetKey("warehouse")}
