"""Two VTN processes share a PostgreSQL store and keep the promises of one."""

import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.postgres import PostgresServer
from tests.vtn_service import messages
from tests.vtn_service.asked import asks_of, polled, put_ask
from tests.vtn_service.at_work import (
    KEY,
    SECONDS,
    VtnAtWork,
    price_event,
    put,
    registered,
    sha256,
)
from tests.vtn_service.fortress import FortressVen
from tests.vtn_service.messages import hour, report, update_report
from vtn_service.settings import SettingsError, read_settings

Pair = tuple[VtnAtWork, VtnAtWork]


@pytest.fixture(scope="module")
def store_url(postgres: PostgresServer) -> str:
    """Give the URL of the store that both processes share."""
    return postgres.new_database()


@pytest.fixture(scope="module")
def pair(store_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Give two processes; both start at once, on a store that is not there yet."""

    def start(name: str) -> VtnAtWork:
        return VtnAtWork(tmp_path_factory.mktemp(name), VTN_STORE=store_url)

    with ThreadPoolExecutor(2) as starting:
        one, other = starting.map(start, ["one", "other"])
    yield one, other
    one.end()
    other.end()


def readiness(vtn: VtnAtWork) -> int:
    """Give what the devices' door answers a load balancer."""
    return requests.get(f"{vtn.devices}/readyz", timeout=SECONDS).status_code


def test_a_ven_enrolled_at_one_is_known_to_the_other_at_once(pair: Pair) -> None:
    one, other = pair
    unknown = other.post("new-1", "OadrPoll", messages.poll("new-1"))

    one.enrol("new-1")

    said = other.say("new-1", "EiRegisterParty", messages.create_registration())
    assert unknown.status_code == 403
    assert said.texts("venID") == ["new-1"]
    assert polled(one, "new-1").kind == "oadrResponse"


@pytest.mark.parametrize(
    "change",
    [{"is_enabled": False}, {"token_sha256": sha256("another-example-token")}],
    ids=["disabled", "rotated"],
)
def test_a_ven_changed_at_one_is_refused_by_the_other_at_once(
    pair: Pair, change: dict[str, object]
) -> None:
    one, other = pair
    ven_id = f"out-{len(change)}-{next(iter(change))}"
    registered(other, ven_id)
    quiet = [polled(other, ven_id).kind for _ in range(3)]

    one.enrol(ven_id, **change)

    refused = other.post(ven_id, "OadrPoll", messages.poll(ven_id))
    assert quiet == ["oadrResponse"] * 3
    assert refused.status_code == 403


def test_an_event_put_at_one_is_told_at_the_next_poll_of_the_other(pair: Pair) -> None:
    one, other = pair
    registered(other, "event-1")
    quiet = [polled(other, "event-1").kind for _ in range(3)]
    told: list[tuple[list[str], bool]] = []

    for price, is_cancelled in ("0.1", False), ("0.2", False), ("0.2", True):
        put(one, "event-1", "e1", price_event([price], is_cancelled=is_cancelled))
        said = polled(other, "event-1")
        numbers, status = said.texts("modificationNumber"), said.texts("eventStatus")
        told.append((numbers, status == ["cancelled"]))

    assert quiet == ["oadrResponse"] * 3
    assert told == [(["0"], False), (["1"], False), (["2"], True)]


def test_an_opt_said_to_one_is_known_to_the_other(pair: Pair) -> None:
    one, other = pair
    registered(one, "opt-1")
    put(one, "opt-1", "e1", price_event(["0.1"]))
    polled(one, "opt-1")

    opt = messages.created_event("opt-1", [("e1", 0, "optIn")])
    other.say("opt-1", "EiEvent", opt)

    days = "first_day_utc=2000-01-01&last_day_utc=2999-12-31"
    (status,) = [e for e in one.get(f"/events?{days}") if e["ven_id"] == "opt-1"]
    assert (status["opt"], status["opt_modification_number"]) == ("optIn", 0)
    assert polled(one, "opt-1").kind == "oadrResponse"


def test_a_battery_gets_through_its_order_by_turns_at_both(pair: Pair) -> None:
    battery = FortressVen(pair[0], "battery-1")
    battery.register()
    battery.vtn = pair[1]
    battery.offer()
    told = []

    for vtn in pair * 2:
        battery.vtn = vtn
        told.append(battery.poll().kind)

    assert told == ["oadrRegisterReport", *["oadrCreateReport"] * 2, "oadrResponse"]


def test_each_ask_is_told_once_though_polls_come_to_both_at_once(pair: Pair) -> None:
    one, other = pair
    registered(one, "asked-1")
    names = [f"a{i}" for i in range(6)]
    for name in names:
        put_ask(one, "asked-1", name, kind="offers")

    with ThreadPoolExecutor(4) as polls:
        said = list(polls.map(lambda vtn: polled(vtn, "asked-1"), pair * 6))

    told = [s.request_id for s in said if s.kind == "oadrRegisterReport"]
    assert len(told) == len(set(told))
    while polled(other, "asked-1").kind == "oadrRegisterReport":
        told.append("")
    assert len(told) == len(names)
    assert asks_of(other, "asked-1") == dict.fromkeys(names, "told")


def test_a_report_sent_to_both_at_the_same_moment_is_stored_once(pair: Pair) -> None:
    one, other = pair
    one.enrol("twice-1")
    barrier = threading.Barrier(4)

    def send(vtn: VtnAtWork) -> None:
        for i in range(10):
            body = update_report("twice-1", report([hour()]), request_id=str(i))
            barrier.wait()
            assert vtn.say("twice-1", "EiReport", body).code == "200"

    with ThreadPoolExecutor(4) as senders:
        list(senders.map(send, [one, other, one, other]))

    assert len(one.reports("twice-1")) == 10


def test_reports_are_drained_in_order_and_once_while_both_take_them_in(
    pair: Pair,
) -> None:
    vens = [f"drain-{i}" for i in range(8)]
    for ven_id in vens:
        pair[0].enrol(ven_id)
    drained = [0]
    has_ended = threading.Event()

    def send(ven_id: str) -> None:
        for i in range(20):
            body = update_report(ven_id, report([hour()]), request_id=str(i))
            pair[i % 2].say(ven_id, "EiReport", body)

    def drain() -> list[str]:
        """Follow the cursor at either door, to the end of what was acknowledged."""
        found: list[str] = []
        while True:
            is_last = has_ended.is_set()
            for vtn in pair:
                heads = vtn.get(f"/reports?after_seq={drained[-1]}&limit=7")
                drained.extend(head["seq"] for head in heads)
                found.extend(head["ven_id"] for head in heads)
            if is_last and not heads:
                return found

    with ThreadPoolExecutor(9) as people:
        draining = people.submit(drain)
        try:
            list(people.map(send, vens))
        finally:
            has_ended.set()
        found = draining.result()

    assert drained == sorted(set(drained))
    assert {ven_id: Counter(found)[ven_id] for ven_id in vens} == dict.fromkeys(
        vens, 20
    )


def test_one_goes_on_when_the_other_is_killed_and_nothing_acknowledged_is_lost(
    pair: Pair,
) -> None:
    one, other = pair
    one.enrol("busy-1")
    acknowledged: set[str] = set()
    after_the_kill = threading.Event()

    def send(worker: int) -> None:
        for i in range(25):
            name = f"{worker}-{i}"
            body = update_report("busy-1", report([hour()]), request_id=name)
            vtn = other if after_the_kill.is_set() else pair[worker % 2]
            try:
                assert vtn.say("busy-1", "EiReport", body).request_id == name
            except requests.RequestException:
                assert vtn is one
                continue
            acknowledged.add(name)
            if len(acknowledged) == 30:
                one.process.send_signal(signal.SIGKILL)
                after_the_kill.set()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(send, range(4)))
    one.end(signal.SIGKILL)
    one.start()

    seqs = [r["seq"] for r in one.reports("busy-1")]
    bodies = [one.ask("GET", f"/reports/{seq}/body").text for seq in seqs]
    stored = [body.split("requestID>")[1].removesuffix("</pyld:") for body in bodies]
    assert len(acknowledged) > 60
    assert acknowledged <= set(stored)
    assert len(stored) == len(set(stored))


