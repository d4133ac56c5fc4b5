"""Events: put once, told until answered or over, revised and cancelled."""

from typing import Any

import pytest

from tests.vtn_service import messages
from tests.vtn_service.at_work import (
    HOUR,
    Said,
    VtnAtWork,
    price_event,
    put,
    registered,
)


def status(vtn: VtnAtWork, event_id: str) -> dict[str, Any]:
    """Give how far an event has come."""
    found = vtn.get("/events?first_day_utc=2000-01-01&last_day_utc=9999-12-31")
    return next(event for event in found if event["event_id"] == event_id)


def _poll(vtn: VtnAtWork, ven_id: str) -> Said:
    return vtn.say(ven_id, "OadrPoll", messages.poll(ven_id))


def _ask(vtn: VtnAtWork, ven_id: str, limit: int | None = None) -> Said:
    return vtn.say(ven_id, "EiEvent", messages.request_event(ven_id, limit=limit))


def _answer(vtn: VtnAtWork, ven_id: str, *opts: tuple[str, int, str]) -> Said:
    return vtn.say(ven_id, "EiEvent", messages.created_event(ven_id, opts))


def test_a_price_event_is_told_to_the_digit(vtn: VtnAtWork) -> None:
    registered(vtn, "told-1")
    put(vtn, "told-1", "told-e1", price_event(["0.10", "-0.0312000", "1.0"]))

    said = _poll(vtn, "told-1")

    assert said.kind == "oadrDistributeEvent"
    assert said.texts("value") == ["0.10", "-0.0312000", "1.0"]
    assert said.texts("eventID") == ["told-e1"]
    assert said.texts("modificationNumber") == ["0"]
    assert said.texts("currencyPerKWh") != []
    assert said.texts("itemUnits") == ["USD"]
    assert said.texts("siScaleCode") == ["none"]
    assert said.texts("oadrResponseRequired") == ["always"]
    assert said.texts("marketContext") == ["http://market.example/ter?a=1&b=2"]
    assert said.texts("venID") == ["told-1"]
    assert said.texts("vtnID") == ["TER_VTN"]


def test_a_ven_without_events_gets_an_empty_distribution(vtn: VtnAtWork) -> None:
    registered(vtn, "empty-1")

    asked, polled = _ask(vtn, "empty-1"), _poll(vtn, "empty-1")

    assert (asked.kind, asked.texts("eventID")) == ("oadrDistributeEvent", [])
    assert asked.message.text("ei:eiResponse/pyld:requestID") == "req-7"
    assert polled.kind == "oadrResponse"


def test_polls_repeat_an_event_until_it_is_answered(vtn: VtnAtWork) -> None:
    registered(vtn, "until-1")
    put(vtn, "until-1", "until-e1", price_event(["0.1"]))

    first, second = _poll(vtn, "until-1"), _poll(vtn, "until-1")
    _answer(vtn, "until-1", ("until-e1", 0, "optIn"))
    third = _poll(vtn, "until-1")

    kinds = [first.kind, second.kind, third.kind]
    assert kinds == ["oadrDistributeEvent", "oadrDistributeEvent", "oadrResponse"]
    assert _ask(vtn, "until-1").texts("eventID") == ["until-e1"]


def test_every_distribution_carries_all_live_events(vtn: VtnAtWork) -> None:
    registered(vtn, "all-1")
    put(vtn, "all-1", "all-tomorrow", price_event(["0.2"], starts_in=24 * HOUR))
    put(vtn, "all-1", "all-today", price_event(["0.1"], starts_in=-HOUR / 2))
    put(vtn, "all-1", "all-over", price_event(["0.1"], starts_in=-2 * HOUR))
    _answer(vtn, "all-1", ("all-today", 0, "optIn"))

    said = _poll(vtn, "all-1")

    assert said.texts("eventID") == ["all-today", "all-tomorrow"]
    assert said.texts("eventStatus") == ["active", "far"]
    assert _ask(vtn, "all-1", limit=1).texts("eventID") == ["all-today"]


