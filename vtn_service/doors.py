"""Opening and closing the two doors, and how a door says no."""

from collections.abc import Awaitable, Callable
from typing import cast

import structlog
from aiohttp import web

from vtn_service.guard import Refusal

LINGER_SECONDS = 2.0
SHUTDOWN_SECONDS = 5.0
_LOG = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DoorError(Exception):
    """A door cannot be opened; the process does not start."""


@web.middleware
async def refuse_plainly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals into plain text, and anything unforeseen into a bare 500."""
    return await _guarded(request, handler, as_text)


@web.middleware
async def refuse_in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals into `{"error": ...}`, and anything unforeseen into a 500."""
    return await _guarded(request, handler, as_json)


def as_text(status: int, text: str) -> web.Response:
    """Write a refusal as text."""
    headers = {"X-Content-Type-Options": "nosniff"}
    return web.Response(status=status, text=f"{text}\n", headers=headers)


def as_json(status: int, text: str) -> web.Response:
    """Write a refusal as JSON."""
    return web.json_response({"error": text}, status=status)


async def open_door(
    app: web.Application, host: str, port: int, variable: str, *, idle_seconds: float
) -> tuple[web.AppRunner, str]:
    """Listen; give the runner to clean up and the address that was bound.

    A connection may be idle for `idle_seconds` before its first request and between
    two; the head of a request has to be whole by then.
    Bodies stay as sent (no decompression), and nothing logs the request line: it
    holds the token.

    Raises:
        DoorError: If the address cannot be bound, naming the variable to change.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=idle_seconds,
        lingering_time=LINGER_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        reason = error.strerror or str(error)
        raise DoorError(
            f"Cannot listen on {host}:{port}: {reason}. Is another VTN running? "
            f"{variable} chooses another port."
        ) from error
    bound = cast("tuple[str, int]", runner.addresses[0])
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    return runner, f"http://{shown}:{bound[1]}"


async def _guarded(
    request: web.Request,
    handler: Handler,
    write: Callable[[int, str], web.Response],
) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        _LOG.warning("not_let_in", status=refusal.status, reason=refusal.text)
        response = write(refusal.status, refusal.text)
        if refusal.ends_connection:
            response.force_close()
        return response
    except web.HTTPException as error:
        response = write(error.status, error.reason)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except ConnectionError:
        raise
    except Exception:  # noqa: BLE001 - answered with 500, whatever it was
        resource = request.match_info.route.resource
        _LOG.exception("failed", path=resource.canonical if resource else "")
        return write(500, "Internal error")
