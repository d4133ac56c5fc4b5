"""Orders for a battery become plans, plans become events, and consent rules it all."""

import json

import pytest

from ter_pipelines.registry.dispatch_orders import DISPATCH
from ter_pipelines.vocab import tables
from tests.assets.conftest import Installation, failed_checks
from tests.assets.dispatching import DEVICE, Dispatching, findings
from vtn_service.contract import VenStatus

ANSWERED = {
    "delivered_at": "2025-11-02T12:00:00Z",
    "opt": "optIn",
    "opt_at": "2025-11-02T12:00:10Z",
    "opt_modification_number": 0,
}


@pytest.fixture
def at_work(installation: Installation) -> Dispatching:
    """Give an installation whose one battery may be controlled."""
    found = Dispatching(installation)
    found.enrol()
    found.put_on_roster()
    return found


def test_a_schedule_becomes_a_plan_and_an_event(at_work: Dispatching) -> None:
    submission_id = at_work.order("schedule", "5", "-4.05")

    result = at_work.dispatch()

    (event,) = at_work.rows(tables.DISPATCH_EVENT)
    (body,) = at_work.told()
    plan = at_work.rows(tables.DISPATCH_PLAN)
    assert result.success
    assert failed_checks(result) == []
    assert at_work.powers() == ["5.000", "-4.050"]
    assert [row["submission_id"] for row in plan] == [submission_id] * 2
    assert [row["price_per_kwh"] for row in plan] == [None, None]
    assert (event["ven_id"], event["device_id"]) == DEVICE
    assert (event["modification_number"], event["is_cancelled"]) == (0, False)
    assert json.loads(event["body"]) == body
    assert body["resource_ids"] == ["battery-1"]


def test_the_cheapest_plan_is_made_once_there_are_prices(at_work: Dispatching) -> None:
    at_work.order("cheapest")
    waiting = at_work.dispatch()

    at_work.publish_prices()
    result = at_work.dispatch()

    powers = at_work.powers()
    assert failed_checks(waiting) == []
    assert failed_checks(result) == []
    assert powers[:2] == ["5.000", "5.000"]
    # Full with 10 kWh, of which 9 give 8.1 kWh, whichever of the dear hours it is.
    assert sum(map(float, powers[2:])) == pytest.approx(-8.1)
    assert {row["ordered"] for row in at_work.rows(tables.DISPATCH_PLAN)} == {
        "cheapest"
    }


def test_a_run_again_tells_nothing_twice(at_work: Dispatching) -> None:
    at_work.order("schedule", "5")

    at_work.dispatch()
    at_work.dispatch()

    assert len(at_work.told()) == 1
    assert len(at_work.rows(tables.DISPATCH_EVENT)) == 1
    assert at_work.installation.lake.versions(tables.DISPATCH_EVENT, at_work.day) == 1


def test_new_prices_make_another_plan_and_a_revision(at_work: Dispatching) -> None:
    at_work.order("cheapest")
    at_work.publish_prices()
    at_work.dispatch()

    at_work.publish_prices(first="0.40", rest="0.10")
    at_work.dispatch()

    events = at_work.rows(tables.DISPATCH_EVENT)
    assert at_work.powers() == ["0.000"] * len(at_work.powers())
    assert [event["modification_number"] for event in events] == [0, 1]
    assert len({event["event_id"] for event in events}) == 1


def test_a_newer_order_takes_the_place_of_the_one_before(at_work: Dispatching) -> None:
    at_work.order("schedule", "5")
    at_work.dispatch()

    at_work.order("schedule", "3")
    at_work.dispatch()

    assert at_work.powers() == ["3.000"]
    assert [e["modification_number"] for e in at_work.rows(tables.DISPATCH_EVENT)] == [
        0,
        1,
    ]


def test_a_cancelled_order_is_withdrawn_and_may_come_again(
    at_work: Dispatching,
) -> None:
    at_work.order("schedule", "5")
    at_work.dispatch()

    at_work.order("cancel")
    result = at_work.dispatch()
    withdrawn = at_work.told()[-1]
    at_work.order("schedule", "5")
    at_work.dispatch()

    events = at_work.rows(tables.DISPATCH_EVENT)
    first, _, third = at_work.told()
    assert failed_checks(result) == []
    assert withdrawn == {**first, "is_cancelled": True}
    assert third == first
    assert [event["is_cancelled"] for event in events] == [False, True, False]


