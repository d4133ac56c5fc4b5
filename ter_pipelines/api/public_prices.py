"""The open price feed: what devices are told, for anybody to read, without sign-in.

Every answer is made from the day's one `PriceDay`; docs/formats/price-feed.md tells
readers what they may rely on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from ter_pipelines.api.conditional import conditional
from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.public_documents import (
    A_CALENDAR,
    A_DAY,
    DAYS,
    DayName,
    FirstDay,
    HourCount,
    LastDay,
    VersionNumber,
)
from ter_pipelines.api.refusals import Refusal
from ter_pipelines.formats.price_calendar import MarkedDay, price_calendar
from ter_pipelines.formats.price_feed import day_as_json, days_as_csv, days_as_json
from ter_pipelines.price_days import (
    earlier_price_days,
    last_told,
    price_day,
    price_versions,
)
from ter_pipelines.pricing.cheap_hours import blocks_of, cheap_hours, dear_hours
from ter_pipelines.pricing.publication import why_not_published
from ter_pipelines.vocab.clock import (
    DAY,
    day_span,
    days_between,
    iso_utc,
    operating_day_of,
    parse_day,
)
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.price_day import PriceDay

ROOT = "/public/v1/prices"
MOST_DAYS = 100
JSON, CSV, CALENDAR = "application/json", "text/csv", "text/calendar"
SECONDS_FRESH, SECONDS_FRESH_OF_THE_PAST, SECONDS_FRESH_OF_A_VERSION = 60, 3600, 86400
LATE_SECONDS = 300

router = APIRouter(tags=["Open price feed"])


@dataclass(frozen=True)
class Asked:
    """The days that are asked for, first and last."""

    first: date
    last: date


def asked_days(here: Here, first: FirstDay = None, last: LastDay = None) -> Asked:
    """Read the days of a query; today and tomorrow if it names none.

    Raises:
        FieldError: Naming what is no day, or how many days are too many.
    """
    today = operating_day_of(here.now(), here.programme.zone)
    begin = today if first is None else _day_of("from", first, today)
    end = max(begin, today + DAY) if last is None else _day_of("to", last, today)
    count = (end - begin).days + 1
    if not 0 < count <= MOST_DAYS:
        raise FieldError(
            "prices",
            {"to": [f"got {count} days from {begin} on, expected 1 to {MOST_DAYS}"]},
        )
    return Asked(begin, end)


Span = Annotated[Asked, Depends(asked_days)]


@router.get(ROOT, responses=DAYS)
def prices(request: Request, here: Here, asked: Span) -> Response:
    """Give the prices of some days, as JSON or CSV, whichever is accepted."""
    return _days(request, here, asked, _accepted(request), {"Vary": "Accept"})


@router.get(f"{ROOT}.json", responses=DAYS)
def prices_as_json(request: Request, here: Here, asked: Span) -> Response:
    """Give the prices of some days as JSON."""
    return _days(request, here, asked, JSON, {})


@router.get(f"{ROOT}.csv", responses=DAYS)
def prices_as_csv(request: Request, here: Here, asked: Span) -> Response:
    """Give the prices of some days as CSV."""
    return _days(request, here, asked, CSV, {})


@router.get(f"{ROOT}.ics", responses=A_CALENDAR)
def calendar(request: Request, here: Here, hours: HourCount = 4) -> Response:
    """Give the cheap and the dear hours of these days as a calendar to subscribe to."""
    today = operating_day_of(here.now(), here.programme.zone)
    days = days_between(today - DAY, today + DAY)
    published = [prices for day in days if (prices := price_day(here.lake, day))]
    marked = [
        MarkedDay(
            prices,
            blocks_of(cheap_hours(prices, count=hours)),
            blocks_of(dear_hours(prices, count=hours)),
        )
        for prices in published
    ]
    body = price_calendar(marked, here.programme)
    headers = {"Cache-Control": f"public, max-age={SECONDS_FRESH}"}
    return conditional(request, body, CALENDAR, changed_at=None, headers=headers)


@router.get(f"{ROOT}/{{date}}.json", responses=A_DAY)
def day_as_json_file(
    request: Request, here: Here, date: DayName, version: VersionNumber = None
) -> Response:
    """Give the prices of a day as JSON."""
    return _day(request, here, (date, version), JSON, {})


@router.get(f"{ROOT}/{{date}}.csv", responses=A_DAY)
def day_as_csv_file(
    request: Request, here: Here, date: DayName, version: VersionNumber = None
) -> Response:
    """Give the prices of a day as CSV."""
    return _day(request, here, (date, version), CSV, {})


@router.get(f"{ROOT}/{{date}}", responses=A_DAY)
def prices_of_a_day(
    request: Request, here: Here, date: DayName, version: VersionNumber = None
) -> Response:
    """Give the prices of a day, as JSON or CSV, whichever is accepted."""
    accepted = _accepted(request)
    return _day(request, here, (date, version), accepted, {"Vary": "Accept"})


def _days(
    request: Request,
    here: Context,
    asked: Asked,
    media_type: str,
    headers: Mapping[str, str],
) -> Response:
    days = days_between(asked.first, asked.last)
    found = {day: price_day(here.lake, day) for day in days}
    published = [prices for prices in found.values() if prices]
    if media_type == CSV:
        body = days_as_csv(published)
    else:
        missing = [day for day, prices in found.items() if prices is None]
        body = days_as_json(
            published,
            here.programme,
            asked=(asked.first, asked.last),
            missing=missing,
        )
    return conditional(
        request,
        body,
        media_type,
        changed_at=_changed_at(here, days),
        headers={**headers, **_fresh(here, asked.last)},
    )


def _day(
    request: Request,
    here: Context,
    asked: tuple[str, int | None],
    media_type: str,
    headers: Mapping[str, str],
) -> Response:
    name, version = asked
    day = _day_of("date", name, operating_day_of(here.now(), here.programme.zone))
    if version is None:
        prices, changed_at = price_day(here.lake, day), _changed_at(here, [day])
        fresh = _fresh(here, day)
    else:
        prices = _version_of(here, day, version)
        changed_at = prices.version.published_at if prices else None
        fresh = {"Cache-Control": f"public, max-age={SECONDS_FRESH_OF_A_VERSION}"}
    if prices is None:
        raise _not_published(here, day)
    is_csv = media_type == CSV
    body = days_as_csv([prices]) if is_csv else day_as_json(prices, here.programme)
    told = {**headers, **fresh}
    return conditional(request, body, media_type, changed_at=changed_at, headers=told)


def _version_of(here: Context, day: date, number: int) -> PriceDay | None:
    known = earlier_price_days(here.lake, here.programme, day)
    if known and number > len(known):
        detail = f"Prices of {day}: got version {number}, expected 1 to {len(known)}."
        raise Refusal(404, {"code": "no_such_version", "detail": detail})
    return known[number - 1] if known else None


def _not_published(here: Context, day: date) -> Refusal:
    now = here.now()
    was_published = bool(price_versions(here.lake, day))
    why = why_not_published(day, here.programme, now, was_published=was_published)
    at = why.expected_at
    seconds = LATE_SECONDS if at is None else int((at - now).total_seconds()) + 1
    is_over = day_span(day, here.programme.zone).end_utc <= now
    headers = {"Cache-Control": f"public, max-age={min(seconds, SECONDS_FRESH)}"}
    if not is_over:
        headers["Retry-After"] = str(seconds)
    body = {
        "code": "not_published",
        "detail": why.detail,
        "expected_at": None if at is None else iso_utc(at),
    }
    return Refusal(404, body, headers)


def _changed_at(here: Context, days: list[date]) -> datetime | None:
    """Tell when an answer about some days was last another one.

    Which days `today` and a query without days mean changes at midnight.
    """
    today = operating_day_of(here.now(), here.programme.zone)
    midnight = day_span(today, here.programme.zone).start_utc
    told = [last_told(here.lake, day) for day in days]
    return max([midnight, *(at for at in told if at is not None)])


def _fresh(here: Context, last: date) -> dict[str, str]:
    today = operating_day_of(here.now(), here.programme.zone)
    seconds = SECONDS_FRESH_OF_THE_PAST if last < today else SECONDS_FRESH
    return {"Cache-Control": f"public, max-age={seconds}"}


def _day_of(field: str, text: str, today: date) -> date:
    named = {"today": today, "tomorrow": today + DAY}
    if text in named:
        return named[text]
    try:
        return parse_day(text)
    except ValueError:
        raise FieldError(
            "prices", {field: [f"got {text[:40]!r}, expected a date as in 2025-11-02"]}
        ) from None


def _accepted(request: Request) -> str:
    """Choose between JSON and CSV: the one that is named and not liked less."""
    liked = {JSON: 0.0, CSV: 0.0}
    for part in request.headers.get("accept", JSON).split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media_type in liked:
            liked[media_type] = _quality(parameters)
    return CSV if liked[CSV] > liked[JSON] else JSON


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            return float(value) if value.replace(".", "", 1).isdecimal() else 0.0
    return 1.0


def _answer_heads_too() -> None:
    for route in list(router.routes):
        router.add_api_route(
            route.path,  # type: ignore[attr-defined]
            route.endpoint,  # type: ignore[attr-defined]
            methods=["HEAD"],
            include_in_schema=False,
        )


_answer_heads_too()
