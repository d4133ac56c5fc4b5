"""Opening and closing the two doors, and how a door says no."""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from aiohttp import web

from vtn_service.connections import Listener, listen_on
from vtn_service.entrance import Entrance, Terms
from vtn_service.guard import TOO_OFTEN, Refusal

SHUTDOWN_SECONDS = 5.0
_LOG = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DoorError(Exception):
    """A door cannot be opened; the process does not start."""


@dataclass(frozen=True)
class Door:
    """A door to be opened.

    Args:
        host: Where it listens.
        port: And on which port; 0 for any that is free.
        variable: The setting that chooses the port.
        terms: On what terms one may be connected.
        ssl_context: What it speaks TLS with; None for plain HTTP.
        note_handshake: Is told with whom a TLS handshake failed, and how.
    """

    host: str
    port: int
    variable: str
    terms: Terms
    ssl_context: ssl.SSLContext | None = None
    note_handshake: Callable[[str, OSError], None] = lambda _address, _error: None


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


async def open_door(app: web.Application, door: Door) -> tuple[web.AppRunner, str]:
    """Listen; give the runner to clean up and the address that was bound.

    Raises:
        DoorError: If the address cannot be bound, naming the variable to change.
    """
    app.on_response_prepare.append(_name_no_server)
    runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        listening = await listen_on(door.host, door.port)
    except OSError as error:
        await runner.cleanup()
        reason = error.strerror or str(error)
        raise DoorError(
            f"Cannot listen on {door.host}:{door.port}: {reason}. Is another VTN "
            f"running? {door.variable} chooses another port."
        ) from error
    entrance = Entrance(door.terms)
    await Listener(
        runner, listening, entrance, door.ssl_context, door.note_handshake
    ).start()
    host, port = listening[0].getsockname()[:2]
    scheme = "https" if door.ssl_context else "http"
    return runner, f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


async def _name_no_server(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.popall("Server", None)


async def _guarded(
    request: web.Request,
    handler: Handler,
    write: Callable[[int, str], web.Response],
) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        if refusal.status != TOO_OFTEN:
            _LOG.warning("not_let_in", status=refusal.status, reason=refusal.noted)
        response = write(refusal.status, refusal.text)
        response.headers.update(refusal.headers)
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
