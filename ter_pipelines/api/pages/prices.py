"""The page of prices: today and tomorrow, or any other day; open to everybody."""

from datetime import date
from typing import Any

from fastapi import Request, Response

from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.pages.site import pages_router, read_day, render
from ter_pipelines.pages import wording
from ter_pipelines.pages.prices import PublishedDay, told_day, told_unpublished
from ter_pipelines.price_days import price_day, price_versions, published_by
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, operating_day_of

ADDRESS = "/pages/prices"

router = pages_router()


@router.get(ADDRESS)
def prices_page(request: Request, here: Here, day: str = "") -> Response:
    """Show the prices of today and tomorrow, or of one day."""
    today = operating_day_of(here.now(), here.programme.zone)
    one = read_day(day)
    days = [one] if one else [today, today + DAY]
    called = {today: "Today", today + DAY: "Tomorrow"}
    told = [_told(here, each) | {"is_called": called.get(each, "")} for each in days]
    return render(
        request,
        "prices.html",
        title=_name(one) if one else "Today and tomorrow",
        zone=str(here.programme.zone),
        days=told,
        is_one=one is not None,
        before=days[0] - DAY,
        after=one + DAY if one else None,
    )


def _told(here: Context, day: date) -> dict[str, Any]:
    now, programme = here.now(), here.programme
    prices = price_day(here.lake, day)
    if prices is None:
        newest = here.lake.partitions(tables.PRICE_CURVE)[-1:]
        nearest = [date.fromisoformat(key) for key in newest]
        return told_unpublished(day, programme, now) | {
            "nearest": {"day": nearest[0], "name": _name(nearest[0])}
            if nearest and nearest[0] < day
            else None
        }
    found = PublishedDay(
        prices=prices,
        by=published_by(here.registry, prices),
        versions=price_versions(here.lake, day),
    )
    return told_day(found, programme, now)


def _name(day: date) -> str:
    return f"{wording.day_name(day)}, {day.year}"