def test_a_database_that_is_away_is_an_error_and_then_over(
    pair: Pair, postgres: PostgresServer, store_url: str
) -> None:
    one, other = pair
    registered(one, "away-1")
    body = update_report("away-1", report([hour()]))
    postgres.shut(store_url)

    away = [vtn.post("away-1", "EiReport", body).status_code for vtn in pair]
    ready = [readiness(vtn) for vtn in pair]
    postgres.open_again(store_url)
    back = [vtn.say("away-1", "EiReport", body).code for vtn in pair]

    assert away == [500, 500]
    assert ready == [503, 503]
    assert back == ["200", "200"]
    assert len(other.reports("away-1")) == 1


def test_the_password_of_a_store_that_cannot_be_opened_is_not_shown(
    tmp_path: Path,
) -> None:
    options = f"password=example-secret&host={tmp_path}"
    store = f"postgresql://ter:example-secret@/nowhere?{options}"

    ended = subprocess.run(
        [sys.executable, "-m", "vtn_service"],
        env={"VTN_STORE": store, "VTN_CONTROL_KEY": KEY},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert ended.returncode == 2
    assert "VTN_STORE: cannot open postgresql://ter:***@/nowhere: " in ended.stderr
    assert "example-secret" not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    "store",
    [
        "postgresql://ter:p@example-secret@localhost/store",
        "postgresql://ter:p/@localhost:example-secret/store",
    ],
)
def test_a_password_that_reads_as_something_else_is_refused_and_not_shown(
    store: str,
) -> None:
    with pytest.raises(SettingsError, match="percent-encoded") as refused:
        read_settings({"VTN_STORE": store, "VTN_CONTROL_KEY": KEY})

    assert "example-secret" not in str(refused.value)
