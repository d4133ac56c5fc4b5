"""Submissions as the partners' contracts answer them.

Numbers that came as JSON numbers go back with the digits they came with.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from ter_pipelines.formats.price_sources import TER_SCHEDULE_JSON
from ter_pipelines.metering.meter_list import MeterEntry, read_meter_list
from ter_pipelines.price_book import PriceBook
from ter_pipelines.registry.submissions import Submission
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.prices import PriceHour
from ter_pipelines.vocab.strict_json import JsonNumber, parse_json
from ter_pipelines.vocab.units import plain

SCHEDULE_FORMAT = TER_SCHEDULE_JSON
METERS_FORMAT = "ter-meters-json"


def write_json(value: object) -> str:
    """Write a JSON value; a `JsonNumber` as its own digits.

    >>> write_json({"price": JsonNumber("12.340"), "at": ["text", None, True]})
    '{"price": 12.340, "at": ["text", null, true]}'
    """
    if isinstance(value, JsonNumber):
        return str(value)
    if isinstance(value, dict):
        members = (f"{json.dumps(k)}: {write_json(v)}" for k, v in value.items())
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(write_json, value)) + "]"
    return json.dumps(value)


def price_answer(
    submission: Submission, body: bytes, book: PriceBook
) -> dict[str, object]:
    """Give `{"id", "created", "schedule"}`, the schedule as it was given.

    Raises:
        InputError: If the body cannot be read.
    """
    return {**_head(submission), "schedule": schedule_of(submission, body, book)}


def schedule_of(submission: Submission, body: bytes, book: PriceBook) -> object:
    """Give the schedule as it was given; a market's file in the same form.

    The prices of a market's file are what comes of it: the whole price, with what the
    rate puts on it.

    Raises:
        InputError: If the body cannot be read.
    """
    if submission.format == SCHEDULE_FORMAT:
        document = parse_json(body)
        if isinstance(document, dict) and "schedule" in document:
            return document["schedule"]
    if submission.format == SCHEDULE_FORMAT or submission.operating_day is None:
        raise FormatError(
            f"submission {submission.id}: got no schedule in {submission.format!r}"
        )
    schedule = book.read(submission.format, body, submission.operating_day)
    published = submission.publication_day
    currency = book.programme.currency
    return {
        "date": None if published is None else published.isoformat(),
        "unit": f"{currency}/kWh",
        "currency": currency,
        "prices": _whole_prices(schedule.hours),
    }


def meters_answer(
    submission: Submission, body: bytes, book: PriceBook
) -> dict[str, object]:
    """Give `{"id", "created", "meters"}`, in one spelling whatever came.

    Raises:
        InputError: If the body cannot be read.
    """
    entries = read_meter_list(body, zone=book.programme.zone)
    return {**_head(submission), "meters": [_meter(entry) for entry in entries]}


def _head(submission: Submission) -> dict[str, object]:
    return {"id": submission.id, "created": iso_utc(submission.received_at)}


def _whole_prices(hours: Sequence[PriceHour]) -> list[dict[str, str]]:
    prices: defaultdict[datetime, Decimal] = defaultdict(Decimal)
    for hour in hours:
        prices[hour.interval_start_utc] += hour.price_per_kwh
    return [
        {"datetime": iso_utc(start), "price": plain(price)}
        for start, price in sorted(prices.items())
    ]


def _meter(entry: MeterEntry) -> dict[str, str]:
    answer = {
        "meter_id": entry.meter_id,
        "ven_id": entry.ven_id,
        "device_id": entry.device_id,
    }
    if entry.valid_from is not None:
        answer["valid_from"] = iso_utc(entry.valid_from)
    return answer