def test_the_same_body_again_changes_nothing(vtn: VtnAtWork) -> None:
    registered(vtn, "same-1")
    event = price_event(["0.1"])

    first = put(vtn, "same-1", "same-e1", event)
    again = put(vtn, "same-1", "same-e1", event)

    assert (first["modification_number"], first["is_changed"]) == (0, True)
    assert (again["modification_number"], again["is_changed"]) == (0, False)
    assert first["body_sha256"] == again["body_sha256"]


def test_a_revision_is_told_to_a_ven_that_had_answered(vtn: VtnAtWork) -> None:
    registered(vtn, "revised-1")
    event = price_event(["0.1"])
    put(vtn, "revised-1", "revised-e1", event)
    _answer(vtn, "revised-1", ("revised-e1", 0, "optIn"))

    receipt = put(vtn, "revised-1", "revised-e1", price_event(["0.2"]))
    told = _poll(vtn, "revised-1")
    _answer(vtn, "revised-1", ("revised-e1", 0, "optIn"))
    still_told = _poll(vtn, "revised-1")
    _answer(vtn, "revised-1", ("revised-e1", 1, "optOut"))

    assert receipt["modification_number"] == 1
    assert (told.texts("modificationNumber"), told.texts("value")) == (["1"], ["0.2"])
    assert still_told.kind == "oadrDistributeEvent"
    assert _poll(vtn, "revised-1").kind == "oadrResponse"


def test_a_cancelled_event_is_told_as_such_and_then_no_more(vtn: VtnAtWork) -> None:
    registered(vtn, "cancel-1")
    event = price_event(["0.1"])
    put(vtn, "cancel-1", "cancel-e1", event)

    receipt = put(vtn, "cancel-1", "cancel-e1", {**event, "is_cancelled": True})
    told = _poll(vtn, "cancel-1")
    _answer(vtn, "cancel-1", ("cancel-e1", 1, "optIn"))

    assert receipt["modification_number"] == 1
    assert told.texts("eventStatus") == ["cancelled"]
    assert _ask(vtn, "cancel-1").texts("eventID") == []


def test_delivery_and_the_latest_opt_are_shown(vtn: VtnAtWork) -> None:
    registered(vtn, "shown-1")
    put(vtn, "shown-1", "shown-e1", price_event(["0.1"]))

    new = status(vtn, "shown-e1")
    _poll(vtn, "shown-1")
    told = status(vtn, "shown-e1")
    _answer(vtn, "shown-1", ("shown-e1", 0, "optIn"))
    _answer(vtn, "shown-1", ("shown-e1", 0, "optOut"))
    answered = status(vtn, "shown-e1")

    assert (new["delivered_at"], new["opt"]) == ("", "")
    assert new["opt_modification_number"] == -1
    assert told["delivered_at"].endswith("Z")
    assert (answered["opt"], answered["opt_modification_number"]) == ("optOut", 0)
    assert answered["opt_at"].endswith("Z")


def test_an_answer_to_an_unknown_event_does_not_hide_the_others(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "partly-1")
    put(vtn, "partly-1", "partly-e1", price_event(["0.1"]))

    said = _answer(
        vtn,
        "partly-1",
        ("nowhere", 0, "optIn"),
        ("partly-e1", 0, "optIn"),
        ("partly-e1", 9, "optOut"),
    )

    assert (said.kind, said.code) == ("oadrResponse", "452")
    assert status(vtn, "partly-e1")["opt"] == "optIn"
    assert _answer(vtn, "partly-1").code == "200"


