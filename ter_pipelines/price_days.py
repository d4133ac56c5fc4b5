"""A day's prices out of the lake: the one object that everybody is told from.

Events to devices, the open feed and the pages take it from here; none of them reads
the curve itself.
"""

from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache

import polars as pl

from ter_pipelines.pricing.curve import find_refused_submissions
from ter_pipelines.pricing.versions import (
    as_price_day,
    digest_of_curve,
    find_price_days,
    read_versions,
)
from ter_pipelines.registry.registry import Registry
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.price_day import PriceDay, PriceVersion
from ter_pipelines.vocab.programme import Programme

_DAYS_KEPT = 400


def price_day(lake: Lake, day: date) -> PriceDay | None:
    """Give the binding prices of a day, with their version.

    Returns:
        None while nothing is published for the day, and after it was withdrawn.
    """
    while True:
        stored = lake.stored(tables.PRICE_CURVE, day)
        if stored is None or stored.rows == 0:
            return None
        with suppress(_ReplacedMeanwhileError):
            versions = stored.inputs.get("versions", "")
            return _price_day(lake, day, stored.content_sha256, versions)


def withdrawn_day(lake: Lake, programme: Programme, day: date) -> PriceDay | None:
    """Give the last prices of a day that has none any more; None if it never had."""
    if not price_versions(lake, day) or price_day(lake, day) is not None:
        return None
    earlier = earlier_price_days(lake, programme, day)
    return earlier[-1] if earlier else None


def price_versions(lake: Lake, day: date) -> list[PriceVersion]:
    """Give every version that a day's prices had, the first one first."""
    stored = lake.stored(tables.PRICE_CURVE, day)
    return [] if stored is None else read_versions(stored.inputs.get("versions", "[]"))


def earlier_price_days(lake: Lake, programme: Programme, day: date) -> list[PriceDay]:
    """Give every version of a day with its prices, from what was received."""
    components = lake.read(tables.PRICE_COMPONENT, [day])
    refused = find_refused_submissions(
        components,
        lowest=programme.lowest_price_per_kwh,
        highest=programme.highest_price_per_kwh,
        currency=programme.currency,
    )
    ids = [int(finding.subject) for finding in refused]
    binding = components.filter(~pl.col("submission_id").is_in(ids))
    return find_price_days(binding, day, interval_starts_utc(day, programme.zone))


def published_by(registry: Registry, prices: PriceDay) -> str:
    """Name the user, or the process, that sent a day's newest prices."""
    submission = registry.submission(prices.version.submission_id)
    return "" if submission is None else submission.submitted_by


def last_told(lake: Lake, day: date) -> datetime | None:
    """Tell when the lake last got prices of a day, the same ones or none included."""
    if lake.stored(tables.PRICE_CURVE, day) is None:
        return None
    return lake.written_at(tables.PRICE_CURVE, day)


class _ReplacedMeanwhileError(Exception):
    """The day was written anew while it was read."""


@lru_cache(maxsize=_DAYS_KEPT)
def _price_day(
    lake: Lake, day: date, content_sha256: str, versions_text: str
) -> PriceDay:
    """Read a day; kept by what it says, so that asking again reads nothing."""
    curve = lake.read(tables.PRICE_CURVE, [day])
    stored = lake.stored(tables.PRICE_CURVE, day)
    if stored is None or stored.content_sha256 != content_sha256:
        raise _ReplacedMeanwhileError
    versions = _versions(curve, versions_text)
    before = versions[-2] if len(versions) > 1 else None
    return as_price_day(curve, day, versions[-1], before)


def _versions(curve: pl.DataFrame, text: str) -> list[PriceVersion]:
    """Read the versions beside a curve, or number one that has none beside it."""
    if text and (versions := read_versions(text)):
        return versions
    newest = curve.sort("submission_id").row(-1, named=True)
    return [
        PriceVersion(
            1,
            digest_of_curve(curve),
            newest["published_at"],
            newest["submission_id"],
            newest["source"],
        )
    ]
