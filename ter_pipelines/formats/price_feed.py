"""The open price feed: days of prices as JSON and CSV, the same digits in both.

Source: docs/formats/price-feed.md; CSV as in RFC 4180.
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.price_day import PriceDay, PriceVersion, price_line
from ter_pipelines.vocab.programme import Programme

CSV_COLUMNS = (
    "start", "end", "value", "unit", "currency", "operating_day", "version", "sha256",
)  # fmt: skip


def day_as_json(prices: PriceDay, programme: Programme) -> bytes:
    """Write one day."""
    return _json({**_programme(programme), **_day(prices)})


def days_as_json(
    days: Sequence[PriceDay],
    programme: Programme,
    *,
    asked: tuple[date, date],
    missing: Sequence[date],
) -> bytes:
    """Write several days.

    Args:
        days: Those that are published, in order.
        programme: Whose prices they are.
        asked: First and last day that was asked for.
        missing: Those of them that are not published.
    """
    first, last = asked
    return _json(
        {
            **_programme(programme),
            "from": str(first),
            "to": str(last),
            "days": [_day(prices) for prices in days],
            "not_published": [str(day) for day in missing],
        }
    )


def days_as_csv(days: Sequence[PriceDay]) -> bytes:
    """Write days, an hour a line, under one line of column names."""
    lines = [",".join(CSV_COLUMNS)]
    for prices in days:
        version = prices.version
        rest = (
            f"{prices.currency},{prices.operating_day},{version.number},"
            f"{version.sha256}"
        )
        lines += [f"{price_line(h, prices.unit)},{rest}" for h in prices.hours]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _programme(programme: Programme) -> dict[str, Any]:
    return {
        "programme": programme.programme_id,
        "title": programme.title,
        "zone": programme.zone.key,
    }


def _day(prices: PriceDay) -> dict[str, Any]:
    return {
        "operating_day": str(prices.operating_day),
        "unit": prices.unit,
        "currency": prices.currency,
        **_version(prices.version),
        "corrects": prices.corrects and _version(prices.corrects),
        "prices": [
            {
                "start": iso_utc(hour.start_utc),
                "end": iso_utc(hour.end_utc),
                "value": hour.value,
            }
            for hour in prices.hours
        ],
    }


def _version(version: PriceVersion) -> dict[str, Any]:
    return {
        "version": version.number,
        "sha256": version.sha256,
        "published_at": iso_utc(version.published_at),
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()
