"""What is remembered of the VENs that call, so that a quiet poll asks no store.

Only a process that is alone with its store remembers from one request to the next:
whatever changes a VEN passes by here, and forgets it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from vtn_service.store import roster
from vtn_service.store.offers import Meaning
from vtn_service.store.store import Store

P = ParamSpec("P")
T = TypeVar("T")
MOST_WAYS = 4
_Shown = tuple[str, str]


@dataclass
class Known:
    """A VEN that called, with what was found out about it since it last changed.

    Args:
        caller: Its entry on the roster.
        meaning: What its reports mean, once that was read.
        awaited: Report request ids that await their first report, once read.
        unasked_until: Nothing is to be asked of it before this instant.
        quiet_until: Nothing is to be told before this instant.
        quiet_poll: Its last valid poll that was answered with nothing, and
        quiet_answer: that answer.
        as_of: How many changes there had been when it was looked up.
    """

    caller: roster.Caller
    meaning: Meaning | None = None
    awaited: frozenset[str] | None = None
    unasked_until: str = ""
    quiet_until: str = ""
    quiet_poll: bytes = b""
    quiet_answer: bytes = b""
    as_of: int = 0


class Desk:
    """Reads and changes of VENs; remembers where that is safe."""

    def __init__(self, store: Store) -> None:
        """Start with nobody known."""
        self._store = store
        self._known: dict[_Shown, Known] = {}
        self._shown_by: dict[str, set[_Shown]] = {}
        self._changes = 0

    async def find(self, token_sha256: str, certificate_sha256: str) -> Known | None:
        """Give the VEN that has this token or certificate, enabled or not.

        One that is not let in is looked up each time, as an unknown one is: how long
        that takes tells nobody which it was.
        """
        shown = token_sha256, certificate_sha256
        if known := self._known.get(shown):
            return known
        changes = self._changes
        caller = await self._store.glance(roster.find_caller, *shown)
        if caller is None:
            return None
        return Known(caller, as_of=changes)

    def remember(
        self, known: Known, token_sha256: str, certificate_sha256: str
    ) -> None:
        """Remember a VEN that has proven who it is, unless something changed since.

        One that comes with ever other certificates beside its token is remembered with
        a few of them.
        """
        shown, ven_id = (token_sha256, certificate_sha256), known.caller.ven_id
        if not self._store.is_alone or shown in self._known:
            return
        if known.as_of != self._changes:
            return
        if len(self._shown_by.get(ven_id, ())) >= MOST_WAYS:
            self._forget(ven_id)
        self._known[shown] = known
        self._shown_by.setdefault(ven_id, set()).add(shown)

    async def change(
        self,
        ven_id: str,
        /,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Write what changes a VEN, or what is asked of it.

        It is forgotten once that is written, even if the caller went away.
        """
        written = self._store.begin_write(work, *args, **kwargs)
        written.add_done_callback(lambda _: self._forget(ven_id))
        return await asyncio.shield(written)

    async def change_events(
        self,
        ven_id: str,
        /,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Write what changes a VEN's events, or how far they have come with it.

        All that is forgotten of it is that nothing is to be told.
        """
        written = self._store.begin_write(work, *args, **kwargs)
        written.add_done_callback(lambda _: self._end_quiet(ven_id))
        return await asyncio.shield(written)

    def _end_quiet(self, ven_id: str) -> None:
        """Know a VEN anew: what looked before the change may still write to the old."""
        for shown in self._shown_by.get(ven_id, ()):
            known = self._known[shown]
            self._known[shown] = replace(
                known, quiet_until="", quiet_poll=b"", quiet_answer=b""
            )

    def _forget(self, ven_id: str) -> None:
        self._changes += 1
        for shown in self._shown_by.pop(ven_id, ()):
            self._known.pop(shown, None)