def test_a_battery_that_does_not_allow_control_is_told_nothing(
    at_work: Dispatching,
) -> None:
    at_work.enrol(allows_control=False)
    at_work.order("schedule", "5")

    result = at_work.dispatch()

    assert result.success
    assert failed_checks(result) == ["no_order_is_refused"]
    assert "dispatch.not_allowed ven-1/battery-1" in findings(
        result, "no_order_is_refused"
    )
    assert at_work.powers() == []
    assert at_work.told() == []
    assert len(at_work.installation.registry.submissions(DISPATCH)) == 1


def test_a_battery_that_was_never_enrolled_is_told_nothing(
    installation: Installation,
) -> None:
    at_work = Dispatching(installation)
    at_work.put_on_roster()
    at_work.order("schedule", "5")

    result = at_work.dispatch()

    assert "dispatch.not_enrolled" in findings(result, "no_order_is_refused")
    assert at_work.told() == []


def test_consent_that_is_withdrawn_ends_a_plan(at_work: Dispatching) -> None:
    at_work.order("schedule", "5")
    at_work.dispatch()

    at_work.enrol(allows_control=False)
    result = at_work.dispatch()

    assert failed_checks(result) == ["no_order_is_refused"]
    assert at_work.powers() == []
    assert at_work.told()[-1]["is_cancelled"] is True


def test_limits_that_became_narrower_end_a_plan(at_work: Dispatching) -> None:
    at_work.order("schedule", "5")
    at_work.dispatch()

    at_work.enrol(max_charge_kw="4.999")
    result = at_work.dispatch()

    assert "dispatch.power ven-1/battery-1" in findings(result, "no_order_is_refused")
    assert at_work.told()[-1]["is_cancelled"] is True


def test_one_order_that_is_refused_stops_no_other(at_work: Dispatching) -> None:
    at_work.order("schedule", "5")
    at_work.installation.vtn.roster.append(VenStatus("ven-2", "", is_enabled=True))
    at_work.order_of(("ven-2", "battery-2"), "schedule", "1")

    result = at_work.dispatch()

    assert failed_checks(result) == ["no_order_is_refused"]
    assert [event["ven_id"] for event in at_work.rows(tables.DISPATCH_EVENT)] == [
        "ven-1"
    ]


@pytest.mark.parametrize("is_known", [True, False])
def test_a_battery_whose_ven_may_not_speak_is_named(
    at_work: Dispatching, *, is_known: bool
) -> None:
    at_work.put_on_roster(is_enabled=False)
    if not is_known:
        at_work.installation.vtn.roster.clear()
    at_work.order("schedule", "5")

    result = at_work.dispatch()

    assert result.success
    assert failed_checks(result) == ["every_battery_can_be_told"]
    assert "dispatch.ven_cannot_be_told ven-1/battery-1" in findings(
        result, "every_battery_can_be_told"
    )
    assert at_work.told() == []


def test_a_plan_counts_once_the_ven_opted_in(at_work: Dispatching) -> None:
    at_work.order("schedule", "5")
    at_work.dispatch()
    unheard = at_work.look()
    at_work.installation.vtn.progress["ven-1"] = ANSWERED
    opted_in = at_work.look()
    at_work.look()
    at_work.installation.vtn.progress["ven-1"] = {**ANSWERED, "opt": "optOut"}
    opted_out = at_work.look()

    rows = at_work.rows(tables.DISPATCH_ANSWER)
    assert "dispatch.not_delivered" in findings(unheard, "every_dispatch_is_accepted")
    assert failed_checks(opted_in) == []
    assert "dispatch.opted_out" in findings(opted_out, "every_dispatch_is_accepted")
    assert [(row["opt"], row["is_accepted"]) for row in rows] == [
        (None, False),
        ("optIn", True),
        ("optOut", False),
    ]


def test_an_event_that_the_vtn_lost_is_found(at_work: Dispatching) -> None:
    at_work.order("schedule", "5")
    at_work.dispatch()
    at_work.installation.vtn.book.clear()

    result = at_work.look()

    assert not result.success
    assert failed_checks(result) == ["no_dispatch_is_lost"]


def test_an_order_whose_file_was_changed_stops_the_run_and_tells_nothing(
    at_work: Dispatching,
) -> None:
    at_work.order("schedule", "5")
    (kept,) = at_work.installation.registry.submissions(DISPATCH)
    landing = at_work.installation.lake.root.parent / "landing"
    (landing / kept.path).write_bytes(b"{}")

    result = at_work.dispatch()

    assert not result.success
    assert at_work.told() == []
