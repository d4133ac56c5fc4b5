"""The pipeline's client of the control door, against the VTN as a process."""

import hashlib
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.vocab.clock import HOUR, Span
from ter_pipelines.vocab.errors import RemoteError
from tests.vtn_service import messages
from tests.vtn_service.at_work import KEY, VtnAtWork, price_event, registered, token_of
from tests.vtn_service.conftest import vtn
from vtn_service.contract import CONTROL_PREFIX, Event, VenEnrolment

__all__ = ["vtn"]
NOV_2 = datetime(2025, 11, 2, 4, tzinfo=UTC)


def door_of(vtn: VtnAtWork, key: str = KEY, *, reports_a_page: int = 200) -> Vtn:
    address = vtn.control.removesuffix(CONTROL_PREFIX)
    return Vtn(address, lambda: key, reports_a_page=reports_a_page)


def enrolment(ven_id: str) -> VenEnrolment:
    digest = hashlib.sha256(token_of(ven_id).encode()).hexdigest()
    return VenEnrolment(ven_id=ven_id, ven_name="", token_sha256=digest)


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """Serve one answer to everything."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_enrolled_ven_is_on_the_roster_once(vtn: VtnAtWork) -> None:
    door = door_of(vtn)

    first = door.enrol(enrolment("roster:1"))
    again = door.enrol(enrolment("roster:1"))

    assert first == again
    assert [v.ven_id for v in door.vens()].count("roster:1") == 1


def test_an_event_is_handed_over_once_and_its_answer_is_seen(vtn: VtnAtWork) -> None:
    door = door_of(vtn)
    registered(vtn, "event-1")
    event = price_event(["0.10", "0.20"])
    soon = datetime.now(UTC)

    first = door.put_event("event-1", "ter-1", event)
    again = door.put_event("event-1", "ter-1", event)
    revised = door.put_event("event-1", "ter-1", price_event(["0.10", "0.30"]))
    vtn.say("event-1", "OadrPoll", messages.poll("event-1"))
    opt = messages.created_event("event-1", [("ter-1", 1, "optIn")])
    vtn.say("event-1", "EiEvent", opt)
    (status,) = door.events(Span(soon, soon + 2 * HOUR))

    assert (first.is_changed, again.is_changed, revised.is_changed) == (
        True,
        False,
        True,
    )
    assert revised.modification_number == 1
    assert (status.ven_id, status.opt, status.opt_modification_number) == (
        "event-1",
        "optIn",
        1,
    )


def test_only_events_that_begin_in_the_span_are_told(vtn: VtnAtWork) -> None:
    door = door_of(vtn)
    vtn.enrol("span-1")
    event = price_event(["0.10"], starts_in=timedelta(days=3))
    [signal] = Event.from_json(event).signals
    begins = datetime.fromisoformat(signal.intervals[0].start_utc)
    door.put_event("span-1", "ter-span", event)

    def told(span: Span) -> list[str]:
        return [e.event_id for e in door.events(span)]

    assert told(Span(begins, begins + HOUR)) == ["ter-span"]
    assert told(Span(begins - HOUR, begins)) == []
    assert told(Span(begins + timedelta(seconds=1), begins + HOUR)) == []


def test_every_report_of_a_span_comes_page_by_page(vtn: VtnAtWork) -> None:
    door = door_of(vtn, reports_a_page=2)
    vtn.enrol("pages-1")
    offer = messages.report_offer("usage", [messages.Point("r1")])
    vtn.say("pages-1", "EiReport", messages.register_report("pages-1", offer))
    for number in range(5):
        report = messages.report(
            [messages.hour(number=f"{number}.0600", at=5 + number)]
        )
        vtn.say("pages-1", "EiReport", messages.update_report("pages-1", report))

    heads = [h for h in door.report_heads(0) if h.ven_id == "pages-1"]
    told = [r for r in door.reports(NOV_2, NOV_2 + 24 * HOUR) if r.ven_id == "pages-1"]
    later = list(door.report_heads(heads[-2].seq))

    assert [r.seq for r in told] == [h.seq for h in heads]
    assert [r.values[0].value_text for r in told] == [f"{n}.0600" for n in range(5)]
    assert [h.seq for h in later] == [heads[-1].seq]


def test_a_refusal_is_told_with_its_reason(vtn: VtnAtWork) -> None:
    with pytest.raises(RemoteError, match="answered 401, expected 200"):
        door_of(vtn, key="another").vens()
    with pytest.raises(RemoteError, match=r"answered 404, expected 200: .*nobody"):
        door_of(vtn).put_event("nobody", "ter-1", price_event(["0.10"]))


@pytest.mark.parametrize("ven_id", ["a/b", "../events", "a?b=c", "a b"])
def test_a_name_that_is_none_is_refused_and_not_taken_for_a_path(
    vtn: VtnAtWork, ven_id: str
) -> None:
    with pytest.raises(RemoteError, match="answered 400"):
        door_of(vtn).enrol(enrolment(ven_id))


@pytest.mark.parametrize(
    ("body", "ask"),
    [
        (b"<html>Sign in</html>", Vtn.vens),
        (b'{"vens": []}', Vtn.vens),
        (b'[{"ven_id": 12}]', Vtn.vens),
        (b'[{"seq": "1"}]', lambda door: list(door.report_heads(0))),
    ],
)
def test_another_answer_than_was_agreed_is_not_taken(
    body: bytes, ask: Callable[[Vtn], object]
) -> None:
    with answering(body) as url, pytest.raises(RemoteError, match="VTN"):
        ask(Vtn(url, lambda: KEY))


def test_a_vtn_that_is_down_or_silent_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(RemoteError, match="timed out"):
            Vtn(url, lambda: KEY, timeout_seconds=0.1).vens()

    with pytest.raises(RemoteError, match="refused"):
        Vtn(url, lambda: KEY).vens()
