"""More connections than there is room for: the others are served all the same."""

import asyncio
import dataclasses
import resource
import ssl
from collections.abc import Iterator

import pytest

from tests.attack.at_a_door import (
    HEAD_SECONDS,
    LOOPS,
    PATIENCE,
    REQUEST,
    TERMS,
    Loop,
    a_door,
    run,
)
from tests.vtn_service.certificates import Authority
from vtn_service.entrance import FILES_FOR_THE_REST, Entrance, Terms, room_for

FEW = dataclasses.replace(TERMS, most=3, idle_seconds=30)
MANY = dataclasses.replace(TERMS, most=500, most_of_address=500)
FEW_OF_ONE = dataclasses.replace(FEW, most=100, most_of_address=3, new_per_second=1e6)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """Give what a door speaks TLS with."""
    files = Authority().issue_server().write(tmp_path_factory.mktemp("tls"), "vtn")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


@pytest.fixture
def trusting() -> ssl.SSLContext:
    """Give what a caller speaks TLS with who checks nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize("terms", [FEW, FEW_OF_ONE])
@pytest.mark.parametrize("loop", LOOPS)
def test_one_connection_too_many_is_closed_until_another_is(
    terms: Terms, loop: Loop
) -> None:
    async def crowd() -> None:
        async with a_door(terms) as door:
            inside = [await door.call() for _ in range(3)]
            for caller in inside:
                caller.say(REQUEST)
                await caller.hear(b"here")

            assert not await door.is_open()
            assert not await door.is_open()
            assert door.connections() == 3
            await inside[0].leave()
            await door.wait_until_open()

    run(crowd(), loop)


@pytest.mark.parametrize("terms", [FEW, FEW_OF_ONE])
@pytest.mark.parametrize("loop", LOOPS)
def test_the_oldest_stranger_makes_room_and_whoever_was_let_in_stays(
    terms: Terms, loop: Loop
) -> None:
    async def crowd() -> None:
        patient = dataclasses.replace(terms, head_seconds=30)
        async with a_door(patient) as door:
            known = await door.call()
            known.say(REQUEST)
            await known.hear(b"here")
            older, newer = [await door.call() for _ in range(2)]

            assert await door.is_open()
            assert (await older.hear_all()).text == b""
            newer.say(REQUEST)
            assert (await newer.hear(b"here")).startswith(b"HTTP/1.1 200 ")
            known.say(REQUEST)
            await known.hear(b"here")
            assert not await door.is_open()

    run(crowd(), loop)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_handshake_makes_room_too(
    tls: ssl.SSLContext, trusting: ssl.SSLContext, loop: Loop
) -> None:
    async def crowd() -> None:
        patient = dataclasses.replace(FEW, head_seconds=30)
        async with a_door(patient, tls) as door:
            silent = [await door.call() for _ in range(3)]

            assert await door.is_open(trusting)
            assert (await silent[0].hear_all()).text == b""

    run(crowd(), loop)


def test_one_address_opens_only_so_many_connections_in_a_row() -> None:
    async def crowd(terms: Terms) -> list[bool]:
        async with a_door(terms) as door:
            found = []
            for _ in range(5):
                found.append(await door.is_open())
                await door.callers[-1].leave()
            return found

    slow = dataclasses.replace(TERMS, most_of_address=3, new_per_second=0.01)
    proxied = dataclasses.replace(slow, trusted_proxies="127.0.0.0/8")

    assert run(crowd(slow)) == [True] * 3 + [False] * 2
    assert run(crowd(proxied)) == [True] * 5


def test_a_trusted_proxy_may_bring_as_many_as_there_may_be() -> None:
    async def crowd(terms: Terms) -> list[bool]:
        async with a_door(terms) as door:
            return [await door.is_open() for _ in range(5)]

    trusting = dataclasses.replace(FEW_OF_ONE, trusted_proxies="127.0.0.0/8")
    mistaken = dataclasses.replace(FEW_OF_ONE, trusted_proxies="192.0.2.1")

    assert run(crowd(trusting)) == [True] * 5
    assert run(crowd(mistaken)) == [True] * 3 + [False] * 2
    full = dataclasses.replace(trusting, most=4)
    assert run(crowd(full)) == [True] * 4 + [False]


@pytest.mark.parametrize("loop", LOOPS)
def test_a_handshake_has_its_time_and_then_gives_its_place_back(
    tls: ssl.SSLContext, trusting: ssl.SSLContext, loop: Loop
) -> None:
    async def crowd() -> None:
        async with a_door(FEW, tls) as door:
            silent = [await door.call() for _ in range(2)]
            babbler = await door.call()
            babbler.say(REQUEST)
            await babbler.hear_all()
            assert await door.is_open(trusting)
            heard = [await caller.hear_all() for caller in silent]
            assert min(h.seconds for h in heard) > HEAD_SECONDS - 0.1
            await door.wait_until_open(trusting)
            assert await door.is_open(trusting)

    run(crowd(), loop)


@pytest.mark.parametrize("loop", LOOPS)
def test_over_tls_too_the_head_has_its_time(
    tls: ssl.SSLContext, trusting: ssl.SSLContext, loop: Loop
) -> None:
    async def say_a_part() -> bytes:
        async with a_door(TERMS, tls) as door:
            caller = await door.call(trusting)
            caller.say(REQUEST[:20])
            return (await caller.hear_all()).text

    assert run(say_a_part(), loop).startswith(b"HTTP/1.1 408 ")


def test_hundreds_of_idle_connections_end_and_keep_nobody_out() -> None:
    async def crowd() -> None:
        async with a_door(MANY) as door:
            idle = [await door.call() for _ in range(400)]
            assert await door.is_open()
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(caller.hear_all() for caller in idle))

    run(crowd())


def test_a_place_is_given_back_once() -> None:
    entrance = Entrance(dataclasses.replace(TERMS, most=1))
    place = entrance.enter("192.0.2.1")
    assert place is not None

    place.leave()
    place.leave()

    settled = entrance.enter("192.0.2.2")
    assert settled is not None
    settled.settle()
    assert entrance.enter("192.0.2.3") is None


def test_the_addresses_of_one_ipv6_network_count_as_one() -> None:
    entrance = Entrance(dataclasses.replace(TERMS, most_of_address=2))

    places = []
    for i in range(3):
        places.append(place := entrance.enter(f"2001:db8:0:1::{i}"))
        if place:
            place.settle()

    assert [place is not None for place in places] == [True, True, False]
    assert entrance.enter("2001:db8:0:2::1") is not None


@pytest.fixture
def most_files() -> Iterator[int]:
    """Give how many files this process may have open at most; put its limit back."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield limits[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_there_is_no_more_room_than_files_may_be_open(most_files: int) -> None:
    fitting = most_files - FILES_FOR_THE_REST

    assert room_for(10) == 10
    assert room_for(fitting) == fitting
    assert room_for(fitting + 1) == fitting
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == most_files
