"""Large messages: one VEN's keep neither memory nor the reader from the others."""

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Iterator

import psutil
import pytest

from tests.attack.raw import connected, path, request
from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork, token_of
from vtn_service.bodies import MOST_OF_VEN, Bodies, Place, Reader
from vtn_service.guard import LARGE_BYTES, Refusal, require_plain_utf8_xml
from vtn_service.limits import Limits
from vtn_service.settings import Settings

MEBIBYTE = 1024 * 1024
LARGEST = 8 * MEBIBYTE
STALLED = 20


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VtnAtWork]:
    """Give a VTN with the limits a VTN has."""
    at_work = VtnAtWork(tmp_path_factory.mktemp("patient"))
    yield at_work
    assert at_work.end(signal.SIGTERM) == 0


@pytest.fixture
def bodies() -> Bodies:
    """Give room for a hundred bytes."""
    settings = Settings.model_validate({"control_key": "example-control-key"})
    return Bodies(Limits(settings), most_bytes=100)


async def _is_in(place: Place, size: int) -> asyncio.Task[None]:
    """Ask for room; give the asking once it waits or has it."""
    asking = asyncio.create_task(place.make_room(size))
    for _ in range(10):
        await asyncio.sleep(0)
    return asking


def test_stalled_bodies_of_one_ven_hold_little_memory(patient: VtnAtWork) -> None:
    patient.enrol("stalls")
    line = f"POST {path(token_of('stalls'), 'EiReport')} HTTP/1.1"
    head = request(f"Content-Length: {LARGEST}", line=line, body=b"")
    memory = psutil.Process(patient.process.pid).memory_info

    before = memory().rss
    with contextlib.ExitStack() as stack:
        for _ in range(STALLED):
            caller = stack.enter_context(connected(patient))
            _say_as_much_as_is_taken(caller, head + bytes(LARGEST - 1))
        grown = (memory().rss - before) / MEBIBYTE
        quick = patient.post("stalls", "OadrPoll", messages.poll("stalls"))

    assert quick.status_code == 200
    assert grown < (MOST_OF_VEN + 4) * LARGEST / MEBIBYTE


def _say_as_much_as_is_taken(caller: socket.socket, said: bytes) -> None:
    caller.settimeout(0.05)
    with contextlib.suppress(TimeoutError):
        caller.sendall(said)


def test_a_third_large_message_of_a_ven_waits_and_anothers_does_not(
    bodies: Bodies,
) -> None:
    async def crowd() -> None:
        places = [bodies.place_for("v1") for _ in range(3)]
        first, second, third = [await _is_in(place, 10) for place in places]
        other = await _is_in(bodies.place_for("v2"), 10)

        assert [t.done() for t in (first, second, third)] == [True, True, False]
        assert other.done()
        places[0].leave()
        await asyncio.wait_for(third, 1)

    asyncio.run(crowd())


def test_bytes_of_all_vens_are_bounded_and_given_in_turn(bodies: Bodies) -> None:
    async def crowd() -> None:
        places = [bodies.place_for(f"v{i}") for i in range(4)]
        sizes = [90, 20, 5, 1000]
        first, second, third, last = [
            await _is_in(place, size) for place, size in zip(places, sizes, strict=True)
        ]

        assert [t.done() for t in (first, second, third)] == [True, False, False]
        second.cancel()
        await asyncio.wait_for(third, 1)
        assert not last.done()
        places[0].leave()
        places[1].leave()
        places[2].leave()
        await asyncio.wait_for(last, 1)

    asyncio.run(crowd())


def test_vens_take_turns_at_the_reader() -> None:
    async def crowd() -> list[str]:
        reader, go, read = Reader(), threading.Event(), list[str]()

        def work(name: str) -> None:
            assert go.wait(5)
            read.append(name)

        asked = [("v1", "a"), ("v1", "b"), ("v1", "c"), ("v2", "x"), ("v3", "y")]
        asking = [asyncio.create_task(reader.read(v, work, n)) for v, n in asked]
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*asking)
        return read

    assert asyncio.run(crowd()) == ["a", "x", "y", "b", "c"]


@pytest.mark.parametrize(
    "tag",
    [
        b"<a " + b"".join(b"a%d='' " % i for i in range(9000)) + b">",
        b"<a " + b"".join(b"a%d='>' " % i for i in range(9000)) + b">",
        b"<a b='" + b"x" * LARGE_BYTES + b"'>",
        b"<a" + b" " * LARGE_BYTES + b">",
        b"<" + b"a" * LARGE_BYTES,
    ],
)
def test_a_tag_that_would_eat_memory_is_refused_unread(tag: bytes) -> None:
    with pytest.raises(Refusal, match="expected tags of at most 65536 bytes"):
        require_plain_utf8_xml(b"<x>" + tag + b"</x>")


@pytest.mark.parametrize(
    "document",
    [
        b"<x a='>' b=\">\">" + b" " * LARGEST + b"</x>",
        b"<x>" + b"<y a='1'/>" * 100_000 + b"</x>",
        b"<x b='" + b"x" * (LARGE_BYTES - 10) + b"'>" + b" " * LARGEST + b"</x>",
        b"<" * LARGEST,
    ],
)
def test_a_long_document_of_short_tags_is_looked_through_soon(document: bytes) -> None:
    require_plain_utf8_xml(document)


def test_a_month_in_one_message_is_stored_time_and_again(
    patient: VtnAtWork,
) -> None:
    patient.enrol("months")
    months = [
        messages.report([messages.hour(at=i % 24) for i in range(2976)])
        for _ in range(3)
    ]

    codes = [
        patient.say("months", "EiReport", messages.update_report("months", month)).code
        for month in months
    ]

    assert codes == ["200"] * 3
