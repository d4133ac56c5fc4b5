"""What every request needs: the programme, the registry, the lake, the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from ter_pipelines.accounts.market import Market
from ter_pipelines.api.limits import Limits
from ter_pipelines.price_book import PriceBook
from ter_pipelines.registry.registry import Registry
from ter_pipelines.settings import Settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.programme import Programme


@dataclass(frozen=True)
class Context:
    """What the application was made with.

    Args:
        programme: The rate it serves.
        registry: People, submissions, accounts.
        now: The clock.
        lake: What the pipeline made; it is only read here.
        limits: How much anybody may ask.
        settings: Where everything else is.
        book: How price files are read.
        market: What retail accounts are checked and priced by.
    """

    programme: Programme
    registry: Registry
    now: Callable[[], datetime]
    lake: Lake
    limits: Limits
    settings: Settings
    book: PriceBook
    market: Market


def context_of(request: Request) -> Context:
    """Give the application's context."""
    context = request.app.state.context
    assert isinstance(context, Context)  # noqa: S101
    return context


Here = Annotated[Context, Depends(context_of)]
