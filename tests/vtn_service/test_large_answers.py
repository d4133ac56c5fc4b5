"""What of a VEN's messages is bounded: answers to events, and what is remembered."""

import asyncio
from pathlib import Path

import pytest

from tests.vtn_service import messages
from tests.vtn_service.at_work import KEY, VtnAtWork, price_event, put, registered
from tests.vtn_service.event_bodies import START
from tests.vtn_service.test_events import status
from vtn_service.desk import Known
from vtn_service.house import House
from vtn_service.openadr.eventing import MOST_TOLD, RESPONSES, read_opts
from vtn_service.openadr.message import NAMESPACES, parse_message
from vtn_service.openadr.polling import FOREVER, MOST_POLL_BYTES, Polling
from vtn_service.openadr.service import Answer, Call
from vtn_service.settings import read_settings
from vtn_service.store.roster import Caller
from vtn_service.store.store import Store

CALLER = Caller(
    ven_id="v1",
    ven_name="",
    token_sha256="",
    certificate_sha256="",
    must_sign=False,
    is_enabled=True,
    registration_id="r1",
    registered_at="2025-11-01T00:00:00Z",
    has_queried=True,
)


@pytest.mark.parametrize(
    ("count", "code", "opt"), [(MOST_TOLD, "200", "optOut"), (MOST_TOLD + 1, "454", "")]
)
def test_a_message_answers_as_many_events_as_one_tells(
    vtn: VtnAtWork, count: int, code: str, opt: str
) -> None:
    ven_id, event_id = f"many-{count}", f"many-e{count}"
    registered(vtn, ven_id)
    put(vtn, ven_id, event_id, price_event(["0.1"]))
    given = [(event_id, 0, "optIn")] * (count - 1) + [(event_id, 0, "optOut")]

    said = vtn.say(ven_id, "EiEvent", messages.created_event(ven_id, given))

    assert (said.kind, said.code) == ("oadrResponse", code)
    assert status(vtn, event_id)["opt"] == opt


def test_the_last_answer_to_a_revision_counts_alone() -> None:
    given = [("e1", 0, "optIn"), ("e1", 1, "optIn"), ("e1", 0, "optOut")]
    message = parse_message(messages.created_event("v1", given))

    read = read_opts(message.element.iterfind(RESPONSES, NAMESPACES))

    assert [(o.event_id, o.modification_number, o.opt_type) for o in read] == [
        ("e1", 0, "optOut"),
        ("e1", 1, "optIn"),
    ]


@pytest.mark.parametrize("more", [0, 1])
def test_only_a_short_poll_is_remembered(tmp_path: Path, more: int) -> None:
    async def is_answered_at_once() -> bool:
        service = Polling(House(read_settings({"VTN_CONTROL_KEY": KEY}), store))
        known = Known(CALLER, quiet_until=FOREVER)
        document = messages.poll("v1")
        body = document + b" " * (MOST_POLL_BYTES + more - len(document))
        call = Call(known, parse_message(body), body, START)
        service.told(call, Answer("oadrResponse"), b"nothing")
        return service.answer_at_once(known, body, START) == b"nothing"

    store = Store.open(f"sqlite:///{tmp_path}/vtn.sqlite")

    at_once = asyncio.run(is_answered_at_once())
    store.close()

    assert at_once == (more == 0)
