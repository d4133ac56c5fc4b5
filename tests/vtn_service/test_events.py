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


def test_opts_by_the_opt_service_are_kept_and_cancelled(vtn: VtnAtWork) -> None:
    registered(vtn, "opt-1")
    put(vtn, "opt-1", "opt-e1", price_event(["0.1"]))

    created = vtn.say("opt-1", "EiOpt", messages.create_opt("opt-1", "0017"))
    for_event = vtn.say(
        "opt-1", "EiOpt", messages.create_opt("opt-1", "18", event_id="opt-e1")
    )
    cancelled = vtn.say("opt-1", "EiOpt", messages.cancel_opt("opt-1", "0017"))
    unknown = vtn.say("opt-1", "EiOpt", messages.cancel_opt("opt-1", "17"))

    assert (created.kind, created.code) == ("oadrCreatedOpt", "200")
    assert created.texts("optID") == ["0017"]
    assert for_event.code == "200"
    assert status(vtn, "opt-e1")["opt"] == "optOut"
    assert (cancelled.kind, cancelled.code) == ("oadrCanceledOpt", "200")
    assert unknown.code == "452"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"item_units": "XYZ"}, "itemUnits"),
        ({"item_name": "bananas"}, "item_name"),
        ({"signal_name": "bananas"}, "signal_name"),
        ({"signal_type": "bananas"}, "signal_type"),
        ({"market_context": "two words"}, "market_context"),
        ({"intervals": []}, "intervals"),
        ({"intervals": "none"}, "Event.intervals"),
        ({"is_cancelled": "no"}, "Event.is_cancelled"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_event_that_cannot_be_told_is_refused_by_field(
    vtn: VtnAtWork, changes: dict[str, object], named: str
) -> None:
    vtn.enrol("refused-1")
    event = {**price_event(["0.1"]), **changes}

    response = vtn.ask("PUT", "/vens/refused-1/events/refused-e1", event)

    assert response.status_code == 400
    assert named in response.json()["error"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e3", "", "0,1", "0x1", "٣"])
def test_only_plain_decimal_prices_are_taken(vtn: VtnAtWork, value: str) -> None:
    vtn.enrol("plain-1")

    response = vtn.ask("PUT", "/vens/plain-1/events/plain-e1", price_event([value]))

    assert response.status_code == 400
    assert "intervals[0].value" in response.json()["error"]


def test_intervals_must_tile_their_time(vtn: VtnAtWork) -> None:
    vtn.enrol("tiled-1")
    event = price_event(["0.1", "0.2", "0.3"])
    intervals = event["intervals"]
    assert isinstance(intervals, list)
    del intervals[1]

    response = vtn.ask("PUT", "/vens/tiled-1/events/tiled-e1", event)

    assert response.status_code == 400
    assert "intervals[1].start_utc" in response.json()["error"]


def test_an_event_past_the_last_year_is_refused(vtn: VtnAtWork) -> None:
    vtn.enrol("endless-1")
    last = {"start_utc": "9999-12-31T23:00:00Z", "duration_seconds": 3600, "value": "1"}
    event = {**price_event(["1"]), "intervals": [last]}

    response = vtn.ask("PUT", "/vens/endless-1/events/endless-e1", event)

    assert response.status_code == 400
    assert "intervals[0].start_utc" in response.json()["error"]


def test_an_event_for_a_ven_that_is_not_enrolled_is_refused(vtn: VtnAtWork) -> None:
    response = vtn.ask("PUT", "/vens/nobody-1/events/e1", price_event(["0.1"]))

    assert response.status_code == 404
    assert "nobody-1" in response.json()["error"]
