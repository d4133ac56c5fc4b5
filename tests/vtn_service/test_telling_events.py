"""What one message tells: all live events as of that second, the soonest first."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.vtn_service import messages
from tests.vtn_service.at_work import KEY
from tests.vtn_service.event_bodies import START, event_of, interval_of, signal_of
from vtn_service.contract import VenEnrolment
from vtn_service.house import House
from vtn_service.openadr.eventing import MOST_TOLD, Eventing
from vtn_service.openadr.instants import iso_utc
from vtn_service.openadr.message import Message, parse_message
from vtn_service.openadr.prepared import write
from vtn_service.openadr.service import Call
from vtn_service.settings import read_settings
from vtn_service.store import events, roster
from vtn_service.store.store import Store

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a store that knows the VEN `v1`."""
    opened = Store.open(f"sqlite:///{tmp_path}/vtn.sqlite")
    ven = VenEnrolment("v1", "", "example")
    asyncio.run(opened.write(roster.enrol, ven, iso_utc(START)))
    yield opened
    opened.close()


def put_each(connection: Connection, event_ids: dict[str, int]) -> None:
    """Put events by their hour, past the check and what it leaves ready."""
    for event_id, hour in event_ids.items():
        at = START + hour * HOUR
        events.put_event(
            connection,
            ven_id="v1",
            event_id=event_id,
            new=events.pack_event(event_of(signal_of([interval_of(hour)]))),
            span=(iso_utc(at), iso_utc(at + HOUR)),
            now="2025-11-01T00:00:00Z",
        )


def put(store: Store, hours: list[int]) -> None:
    """Put an event for each of some hours."""
    asyncio.run(store.write(put_each, {f"hour-{hour}": hour for hour in hours}))


def told(store: Store, now: datetime, limit: int | None = None) -> Message:
    """Give what an oadrRequestEvent of the VEN is answered, a valid message."""

    async def ask() -> Message:
        house = House(read_settings({"VTN_CONTROL_KEY": KEY}), store)
        known = await house.desk.find("example", "")
        assert known
        document = messages.request_event("v1", limit=limit)
        call = Call(known, parse_message(document), document, now)
        answer = await Eventing(house).request(call)
        return parse_message(write(answer.kind, answer.payload, answer.inner))

    return asyncio.run(ask())


def texts(message: Message, name: str) -> list[str]:
    return [element.text or "" for element in message.element.iter(f"{{*}}{name}")]


@pytest.mark.parametrize(
    ("since_start", "statuses"),
    [
        (-HOUR - SECOND, ["far", "far"]),
        (-HOUR, ["near", "far"]),
        (-SECOND, ["near", "far"]),
        (timedelta(0), ["active", "near"]),
        (HOUR - SECOND, ["active", "near"]),
        (HOUR, ["active"]),
        (2 * HOUR, []),
    ],
)
def test_the_status_is_the_one_of_that_second(
    store: Store, since_start: timedelta, statuses: list[str]
) -> None:
    put(store, [0, 1])

    assert texts(told(store, START + since_start), "eventStatus") == statuses


def test_the_soonest_come_first_and_as_many_as_asked_for(store: Store) -> None:
    put(store, [5, 3, 4])

    everything, unlimited = told(store, START), told(store, START, 0)
    two, ten = told(store, START, 2), told(store, START, 10)

    soonest = ["hour-3", "hour-4", "hour-5"]
    assert texts(two, "eventID") == soonest[:2]
    for message in (everything, unlimited, ten):
        assert texts(message, "eventID") == soonest


def test_what_was_not_among_those_asked_for_is_not_noted_as_told(store: Store) -> None:
    put(store, [0, 1])

    told(store, START, 1)

    span = iso_utc(START), iso_utc(START + 2 * HOUR)
    found = asyncio.run(store.read(events.list_event_status, *span))
    assert [event.delivered_at for event in found] == [iso_utc(START), ""]


def test_one_message_tells_a_thousand_events_at_most(store: Store) -> None:
    first_hour = {f"first-{i:03}": 0 for i in range(1000)}
    asyncio.run(store.write(put_each, {**first_hour, "second-000": 1}))

    first, second = told(store, START), told(store, START + HOUR)

    assert texts(first, "eventID") == list(first_hour)
    assert texts(second, "eventID") == ["second-000"]
    assert MOST_TOLD == 1000


def test_a_message_has_an_id_of_its_own_and_the_requests(store: Store) -> None:
    first, second = told(store, START), told(store, START)

    ids = [texts(message, "requestID") for message in (first, second)]
    assert ids[0] != ids[1]
    assert all(len(of_message) == 1 for of_message in ids)
    assert texts(first, "vtnID") == ["TER_VTN"]


def test_events_of_one_body_keep_their_own_names(store: Store) -> None:
    asyncio.run(store.write(put_each, {"e1": 0, "e2": 0}))

    message = told(store, START)

    assert texts(message, "eventID") == ["e1", "e2"]
    assert texts(message, "value") == ["0.10", "0.10"]