def test_a_battery_is_told_prices_dispatch_and_charge_in_one_event(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "battery-1")
    event = price_event(["0.10", "0.20"], priority=1, resource_ids=["pack-1", "0012"])
    prices: dict[str, Any] = event["signals"][0]  # type: ignore[index]
    power = {**prices, "signal_name": "LOAD_DISPATCH", "signal_type": "setpoint"}
    power |= {"item_name": "powerReal", "item_units": "W", "scale": "k"}
    charge = {**prices, "signal_name": "CHARGE_STATE", "signal_type": "delta"}
    charge |= {"item_name": "energyReal", "item_units": "Wh"}

    put(vtn, "battery-1", "battery-e1", {**event, "signals": [prices, power, charge]})
    said = _poll(vtn, "battery-1")

    assert said.texts("signalName") == [
        *("ELECTRICITY_PRICE", "LOAD_DISPATCH", "CHARGE_STATE"),
    ]
    assert said.texts("itemUnits") == ["USD", "W", "Wh"]
    assert said.texts("siScaleCode") == ["none", "k", "none"]
    assert said.texts("hertz") == ["60"]
    assert said.texts("value") == ["0.10", "0.20"] * 3
    assert said.texts("priority") == ["1"]
    assert said.texts("resourceID") == ["pack-1", "0012"]
    assert said.texts("venID") == ["battery-1"]


def test_a_ven_that_registers_late_hears_today_and_tomorrow(vtn: VtnAtWork) -> None:
    vtn.enrol("late-1")
    put(vtn, "late-1", "late-today", price_event(["0.1"], starts_in=-HOUR / 2))
    put(vtn, "late-1", "late-tomorrow", price_event(["0.2"], starts_in=24 * HOUR))

    before = _poll(vtn, "late-1")
    vtn.say("late-1", "EiRegisterParty", messages.create_registration())
    told = [_poll(vtn, "late-1").texts("eventID") for _ in range(4)]

    assert before.kind == "oadrRequestReregistration"
    assert ["late-today", "late-tomorrow"] in told


def test_an_event_that_is_over_is_told_no_more_though_unanswered(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "over-1")
    put(vtn, "over-1", "over-e1", price_event(["0.1"], starts_in=-HOUR))

    assert _poll(vtn, "over-1").kind == "oadrResponse"
    assert _ask(vtn, "over-1").texts("eventID") == []
    assert status(vtn, "over-e1")["opt"] == ""


def test_an_event_of_one_ven_is_no_other_vens(vtn: VtnAtWork) -> None:
    event = price_event(["0.1"])
    for ven_id in ("mine-1", "mine-2"):
        registered(vtn, ven_id)
        put(vtn, ven_id, "mine-e1", event)
        _poll(vtn, ven_id)

    _answer(vtn, "mine-1", ("mine-e1", 0, "optIn"))
    mine, other = _poll(vtn, "mine-1"), _poll(vtn, "mine-2")

    assert mine.kind == "oadrResponse"
    assert other.texts("venID") == ["mine-2"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"signal": {"item_units": "XYZ"}}, "signals[0].item_units: got 'XYZ'"),
        ({"signal": {"signal_name": "bananas"}}, "signals[0].signal_name"),
        ({"signal": {"intervals": "none"}}, "Event.signals[0].intervals"),
        ({"market_context": "two words"}, "market_context"),
        ({"priority": -1}, "priority"),
        ({"is_cancelled": "no"}, "Event.is_cancelled"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_event_that_cannot_be_told_is_refused_by_field(
    vtn: VtnAtWork, changes: dict[str, Any], named: str
) -> None:
    vtn.enrol("refused-1")
    event = price_event(["0.1"], **changes)

    response = vtn.ask("PUT", "/vens/refused-1/events/refused-e1", event)

    assert response.status_code == 400
    assert named in response.json()["error"]


def test_a_refused_revision_leaves_the_event_as_it_was(vtn: VtnAtWork) -> None:
    registered(vtn, "kept-1")
    put(vtn, "kept-1", "kept-e1", price_event(["0.1"]))

    response = vtn.ask("PUT", "/vens/kept-1/events/kept-e1", price_event(["NaN"]))

    assert response.status_code == 400
    assert "signals[0].intervals[0].value: got 'NaN'" in response.json()["error"]
    assert _poll(vtn, "kept-1").texts("value") == ["0.1"]


def test_an_event_for_a_ven_that_is_not_enrolled_is_refused(vtn: VtnAtWork) -> None:
    response = vtn.ask("PUT", "/vens/nobody-1/events/e1", price_event(["0.1"]))

    assert response.status_code == 404
    assert "nobody-1" in response.json()["error"]
