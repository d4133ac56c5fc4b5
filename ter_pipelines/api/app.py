"""The application: the partners' routers put together, errors in one shape.

Errors are `{"detail": "..."}`, but for a submission that is wrong in named fields,
which is answered field by field as the partners' contract has it.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import FastAPI, Request, status
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ter_pipelines.api.context import Context
from ter_pipelines.api.ter import router as ter_router
from ter_pipelines.registry.registry import Registry, utc_now
from ter_pipelines.settings import Settings
from ter_pipelines.vocab.errors import FieldError, InputError, RemoteError

RETRY_AFTER_SECONDS = 5
SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> FastAPI:
    """Make the application, with the registry brought up to date.

    Args:
        settings: Where the registry, the landing folder and the programme are.
        now: The clock.

    Raises:
        SettingsError: If the settings are wrong.
        FieldError: If the programme is.
        RemoteError: If the registry's database does not answer.
    """
    programme = settings.read_programme()
    registry = Registry(settings.registry_address, settings.landing_root, now=now)
    registry.migrate()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        registry.close()

    app = FastAPI(
        title=programme.title,
        version="1",
        docs_url=None,  # the pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.context = Context(programme, registry, now)
    app.include_router(ter_router)
    app.add_api_route("/healthz", is_healthy, tags=["Operation"])
    app.add_middleware(SafeHeaders)
    app.add_exception_handler(FieldError, _answer_fields)
    app.add_exception_handler(InputError, _answer_input)
    app.add_exception_handler(RemoteError, _answer_remote)
    app.add_exception_handler(Exception, _answer_fault)
    return app


async def is_healthy() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "ok"}


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


def _answer_fields(_request: Request, error: Exception) -> JSONResponse:
    fields = error.fields if isinstance(error, FieldError) else {}
    return JSONResponse(fields, status.HTTP_400_BAD_REQUEST)


def _answer_input(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status.HTTP_400_BAD_REQUEST)


def _answer_remote(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse(
        {"detail": "The registry does not answer; nothing was stored. Try again."},
        status.HTTP_503_SERVICE_UNAVAILABLE,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def _answer_fault(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse(
        {"detail": "Something went wrong here; the operator's log says what."},
        status.HTTP_500_INTERNAL_SERVER_ERROR,
        headers=SAFE_HEADERS,
    )
