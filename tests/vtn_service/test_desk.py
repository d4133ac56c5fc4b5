"""The desk remembers who has proven who it is, and not for longer than that holds."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from vtn_service.contract import VenEnrolment
from vtn_service.desk import MOST_WAYS, Desk, Known
from vtn_service.store import events, roster
from vtn_service.store.offers import Meaning
from vtn_service.store.store import Store

NOW = "2025-11-02T05:00:00Z"
VEN = VenEnrolment("v1", "", "token")
MEANING = Meaning([], [])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a store that knows the VEN `v1`."""
    opened = Store.open(f"sqlite:///{tmp_path}/vtn.sqlite")
    asyncio.run(opened.write(roster.enrol, VEN, NOW))
    yield opened
    opened.close()


async def found(desk: Desk, certificate: str = "") -> Known:
    known = await desk.find("token", certificate)
    assert known
    return known


def test_who_has_proven_nothing_is_looked_up_each_time(store: Store) -> None:
    async def twice() -> bool:
        desk = Desk(store)
        return await found(desk) is await found(desk)

    assert not asyncio.run(twice())


def test_who_has_proven_it_is_remembered_until_it_changes(store: Store) -> None:
    async def story() -> list[bool]:
        desk = Desk(store)
        known = await found(desk)
        desk.remember(known, "token", "")
        before = await found(desk) is known
        await desk.change("v1", roster.enrol, VEN, NOW)
        return [before, await found(desk) is known]

    assert asyncio.run(story()) == [True, False]


def test_who_it_is_and_what_it_reports_outlives_a_change_of_its_events(
    store: Store,
) -> None:
    async def story() -> tuple[Known, Known]:
        desk = Desk(store)
        known = await found(desk)
        desk.remember(known, "token", "")
        known.meaning, known.awaited = MEANING, frozenset({"r1"})
        known.unasked_until = "9998"
        known.quiet_until, known.quiet_poll, known.quiet_answer = "9999", b"?", b"!"
        await desk.change_events("v1", events.tell_again, "v1", NOW)
        return known, await found(desk)

    before, after = asyncio.run(story())

    assert after.caller is before.caller
    assert after.meaning is MEANING
    assert after.awaited == frozenset({"r1"})
    assert after.unasked_until == "9998"
    assert (after.quiet_until, after.quiet_poll, after.quiet_answer) == ("", b"", b"")


def test_what_looked_before_its_events_changed_cannot_make_it_quiet(
    store: Store,
) -> None:
    async def story() -> str:
        desk = Desk(store)
        looked = await found(desk)
        desk.remember(looked, "token", "")
        await desk.change_events("v1", events.tell_again, "v1", NOW)
        looked.quiet_until = "9999"
        return (await found(desk)).quiet_until

    assert asyncio.run(story()) == ""


def test_what_changed_since_it_was_looked_up_is_not_remembered(store: Store) -> None:
    async def story() -> bool:
        desk = Desk(store)
        known = await found(desk)
        await desk.change("v1", roster.enrol, VEN, NOW)
        desk.remember(known, "token", "")
        return await found(desk) is known

    assert not asyncio.run(story())


def test_a_ven_with_ever_other_certificates_is_remembered_with_a_few(
    store: Store,
) -> None:
    async def story() -> int:
        desk = Desk(store)
        ways = [f"certificate-{i}" for i in range(3 * MOST_WAYS + 1)]
        kept = []
        for way in ways:
            known = await found(desk, way)
            desk.remember(known, "token", way)
            kept.append(known)
        again = [await found(desk, way) for way in ways]
        return sum(a is b for a, b in zip(kept, again, strict=True))

    assert 1 <= asyncio.run(story()) <= MOST_WAYS


def test_a_change_is_forgotten_after_it_is_written_though_its_caller_left(
    store: Store,
) -> None:
    may_write = threading.Event()

    def disable(connection: Connection) -> None:
        assert may_write.wait(10)
        roster.enrol(connection, replace(VEN, is_enabled=False), NOW)

    async def story() -> bool:
        desk = Desk(store)
        changing = asyncio.create_task(desk.change("v1", disable))
        await asyncio.sleep(0)
        changing.cancel()
        desk.remember(await found(desk), "token", "")
        may_write.set()
        await store.write(roster.note_queried, "v1")
        await asyncio.sleep(0)
        return (await found(desk)).caller.is_enabled

    assert not asyncio.run(story())
