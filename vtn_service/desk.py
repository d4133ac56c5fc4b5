"""What is remembered of the VENs that call, so that a quiet poll asks no store.

Only a process that is alone with its store remembers from one request to the next:
whatever changes a VEN passes by here, and forgets it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from vtn_service.store import roster
from vtn_service.store.reports import Meaning
from vtn_service.store.store import Store

P = ParamSpec("P")
T = TypeVar("T")
_Shown = tuple[str, str]


@dataclass
class Known:
    """A VEN that called, with what was found out about it since it last changed.

    Args:
        caller: Its entry on the roster.
        meaning: What its reports mean, once that was read.
        awaited: Report request ids that await their first report, once read.
        quiet_until: Nothing is to be told before this instant.
        quiet_poll: Its last valid poll that was answered with nothing, and
        quiet_answer: that answer.
    """

    caller: roster.Caller
    meaning: Meaning | None = None
    awaited: frozenset[str] | None = None
    quiet_until: str = ""
    quiet_poll: bytes = b""
    quiet_answer: bytes = b""


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

        A disabled one is looked up each time, as an unknown one is: how long that takes
        tells nobody which it was.
        """
        shown = token_sha256, certificate_sha256
        if known := self._known.get(shown):
            return known
        changes = self._changes
        caller = await self._store.read(roster.find_caller, *shown)
        if caller is None:
            return None
        known = Known(caller)
        is_unchanged = self._store.is_alone and changes == self._changes
        if is_unchanged and caller.is_enabled:
            self._known[shown] = known
            self._shown_by.setdefault(caller.ven_id, set()).add(shown)
        return known

    async def change(
        self,
        ven_id: str,
        /,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Write what changes a VEN, or what is to be told to it."""
        try:
            return await self._store.write(work, *args, **kwargs)
        finally:
            self._changes += 1
            for shown in self._shown_by.pop(ven_id, ()):
                self._known.pop(shown, None)
