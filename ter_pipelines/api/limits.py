"""How much anybody may ask: requests a minute, bytes, and few wrong passwords.

Counted in this process, by the caller's address; of IPv6 by its /64, all of which is
one customer's. Behind a proxy on the same host the address is the one the proxy names.

A password is counted before it is compared, and not any more once it was right: so
many tried at once are no more than so many tried one after the other.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network, ip_address

from fastapi import HTTPException, Request, status
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import (
    FixedWindowRateLimiter,
    MovingWindowRateLimiter,
    RateLimiter,
)
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ter_pipelines.api.refusals import SAFE_HEADERS, Refusal

TOO_MANY = 429
MAX_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Counts what addresses ask for.

    Args:
        requests_per_minute: Of one address.
        failures_per_minute: Wrong passwords or tokens of one address.
        registrations_per_hour: New users from one address.
        counter: Of requests, over the minute that just passed.
        tries: Of what can be taken back, from the first one on.
    """

    requests_per_minute: int = 1200
    failures_per_minute: int = 20
    registrations_per_hour: int = 10
    counter: RateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )
    tries: RateLimiter = field(
        default_factory=lambda: FixedWindowRateLimiter(MemoryStorage())
    )

    def seconds_to_wait(self, address: str) -> int:
        """Count a request; give 0, or how long to wait until one is taken again."""
        item = RateLimitItemPerMinute(self.requests_per_minute)
        of = ("requests", network_of(address))
        return 0 if self.counter.hit(item, *of) else _until(self.counter, item, *of)

    def failures_of(self, address: str) -> "Tries":
        """Give the wrong passwords and tokens of an address."""
        item = RateLimitItemPerMinute(self.failures_per_minute)
        return Tries(self.tries, item, ("failures", network_of(address)))

    @contextmanager
    def one_registration(self, address: str) -> Iterator[None]:
        """Count a registration, unless it fails.

        Raises:
            Refusal: 429 if there were too many from this address.
        """
        item = RateLimitItemPerHour(self.registrations_per_hour)
        tries = Tries(self.tries, item, ("registrations", network_of(address)))
        tries.count()
        try:
            yield
        except Exception:
            tries.give_back()
            raise


@dataclass(frozen=True)
class Tries:
    """What one address tried.

    Args:
        counter: Counts it.
        item: How often it may.
        of: What, and by whom.
    """

    counter: RateLimiter
    item: RateLimitItem
    of: tuple[str, str]

    def require_few(self) -> None:
        """Refuse another try after too many.

        Raises:
            Refusal: 429, saying how long to wait.
        """
        if not self.counter.test(self.item, *self.of):
            raise self._refusal()

    def count(self) -> None:
        """Count a try before it is made.

        Raises:
            Refusal: 429, saying how long to wait.
        """
        if not self.counter.hit(self.item, *self.of):
            self.give_back()
            raise self._refusal()

    def give_back(self) -> None:
        """Take a try back, for nothing was wrong with it."""
        self.counter.hit(self.item, *self.of, cost=-1)

    def _refusal(self) -> Refusal:
        seconds = _until(self.counter, self.item, *self.of)
        return Refusal(TOO_MANY, _too_many(seconds), _retry_after(seconds))


class Turnstile:
    """Lets a request through, unless its address asks too much."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        """Wrap an application."""
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 429."""
        if scope["type"] == "http":
            client = scope.get("client")
            seconds = self._limits.seconds_to_wait(client[0] if client else "")
            if seconds:
                headers = SAFE_HEADERS | _retry_after(seconds)
                answer = JSONResponse(_too_many(seconds), TOO_MANY, headers=headers)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BodyLimit:
    """Stops reading a body that is too large, whoever reads it."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and as much of its body as is taken."""
        size = 0

        async def receive_some() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BODY_BYTES:
                raise too_large()
            return message

        await self._app(scope, receive_some, send)


class SafeHeaders:
    """Puts the headers on every answer that keep a browser from mischief."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def too_large() -> HTTPException:
    """Make the answer to a body that is too large."""
    return HTTPException(
        status.HTTP_413_CONTENT_TOO_LARGE,
        f"The body is larger than {MAX_BODY_BYTES} bytes.",
    )


def address_of(request: Request) -> str:
    """Give the address a request came from."""
    return "" if request.client is None else request.client.host


def network_of(address: str) -> str:
    """Give what an address is counted as: itself, or its /64.

    >>> network_of("2001:db8::1:2"), network_of("::ffff:192.0.2.7"), network_of("x")
    ('2001:db8::/64', '192.0.2.7', 'x')
    """
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    return str(known.ipv4_mapped or IPv6Network((known, 64), strict=False))


def _until(counter: RateLimiter, item: RateLimitItem, *of: str) -> int:
    free_at = counter.get_window_stats(item, *of).reset_time
    return max(1, math.ceil(free_at - time.time()))


def _too_many(seconds: int) -> dict[str, str]:
    return {"detail": f"Too many requests; ask again in {seconds} seconds."}


def _retry_after(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)}
