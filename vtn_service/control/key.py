"""The key of the control door, and how often an address may show a wrong one."""

import math
import time
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from vtn_service import guard
from vtn_service.connections import note_let_in
from vtn_service.doors import Handler
from vtn_service.health import HEALTH_PATHS
from vtn_service.limits import Buckets, Newest, network_of
from vtn_service.tally import Tally

KEYLESS = HEALTH_PATHS | {"/metrics"}
_MINUTE = 60


class Lock:
    """Lets in who shows the key; who shows wrong ones too often is not looked at.

    An address that has shown the key is always looked at: whoever else guesses there
    must not keep the pipeline out.
    """

    def __init__(
        self,
        key: str,
        *,
        wrong_per_minute: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with nothing counted; the clock gives seconds."""
        self._key = key
        self._clock = clock
        self._wrong = Buckets(
            per_second=wrong_per_minute / _MINUTE, size=wrong_per_minute
        )
        self._good: Newest[str, None] = Newest()
        self._tally = Tally("wrong_control_keys", clock)

    def require_key(self, request: web.Request) -> None:
        """Refuse a request without the key (401), or from who guesses (429).

        Raises:
            Refusal: If it is not let in.
        """
        name, now = network_of(request.remote or ""), self._clock()
        wait = self._wrong.seconds_until_one(name, now)
        if wait and name not in self._good:
            seconds = str(math.ceil(wait))
            raise guard.Refusal(
                guard.TOO_OFTEN,
                f"Too many wrong keys, expected none for {seconds} s",
                headers={"Retry-After": seconds},
                ends_connection=True,
            )
        if guard.is_bearer_of(request, self._key):
            self._good[name] = None
            return
        self._tally.note(address=request.remote)
        if not wait:
            self._wrong.take(name, now)
        raise guard.Refusal(
            401, "Authorization: expected the control key", ends_connection=True
        )


def locked(lock: Lock) -> Middleware:
    """Give what asks for the key, but for the paths that need none."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in KEYLESS:
            lock.require_key(request)
            note_let_in(request)
        return await handler(request)

    return check
