"""The application: the partners' routers and the pages put together."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import FastAPI

from ter_pipelines.api.context import Context
from ter_pipelines.api.gate import router as gate_router
from ter_pipelines.api.limits import BodyLimit, Limits, SafeHeaders, Turnstile
from ter_pipelines.api.once import KeptAnswers
from ter_pipelines.api.open_door import OpenDoor
from ter_pipelines.api.pages.router import router as pages_router
from ter_pipelines.api.public_prices import router as public_router
from ter_pipelines.api.refusals import answer_errors
from ter_pipelines.api.silesia.router import router as silesia_router
from ter_pipelines.api.ter import router as ter_router
from ter_pipelines.api.truelight import router as truelight_router
from ter_pipelines.price_book import PriceBook
from ter_pipelines.registry.passwords import PasswordCheck
from ter_pipelines.registry.registry import Registry, utc_now
from ter_pipelines.settings import Settings
from ter_pipelines.store.lake import Lake

ROUTERS = (
    ter_router,
    public_router,
    silesia_router,
    truelight_router,
    pages_router,
    gate_router,
)


def create_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    limits: Limits | None = None,
    passwords: PasswordCheck | None = None,
) -> FastAPI:
    """Make the application, with the registry brought up to date.

    Args:
        settings: Where the registry, the landing folder and the programme are.
        now: The clock.
        limits: How much anybody may ask; the usual if none is given.
        passwords: Remembers right ones for a minute; one of its own if none is given.

    Raises:
        SettingsError: If the settings are wrong.
        FieldError: If the programme or its rate is.
        RemoteError: If the registry's database does not answer.
    """
    context = _make_context(
        settings, now, limits or Limits(), passwords or PasswordCheck()
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        context.registry.close()

    app = FastAPI(
        title=context.programme.title,
        version="1",
        docs_url=None,  # the pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.context = context
    _dress(app, context.limits)
    return app


async def is_healthy() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "ok"}


def _dress(app: FastAPI, limits: Limits) -> None:
    """Add routes, errors and what every request passes; added last, passed first."""
    for router in ROUTERS:
        app.include_router(router)
    app.add_api_route("/healthz", is_healthy, tags=["Operation"])
    answer_errors(app)
    app.add_middleware(KeptAnswers)
    app.add_middleware(BodyLimit)
    app.add_middleware(Turnstile, limits=limits)
    app.add_middleware(SafeHeaders)
    app.add_middleware(OpenDoor)


def _make_context(
    settings: Settings,
    now: Callable[[], datetime],
    limits: Limits,
    passwords: PasswordCheck,
) -> Context:
    programme = settings.read_programme()
    rate, market = settings.read_rate(programme), settings.read_market()
    registry = Registry(
        settings.registry_address, settings.landing_root, now=now, passwords=passwords
    )
    registry.migrate()
    return Context(
        programme=programme,
        registry=registry,
        now=now,
        lake=Lake(settings.lake_root, stays_ready=True),
        limits=limits,
        settings=settings,
        book=PriceBook(programme, rate),
        market=market,
    )
