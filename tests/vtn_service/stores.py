"""The store in a PostgreSQL database, and work to run in it.

Two stores open at once are two processes: they share nothing but the database.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, select, text

from vtn_service.contract import TouchedSpan, VenEnrolment
from vtn_service.store import reports, roster
from vtn_service.store.schema import VEN
from vtn_service.store.store import Store

NOW = "2025-11-02T05:00:00Z"
SECONDS = 20
_SPANS = [TouchedSpan(NOW, "2025-11-02T05:00:01Z")]


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """Give a store, and close it."""
    store = Store.open(url)
    try:
        yield store
    finally:
        store.close()


def enrol(connection: Connection, ven_id: str = "v1") -> None:
    """Put a VEN on the roster."""
    roster.enrol(connection, VenEnrolment(ven_id, "", f"token of {ven_id}"), NOW)


def add(connection: Connection, body: bytes) -> int:
    """Store a report of the VEN."""
    report = reports.pack_report("v1", NOW, body, reports.Content(), _SPANS)
    return reports.add_report(connection, report)[0]


def seqs(connection: Connection) -> list[int]:
    """Give the numbers of all reports that can be seen."""
    return [head.seq for head in reports.list_heads(connection, 0, 1000)]


def last_poll(connection: Connection) -> object:
    """Give when the VEN polled last."""
    return connection.execute(select(VEN.c.last_poll_at)).scalar_one()


def setting(connection: Connection, name: str) -> object:
    """Give a setting of this connection."""
    return connection.execute(text(f"SHOW {name}")).scalar_one()


class Held:
    """Work that stops in the midst of its transaction until it may end."""

    def __init__(self, work: Callable[[Connection], object]) -> None:
        """Take the work to begin with."""
        self._work = work
        self.has_begun, self.may_end = threading.Event(), threading.Event()

    def __call__(self, connection: Connection) -> object:
        done = self._work(connection)
        self.has_begun.set()
        assert self.may_end.wait(SECONDS)
        return done

    async def begin(self, store: Store) -> asyncio.Task[object]:
        """Give the task that writes it, once it stands in its transaction."""
        task = asyncio.create_task(store.write(self))
        assert await asyncio.to_thread(self.has_begun.wait, SECONDS)
        return task


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run a story, which ends within `SECONDS`."""

    async def bounded() -> None:
        async with asyncio.timeout(SECONDS):
            await story

    asyncio.run(bounded())
