"""How much anybody may ask: requests a minute, bytes, and few wrong passwords.

Counted in this process, by the caller's address, over the minute that just passed.
Behind a proxy on the same host the address is the one the proxy names.
"""

import math
import time
from dataclasses import dataclass, field

from fastapi import HTTPException, Request, status
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
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
    """

    requests_per_minute: int = 1200
    failures_per_minute: int = 20
    counter: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )

    def seconds_to_wait(self, address: str) -> int:
        """Count a request; give 0, or how long to wait until one is taken again."""
        item = RateLimitItemPerMinute(self.requests_per_minute)
        if self.counter.hit(item, "requests", address):
            return 0
        return self._until(item, "requests", address)

    def require_few_failures(self, address: str) -> None:
        """Refuse an address that had too many wrong passwords.

        Raises:
            Refusal: 429, saying how long to wait.
        """
        item = RateLimitItemPerMinute(self.failures_per_minute)
        if not self.counter.test(item, "failures", address):
            seconds = self._until(item, "failures", address)
            raise Refusal(TOO_MANY, _too_many(seconds), _retry_after(seconds))

    def count_failure(self, address: str) -> None:
        """Count a wrong password or token."""
        item = RateLimitItemPerMinute(self.failures_per_minute)
        self.counter.hit(item, "failures", address)

    def _until(self, item: RateLimitItemPerMinute, *of: str) -> int:
        free_at = self.counter.get_window_stats(item, *of).reset_time
        return max(1, math.ceil(free_at - time.time()))


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


def _too_many(seconds: int) -> dict[str, str]:
    return {"detail": f"Too many requests; ask again in {seconds} seconds."}


def _retry_after(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)}
