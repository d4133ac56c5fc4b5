"""What a VEN is told of a plan, and what comes of it."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ter_pipelines.dispatch.answers import (
    answers,
    find_unaccepted,
    newest_events,
    standing_of,
)
from ter_pipelines.dispatch.battery import Battery
from ter_pipelines.dispatch.events import (
    dispatch_event,
    dispatch_event_id,
    ends_at,
    withdrawn,
    withdrawn_unread,
)
from ter_pipelines.dispatch.plan import make_plan
from ter_pipelines.dispatch.rows import find_beyond_limits, plan_rows
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import HOUR, Span, day_span
from tests.dispatch.at_hand import (
    BATTERY,
    DAY_BEFORE,
    NOV_3,
    ZONE,
    day_of,
    kept,
    prices,
    setpoint,
)
from vtn_service.contract import Event, EventStatus
from vtn_service.openadr.events import check_event
from vtn_service.store.events import pack_event

SPAN = day_span(NOV_3, ZONE)
TOLD = EventStatus(
    event_id="e-1",
    ven_id="ven-1",
    modification_number=1,
    start_utc="2025-11-03T05:00:00Z",
    end_utc="2025-11-04T05:00:00Z",
    delivered_at="2025-11-02T18:00:10Z",
)
IN = replace(
    TOLD, opt="optIn", opt_at="2025-11-02T18:00:20Z", opt_modification_number=1
)


def rows() -> list[dict[str, Any]]:
    order = kept("schedule", setpoint(1, "5"), setpoint(3, "-4.05"))
    plan = make_plan(order, BATTERY, day_of(prices("0.1", "0.2", "0.3", "0.4")))
    assert plan is not None
    return list(plan_rows(plan, "USD"))


def test_a_plan_is_told_as_power_and_as_energy_to_hold() -> None:
    event = dispatch_event(rows(), "http://example.com/ter")

    power, energy = event["signals"]
    assert (event["resource_ids"], event["priority"]) == (["battery-1"], 1)
    assert (power["signal_name"], power["signal_type"]) == ("LOAD_DISPATCH", "setpoint")
    assert (power["item_name"], power["item_units"], power["scale"]) == (
        "powerReal",
        "W",
        "k",
    )
    assert [i["value"] for i in power["intervals"]] == ["5", "0", "-4.05"]
    assert energy["signal_name"] == "CHARGE_STATE"
    assert (energy["item_name"], energy["item_units"], energy["scale"]) == (
        "energyReal",
        "Wh",
        "k",
    )
    assert [i["value"] for i in energy["intervals"]] == ["5.5", "5.5", "1"]
    assert [i["start_utc"] for i in energy["intervals"]] == [
        "2025-11-03T06:00:00Z",
        "2025-11-03T07:00:00Z",
        "2025-11-03T08:00:00Z",
    ]


def test_the_profile_knows_what_is_told() -> None:
    event = dispatch_event(rows(), "http://example.com/ter")

    span = check_event(pack_event(Event.from_json(event)))

    assert span == ("2025-11-03T06:00:00Z", "2025-11-03T09:00:00Z")


def test_what_is_withdrawn_is_the_same_but_for_that() -> None:
    event = dispatch_event(rows(), "http://example.com/ter")

    assert withdrawn(json.dumps(event)) == {**event, "is_cancelled": True}


@pytest.mark.parametrize("device_id", ["battery-1", ""])
def test_the_profile_knows_a_withdrawal_of_what_nobody_kept(device_id: str) -> None:
    event = withdrawn_unread(
        device_id, SPAN.start_utc, SPAN.end_utc, "http://example.com/ter"
    )

    span = check_event(pack_event(Event.from_json(event)))

    assert span == (TOLD.start_utc, TOLD.end_utc)
    assert event["is_cancelled"] is True
    assert event["resource_ids"] == ([device_id] if device_id else [])


def test_an_event_is_over_when_its_last_interval_is() -> None:
    event = dispatch_event(rows(), "http://example.com/ter")

    assert ends_at(json.dumps(event)) == datetime(2025, 11, 3, 9, tzinfo=UTC)


def test_every_battery_and_day_has_an_event_of_its_own() -> None:
    ids = {
        dispatch_event_id("ter", device, day)
        for device in [("a", "b"), ("a", "c"), ("ab", ""), ("a-b", "c"), ("a", "b-c")]
        for day in [date(2025, 11, 2), NOV_3]
    }

    assert len(ids) == 10


def test_rows_of_a_plan_fit_its_table() -> None:
    frame = frame_of(tables.DISPATCH_PLAN, rows())

    assert frame.height == 3
    assert frame["cost"].sum() == 5 * Decimal("0.2") - Decimal("4.05") * Decimal("0.4")
    assert frame["currency"].to_list() == ["USD"] * 3


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"power_kw": Decimal("5.001")}, "power 5.001 kW"),
        ({"power_kw": Decimal("-5.001")}, "power -5.001 kW"),
        ({"stored_at_end_kwh": Decimal("10.000001")}, "charge 10.000001 kWh"),
        ({"stored_at_end_kwh": Decimal("0.9")}, "charge 0.9 kWh"),
        ({"duration_seconds": 3599}, "a gap or an overlap"),
        ({"duration_seconds": 3601}, "a gap or an overlap"),
    ],
)
def test_a_row_beyond_the_limits_is_found(change: dict[str, Any], why: str) -> None:
    planned = rows()
    spoilt = [{**planned[0], **change}, *planned[1:]]

    (finding,) = find_beyond_limits(spoilt, {BATTERY.device: BATTERY}, SPAN)

    assert finding.facts["why"] == why
    assert find_beyond_limits(planned, {BATTERY.device: BATTERY}, SPAN) == []


@pytest.mark.parametrize("battery", [None, replace(BATTERY, allows_control=False)])
def test_a_plan_without_consent_is_found(battery: Battery | None) -> None:
    enrolled = {BATTERY.device: battery} if battery else {}

    (finding,) = find_beyond_limits(rows(), enrolled, SPAN)

    assert finding.code == "dispatch.beyond_limits"
    assert "does not allow control" in str(finding)


def test_a_plan_that_leaves_its_day_is_found() -> None:
    shorter = Span(SPAN.start_utc + 2 * HOUR, SPAN.end_utc)

    (finding,) = find_beyond_limits(rows(), {BATTERY.device: BATTERY}, shorter)

    assert finding.facts["why"] == "it leaves its day"


@pytest.mark.parametrize(
    ("status", "standing", "code"),
    [
        (replace(TOLD, delivered_at=""), "NOT TOLD", "dispatch.not_delivered"),
        (TOLD, "UNANSWERED", "dispatch.unanswered"),
        (replace(IN, opt_modification_number=0), "UNANSWERED", "dispatch.unanswered"),
        (IN, "ACCEPTED", ""),
        (replace(IN, opt="optOut"), "OPTED OUT", "dispatch.opted_out"),
        (replace(IN, is_cancelled=True), "CANCELLED", ""),
        (
            replace(TOLD, is_cancelled=True, delivered_at=""),
            "CANCELLED, NOT TOLD",
            "dispatch.cancel_not_delivered",
        ),
    ],
)
def test_only_an_opt_in_to_this_very_revision_accepts_a_plan(
    status: EventStatus, standing: str, code: str
) -> None:
    events = {"e-1": {"device_id": "battery-1"}}

    (row,) = answers(events, [status], seen_at=DAY_BEFORE)

    assert standing_of(status) == standing
    assert row["is_accepted"] is (standing == "ACCEPTED")
    assert [f.code for f in find_unaccepted([row], NOV_3)] == ([code] if code else [])


def test_only_events_that_were_handed_over_are_looked_at() -> None:
    assert answers({}, [IN], seen_at=DAY_BEFORE) == []


def test_the_newest_revision_of_an_event_counts() -> None:
    told = [
        {"event_id": "e-1", "modification_number": 10, "is_cancelled": True},
        {"event_id": "e-1", "modification_number": 9, "is_cancelled": False},
    ]

    assert newest_events(told)["e-1"]["is_cancelled"] is True
