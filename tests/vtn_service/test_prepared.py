"""A prepared message is, byte for byte, what the library's template gives."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vtn_service.event_bodies import event_of, interval_of, signal_of
from vtn_service.openadr.events import (
    distribution,
    event_payload,
    outline_of,
    texts_of,
)
from vtn_service.openadr.library import render, verbatim
from vtn_service.openadr.message import parse_message
from vtn_service.openadr.prepared import Outline, Outlines, gap, write
from vtn_service.openadr.service import ANSWER_KINDS
from vtn_service.store.events import LiveEvent

# Everything XML can carry, and markup, template syntax and line ends more often.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("<>&\"'{}%#\n\r\t ]"),
    max_size=40,
)
KINDS = sorted({"oadrResponse", "oadrRequestReregistration", *ANSWER_KINDS.values()})
SPAN = "2025-11-02T05:00:00Z", "2025-11-02T06:00:00Z"


@given(
    kind=st.sampled_from(KINDS),
    ids=st.fixed_dictionaries(
        {
            name: TEXTS.map(verbatim)
            for name in ("vtn_id", "opt_id", "request_id", "description")
        }
    ),
    absent=st.fixed_dictionaries(
        {
            name: st.none() | TEXTS.map(verbatim)
            for name in ("ven_id", "registration_id")
        }
    ),
    code=st.integers(0, 999),
)
def test_an_answer_is_what_the_template_gives(
    kind: str, ids: dict[str, object], absent: dict[str, object], code: int
) -> None:
    response = {
        "response_code": code,
        "response_description": ids.pop("description"),
        "request_id": ids["request_id"],
    }
    lists: dict[str, object] = {"events": [], "report_requests": [], "profiles": []}
    payload = {**ids, **absent, **lists, "response": response}

    assert write(kind, payload) == render(kind, payload)


@given(
    ids=st.lists(st.tuples(TEXTS, st.integers(0, 9)), max_size=3),
    ven_id=TEXTS.filter(bool),
    value=st.decimals(allow_nan=False, allow_infinity=False).map(str),
    minutes=st.integers(-200, 200),
)
def test_events_are_what_the_template_gives(
    ids: list[tuple[str, int]], ven_id: str, value: str, minutes: int
) -> None:
    event = event_of(signal_of(value=value), resource_ids=["device 1", "<2>"])
    now = datetime.fromisoformat(SPAN[0]) + timedelta(minutes=minutes)
    told = [LiveEvent(i, number, "", *SPAN, "long ago", "then") for i, number in ids]
    texts = [texts_of(live, ven_id=ven_id, now=now) for live in told]
    outline, payload = outline_of(event, SPAN), distribution("VTN & co")

    written = write(
        "oadrDistributeEvent", payload, "".join(outline.fill(text) for text in texts)
    )

    kept = [{name: verbatim(t) for name, t in text.items()} for text in texts]
    whole = [event_payload(event, SPAN, text) for text in kept]
    rendered = render("oadrDistributeEvent", {**payload, "events": whole})
    # But for the blanks that the template has after its last event.
    assert written == rendered.replace(b"Event>  </", b"Event></")


def test_line_ends_and_markup_come_through() -> None:
    request_id = " a\r\nb <i>&amp;</i> {{ 7 * 7 }} ]]> "
    response = {
        "response_code": 200,
        "response_description": "OK",
        "request_id": request_id,
    }

    written = write("oadrResponse", {"ven_id": "v", "response": response})

    assert parse_message(written).request_id == request_id


def test_a_message_with_lists_in_it_is_rendered() -> None:
    profiles = [{"profile_name": "2.0b", "transports": []}]
    payload = {
        "ven_id": "v",
        "vtn_id": "V",
        "registration_id": "r",
        "profiles": profiles,
        "requested_oadr_poll_freq": timedelta(seconds=5),
        "response": {"response_code": 1, "response_description": "", "request_id": ""},
    }

    written = write("oadrCreatedPartyRegistration", payload)

    assert written == render("oadrCreatedPartyRegistration", payload)
    assert b"PT5S" in written
    with pytest.raises(ValueError, match="oadrCreatedPartyRegistration"):
        write("oadrCreatedPartyRegistration", payload, "<x/>")


def test_an_outline_can_be_filled_again_and_again() -> None:
    outline = Outline(f"<a>{gap('x')}</a><b>{gap('y')}{gap('x')}</b>")

    first = outline.fill({"x": "<", "y": 2})
    second = outline.fill({"x": "é", "y": ""})

    assert (first, second) == ("<a>&lt;</a><b>2&lt;</b>", "<a>é</a><b>é</b>")


def test_only_so_much_is_kept_and_what_was_used_last() -> None:
    outlines = Outlines(most_characters=30)
    for key in "abc":
        outlines.keep(key, Outline("x" * 10))

    outlines.find("a")
    outlines.keep("d", Outline("x" * 10))
    kept = [key for key in "abcd" if outlines.find(key)]
    outlines.keep("e", Outline("x" * 31))

    assert kept == ["a", "c", "d"]
    assert not any(outlines.find(key) for key in "abcde")


def test_keeping_twice_counts_once() -> None:
    outlines = Outlines(most_characters=20)

    for _ in range(3):
        outlines.keep("a", Outline("x" * 10))
    outlines.keep("b", Outline("x" * 10))

    assert outlines.find("a")
    assert outlines.find("b")


def test_an_hour_of_an_event_is_in_its_outline_but_once() -> None:
    hours = [interval_of(i, value=f"0.{i}") for i in range(24)]
    outline = outline_of(event_of(signal_of(hours)), SPAN)
    live = LiveEvent("e1", 0, "", *SPAN, *SPAN)

    written = outline.fill(
        texts_of(live, ven_id="v1", now=datetime(2025, 1, 1, tzinfo=UTC))
    )

    assert [written.count(f">0.{i}<") for i in range(24)] == [1] * 24
