"""What a member's host measured: the newest value, a stretch of time, sums of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from threading import BoundedSemaphore
from typing import Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response, status

from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.refusals import Refusal
from ter_pipelines.api.silesia.answers import told
from ter_pipelines.api.silesia.documents import (
    AGGREGATES,
    ASKS_RANGE,
    ASKS_STEPS,
    LATEST,
    VALUES,
    answers,
)
from ter_pipelines.api.silesia.hosts import own_host
from ter_pipelines.api.silesia.locations import Member
from ter_pipelines.metering.summaries import Step, Summary, summarize
from ter_pipelines.registry.channels import ChannelHistory, ChannelValue
from ter_pipelines.registry.people import SignedIn
from ter_pipelines.vocab.clock import HOUR, Span, day_span, iso_utc, parse_instant
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.strict_json import JsonNumber
from ter_pipelines.vocab.units import plain

MOST_VALUES = 50_000
LONGEST = {"values": timedelta(days=32), "hour": timedelta(days=93)}
LONGEST_DAYS = timedelta(days=367)
# A year of minutes takes a processor for seconds, and others want to be answered too.
READ_AT_ONCE = BoundedSemaphore(2)
WAIT_SECONDS, RETRY_AFTER_SECONDS = 2, 5
_PATH = "/user/hosts/{host_id:number}/measurements/{measurement}"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A plus in a query is a blank, and clients forget to write it %2B.
_LOST_PLUS = re.compile(r" (?=[0-9]{2}:?[0-9]{2}$)")

router = APIRouter()


@dataclass(frozen=True)
class _Asked:
    """One measurement of one host, and what it said."""

    host_id: int
    measurement: str
    history: ChannelHistory

    def told(self, **more: object) -> dict[str, object]:
        return {"host": self.host_id, "measurement": self.measurement, **more}


@router.get(
    _PATH + "/latest", responses=answers(401, 403, 404, 503, told={200: LATEST})
)
def latest(here: Here, user: Member, host_id: int, measurement: str) -> Response:
    """Give the newest value of a measurement; its time says how new it is."""
    asked = _asked(here, user, host_id, measurement)
    newest = asked.history.newest()
    if newest is None:
        raise _not_found(f"Measurement '{measurement}' has no value yet")
    return told(asked.told(**_value(newest)))


@router.get(
    _PATH + "/values",
    responses=answers(400, 401, 403, 404, 503, told={200: VALUES}),
    openapi_extra=ASKS_RANGE,
)
def values(
    request: Request, here: Here, user: Member, host_id: int, measurement: str
) -> Response:
    """Give the values from an instant until before another, in order of time."""
    asked = _asked(here, user, host_id, measurement)
    span = _span(request, here.programme.zone, LONGEST["values"])
    with _a_turn():
        found = asked.history.between(
            span.start_utc,
            span.end_utc,
            lambda read: [_value(each) for each in islice(read, MOST_VALUES + 1)],
            at_most=MOST_VALUES + 1,
        )
    if len(found) > MOST_VALUES:
        wrong = f"There are more than {MOST_VALUES} values; ask for a shorter time."
        raise FieldError("query", {"to": [wrong]})
    return told(asked.told(values=found))


@router.get(
    _PATH + "/aggregates",
    responses=answers(400, 401, 403, 404, 503, told={200: AGGREGATES}),
    openapi_extra=ASKS_STEPS,
)
def aggregates(
    request: Request, here: Here, user: Member, host_id: int, measurement: str
) -> Response:
    """Give count, least, mean, greatest, first and last by the hour or local day.

    An hour or day without a value is left out.
    """
    asked = _asked(here, user, host_id, measurement)
    step = _step(request)
    zone = here.programme.zone
    longest = LONGEST["hour"] if step == "hour" else LONGEST_DAYS
    span = _span(request, zone, longest)
    with _a_turn():
        found = asked.history.between(
            span.start_utc, span.end_utc, lambda read: summarize(read, step, zone)
        )
    return told(asked.told(step=step, aggregates=[_summary(each) for each in found]))


def _asked(here: Context, user: SignedIn, host_id: int, measurement: str) -> _Asked:
    """Give what is asked for, if it is one's own and was asked to be measured."""
    host = own_host(here.registry, user, host_id)
    assigned = here.registry.sites.assigned(host.id)
    if measurement not in {each.measurement for each in assigned}:
        raise _not_found(
            f"Measurement '{measurement[:128]}' wasn't assigned or doesn't exist"
        )
    history = here.registry.modbus.channel(host.meter.host_id, measurement)
    return _Asked(host.id, measurement, history)


@contextmanager
def _a_turn() -> Iterator[None]:
    """Wait for a turn to read much.

    Raises:
        Refusal: 429 if too many others do.
    """
    if not READ_AT_ONCE.acquire(timeout=WAIT_SECONDS):
        detail = f"Many read values now; ask again in {RETRY_AFTER_SECONDS} seconds."
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        raise Refusal(status.HTTP_429_TOO_MANY_REQUESTS, {"detail": detail}, headers)
    try:
        yield
    finally:
        READ_AT_ONCE.release()


def _not_found(error: str) -> Refusal:
    return Refusal(status.HTTP_404_NOT_FOUND, {"error": error})


def _step(request: Request) -> Step:
    step = request.query_params.get("step", "")
    if step == "hour":
        return "hour"
    if step == "day":
        return "day"
    wrong = f'"{step[:40]}" is not a valid choice; expected hour or day.'
    raise FieldError("query", {"step": [wrong]})


def _span(request: Request, zone: ZoneInfo, longest: timedelta) -> Span:
    """Read from when until when.

    Raises:
        FieldError: If one of them is missing or wrong, or the time is too long.
    """
    found: dict[str, datetime] = {}
    errors: dict[str, list[str]] = {}
    for name in ("from", "to"):
        text = request.query_params.get(name)
        try:
            found[name] = _instant(text, zone)
        except (ValueError, OverflowError):
            shown = "This field is required." if text is None else f"Got {text[:40]!r}."
            example = "2025-11-02T00:00:00-04:00"
            errors[name] = [
                f"{shown} Expected a date, or an instant such as {example}."
            ]
    # The days may have an hour more than others between them.
    if not errors and not timedelta(0) < found["to"] - found["from"] <= longest + HOUR:
        errors["to"] = [f"Expected after from, and at most {longest.days} days after."]
    if errors:
        raise FieldError("query", errors)
    return Span(found["from"], found["to"])


def _instant(text: str | None, zone: ZoneInfo) -> datetime:
    if text is None:
        raise ValueError
    if _DATE.fullmatch(text):
        start = day_span(date.fromisoformat(text), zone).start_utc
        return parse_instant(start.isoformat())
    return parse_instant(_LOST_PLUS.sub("+", text))


def _value(read: ChannelValue) -> dict[str, object]:
    return {
        "value": JsonNumber(plain(read.value)),
        "unit": read.unit,
        "read_at": iso_utc(read.read_at),
        "quality": read.quality,
    }


_Figure = Literal["minimum", "mean", "maximum", "first", "last"]
_FIGURES: tuple[_Figure, ...] = ("minimum", "mean", "maximum", "first", "last")


def _summary(summary: Summary) -> dict[str, object]:
    figures: dict[str, object] = {}
    for name in _FIGURES:
        number = getattr(summary, name)
        figures[name] = None if number is None else JsonNumber(plain(number))
    return {
        "start": iso_utc(summary.span.start_utc),
        "end": iso_utc(summary.span.end_utc),
        "unit": summary.unit,
        "count": summary.count,
        "doubted": summary.doubted,
        **figures,
    }
