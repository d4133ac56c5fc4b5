"""What an event says besides its signals, at both sides of every limit."""

from typing import Any

import pytest

from tests.vtn_service.event_bodies import event_of, signal_of
from tests.vtn_service.test_signals import complaint_about, texts, told
from vtn_service.contract import Event
from vtn_service.store.events import pack_event


def priced(**changes: Any) -> Event:  # noqa: ANN401
    return event_of(signal_of(), **changes)


@pytest.mark.parametrize("priority", [0, 1, 4_294_967_295])
def test_the_priority_is_told(priority: int) -> None:
    assert texts(told(priced(priority=priority)), "priority") == [str(priority)]


@pytest.mark.parametrize("priority", [-1, 4_294_967_296])
def test_a_priority_the_schema_does_not_know_is_refused(priority: int) -> None:
    complaint = complaint_about(priced(priority=priority))

    assert complaint == f"priority: got {priority}, expected 0 to 4294967295"


def test_an_event_is_for_its_ven_and_maybe_for_some_resources() -> None:
    everything = told(priced())
    two = told(priced(resource_ids=["0012", "Wärmepumpe <2>"]))

    assert (texts(everything, "venID"), texts(everything, "resourceID")) == (["v1"], [])
    assert texts(two, "venID") == ["v1"]
    assert texts(two, "resourceID") == ["0012", "Wärmepumpe <2>"]


@pytest.mark.parametrize(
    "resource_ids",
    [[""], [" a"], ["a\nb"], ["a\x00"], ["\ud800"], ["x" * 1025], ["a", "b", "a"]],
)
def test_a_resource_that_cannot_be_named_is_refused(resource_ids: list[str]) -> None:
    complaint = complaint_about(priced(resource_ids=resource_ids))

    assert complaint.startswith(f"resource_ids[{len(resource_ids) - 1}]: got")


def test_an_event_is_for_so_many_resources() -> None:
    names = [f"device-{i}" for i in range(101)]

    assert len(texts(told(priced(resource_ids=names[:100])), "resourceID")) == 100
    assert "got 101" in complaint_about(priced(resource_ids=names))


@pytest.mark.parametrize(("needs_answer", "said"), [(True, "always"), (False, "never")])
def test_whether_an_answer_is_awaited_is_told(
    needs_answer: bool,  # noqa: FBT001
    said: str,
) -> None:
    message = told(priced(needs_answer=needs_answer))

    assert texts(message, "oadrResponseRequired") == [said]


@pytest.mark.parametrize(
    "context", ["http://a.example/?b=1&c=<2>", "urn:ter", "x" * 512]
)
def test_the_market_context_is_told(context: str) -> None:
    assert texts(told(priced(market_context=context)), "marketContext") == [context]


@pytest.mark.parametrize("context", ["", "two words", "http://é.example", "x" * 513])
def test_a_market_context_that_is_no_uri_is_refused(context: str) -> None:
    assert complaint_about(priced(market_context=context)).startswith("market_context")


def test_an_event_has_so_many_signals() -> None:
    assert "signals: got 0, expected 1 to 20" in complaint_about(event_of())
    assert "got 21" in complaint_about(event_of(*[signal_of()] * 21))
    assert len(texts(told(event_of(*[signal_of()] * 20)), "signalID")) == 20


def test_equal_events_have_equal_hashes() -> None:
    event = priced(priority=1)

    again = Event.from_json(dict(reversed(event.to_json().items())))

    assert pack_event(event) == pack_event(again)
    assert pack_event(event).sha256 != pack_event(priced()).sha256
