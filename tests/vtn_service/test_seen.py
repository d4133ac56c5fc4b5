"""What is counted, and what was refused, as anybody may look at it."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from aiohttp.test_utils import make_mocked_request
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection

from tests.vtn_service import messages
from tests.vtn_service.at_work import (
    VtnAtWork,
    price_event,
    put,
    registered,
    sha256,
)
from tests.vtn_service.seeing import grows, house_of, knock, metric, root
from vtn_service.control.seen import Window
from vtn_service.metrics import exposition
from vtn_service.openadr.instants import iso_utc
from vtn_service.seen import Seen
from vtn_service.store.schema import ASK
from vtn_service.store.store import Store

LABELS = {
    "answer", "service", "kind", "code", "door", "status", "opt", "reason", "le",
    "ven_id",
}  # fmt: skip
_NAME = re.compile(r"vtn(_[a-z]+)+")
_NO_BASE_UNIT = re.compile(r"_(days|hours|minutes|milliseconds|ms|kb|kilobytes)\b")


def test_metrics_are_not_for_the_devices_door(vtn: VtnAtWork) -> None:
    assert knock(vtn, "/metrics", "devices").status_code == 404


def test_every_metric_is_named_and_typed_as_prometheus_wants(vtn: VtnAtWork) -> None:
    registered(vtn, "names-1")
    has = {"certificate_sha256": sha256("names-1")}
    vtn.enrol("names-1", certificate_expires_at="2999-01-01T00:00:00Z", **has)
    vtn.post("nobody", "EiReport", b"<x/>")

    response = knock(vtn, "/metrics")

    families = list(text_string_to_metric_families(response.text))
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert len(families) > 15
    assert {f.type for f in families} == {"counter", "gauge", "histogram"}
    for family in families:
        exposed = family.name + ("_total" if family.type == "counter" else "")
        assert _NAME.fullmatch(exposed), exposed
        assert family.documentation.endswith("."), exposed
        assert exposed.endswith("_total") == (family.type == "counter"), exposed
        assert not _NO_BASE_UNIT.search(exposed), exposed
        assert "_created" not in exposed, exposed
        assert {name for s in family.samples for name in s.labels} <= LABELS, exposed


def test_polls_count_by_their_answer_those_at_once_too(vtn: VtnAtWork) -> None:
    registered(vtn, "polls-1")

    def poll() -> None:
        for _ in range(3):
            vtn.say("polls-1", "OadrPoll", messages.poll("polls-1"))

    def poll_an_event() -> None:
        put(vtn, "polls-1", "e1", price_event(["0.10"]))
        vtn.say("polls-1", "OadrPoll", messages.poll("polls-1"))

    assert grows(vtn, poll, "vtn_polls_total", answer="nothing") == 3
    told = grows(vtn, poll_an_event, "vtn_polls_total", answer="oadrDistributeEvent")
    assert told == 1
    message = {"service": "OadrPoll", "kind": "oadrPoll", "code": "200"}
    assert grows(vtn, poll, "vtn_messages_total", **message) == 3
    took = "vtn_request_duration_seconds_count"
    assert grows(vtn, poll, took, service="OadrPoll") == 3


def test_an_event_counts_once_as_delivered_and_every_answer_by_opt(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "opts-1")
    put(vtn, "opts-1", "e1", price_event(["0.10"]))

    def ask_twice() -> None:
        for _ in range(2):
            vtn.say("opts-1", "EiEvent", messages.request_event("opts-1"))

    def opt_out() -> None:
        opts = [("e1", 0, "optOut"), ("never-made", 0, "optOut")]
        vtn.say("opts-1", "EiEvent", messages.created_event("opts-1", opts))

    assert grows(vtn, ask_twice, "vtn_events_delivered_total") == 1
    unanswered = metric(vtn, "vtn_events_unanswered")
    assert grows(vtn, opt_out, "vtn_events_acknowledged_total", opt="optOut") == 1
    assert metric(vtn, "vtn_events_unanswered") == unanswered - 1


def test_reports_count_as_accepted_repeated_or_refused_by_reason(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "reports-1")
    good = messages.update_report("reports-1", messages.report([messages.hour()]))
    anothers = messages.update_report("other", messages.report([messages.hour()]))

    def send(document: bytes) -> Callable[[], object]:
        return lambda: vtn.post("reports-1", "EiReport", document)

    refused = "vtn_reports_refused_total"
    assert grows(vtn, send(good), "vtn_reports_accepted_total") == 1
    assert grows(vtn, send(good), "vtn_reports_repeated_total") == 1
    assert grows(vtn, send(anothers), refused, reason="not_authorized") == 1
    assert grows(vtn, send(b"<x/>"), refused, reason="not_valid") == 1
    turned_away = {"door": "devices", "status": "400"}
    assert grows(vtn, send(b"<x/>"), "vtn_refusals_total", **turned_away) == 1


def test_the_inbox_lag_is_what_the_pipeline_has_not_asked_after(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "lag-1")
    for at in (5, 6):
        hour = messages.report([messages.hour(at=at)])
        document = messages.update_report("lag-1", hour)
        vtn.say("lag-1", "EiReport", document)
    seqs = [report["seq"] for report in vtn.reports("lag-1")]

    waiting = []
    for after_seq in (seqs[0], seqs[1], seqs[0]):
        vtn.get(f"/reports?after_seq={after_seq}")
        waiting.append(metric(vtn, "vtn_inbox_undrained_reports"))

    assert waiting == [1, 0, 0]
    assert metric(vtn, "vtn_inbox_oldest_undrained_age_seconds") == 0


def test_turning_the_page_drains_nothing(vtn: VtnAtWork) -> None:
    registered(vtn, "pages-1")
    for at in (5, 6, 7):
        hour = messages.report([messages.hour(at=at)])
        document = messages.update_report("pages-1", hour)
        vtn.say("pages-1", "EiReport", document)
    seqs = [report["seq"] for report in vtn.reports("pages-1")]

    waiting = []
    for after_seq in (seqs[0] - 1, seqs[0], seqs[1], seqs[1] - 1, seqs[1]):
        vtn.get(f"/reports?after_seq={after_seq}&limit=1")
        waiting.append(metric(vtn, "vtn_inbox_undrained_reports"))

    assert waiting == [3, 3, 3, 2, 2]


def test_a_certificate_is_counted_down_where_its_end_is_known(vtn: VtnAtWork) -> None:
    now = datetime.now(UTC)
    for ven_id, days in (("ends-1", 10), ("ends-2", -1)):
        ends = iso_utc(now + timedelta(days=days))
        has = {"certificate_sha256": sha256(ven_id), "certificate_expires_at": ends}
        vtn.enrol(ven_id, **has)
    vtn.enrol("endless-1")

    name = "vtn_ven_certificate_left_seconds"
    left = [metric(vtn, name, ven_id=f"ends-{i}") / 86400 for i in (1, 2)]

    assert left == [pytest.approx(10, abs=0.01), pytest.approx(-1, abs=0.01)]
    assert 'ven_id="endless-1"' not in knock(vtn, "/metrics").text


def test_the_roster_and_the_connections_are_counted(vtn: VtnAtWork) -> None:
    def enrol_and_register() -> None:
        vtn.enrol("counted-1")
        registered(vtn, "counted-2")

    assert grows(vtn, enrol_and_register, "vtn_vens_enrolled") == 2
    assert grows(vtn, lambda: registered(vtn, "counted-1"), "vtn_vens_registered") == 1
    assert metric(vtn, "vtn_vens_silent") == 0
    assert metric(vtn, "vtn_asks_queued") >= 0
    assert metric(vtn, "vtn_store_size_bytes") > 0
    with requests.Session() as session:
        session.get(f"{root(vtn, 'devices')}/healthz", timeout=15)
        assert metric(vtn, "vtn_connections", door="devices") >= 1


def test_what_was_counted_is_told_even_without_the_store(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/vtn.sqlite")
    house = house_of(store)

    def lose_a_table(connection: Connection) -> None:
        ASK.drop(connection)

    async def lose_it_and_ask() -> str:
        await store.write(lose_a_table)
        house.seen.poll_answered_at_once()
        response = await Window(house).metrics(make_mocked_request("GET", "/metrics"))
        assert isinstance(response.body, bytes)
        return response.body.decode()

    text = asyncio.run(lose_it_and_ask())
    store.close()

    assert 'vtn_polls_total{answer="nothing"} 1.0' in text
    assert "vtn_vens_enrolled" not in text


def test_two_houses_count_each_for_itself() -> None:
    one, other = Seen(), Seen()

    one.poll_answered_at_once()

    counted = [exposition(seen.metrics).decode() for seen in (one, other)]
    assert 'vtn_polls_total{answer="nothing"} 1.0' in counted[0]
    assert 'vtn_polls_total{answer="nothing"} 0.0' in counted[1]


def test_refusals_are_told_newest_first_and_by_ven(vtn: VtnAtWork) -> None:
    for ven_id in ("refused-1", "refused-2"):
        registered(vtn, ven_id)
        vtn.post(ven_id, "OadrPoll", messages.poll("somebody-else"))
    vtn.post("not-enrolled", "OadrPoll", messages.poll("not-enrolled"))

    newest = vtn.get("/refusals")[:3]
    of_one = vtn.get("/refusals?ven_id=refused-1")

    assert [(r["ven_id"], r["status"]) for r in newest] == [
        ("", 403),
        ("refused-2", 463),
        ("refused-1", 463),
    ]
    assert of_one == newest[2:]
    assert vtn.ask("GET", "/refusals", key="").status_code == 401
