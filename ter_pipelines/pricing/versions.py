"""Which versions a day's prices had: one for each time that another price held.

Derived from the components as received, so that a lake made anew from the landing
folder numbers them as before. What is submitted and changes no price (it came after
the hours it is about) is no version.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime

import polars as pl

from ter_pipelines.pricing.curve import sum_components
from ter_pipelines.vocab.clock import iso_utc, parse_instant
from ter_pipelines.vocab.errors import GapError
from ter_pipelines.vocab.price_day import (
    DayHour,
    PriceDay,
    PriceVersion,
    digest_of,
    unit_of,
)


def hours_of_curve(curve: pl.DataFrame) -> tuple[DayHour, ...]:
    """Give the hours of a curve's rows, in order of time."""
    return tuple(
        DayHour(
            row["interval_start_utc"],
            row["duration_seconds"],
            row["price_per_kwh"],
            row["submission_id"],
        )
        for row in curve.sort("interval_start_utc").iter_rows(named=True)
    )


def digest_of_curve(curve: pl.DataFrame) -> str:
    """Give the digest of the prices of a curve that has some."""
    return digest_of(hours_of_curve(curve), unit_of(curve["currency"][0]))


def find_versions(
    components: pl.DataFrame, *, day: date, hours_utc: Sequence[datetime]
) -> list[PriceVersion]:
    """Find the versions of a day, the first one first.

    Args:
        components: Rows of `raw/price_component` for the day that may bind, any order.
        day: The operating day.
        hours_utc: Starts of the hours the day has.

    Returns:
        None for a day that never was complete. Prices that were withdrawn and
        published again are a version of their own, even if they are the same.
    """
    return [found.version for found in find_price_days(components, day, hours_utc)]


def find_price_days(
    components: pl.DataFrame, day: date, hours_utc: Sequence[datetime]
) -> list[PriceDay]:
    """Find what `find_versions` does, each version with its prices."""
    found: list[PriceDay] = []
    last = ""
    for instant, known in _states(components):
        try:
            curve = sum_components(known, day=day, hours_utc=hours_utc)
        except GapError:
            last = ""
            continue
        digest = digest_of_curve(curve)
        if digest != last:
            before = found[-1].version if found else None
            newest = curve.sort("submission_id").row(-1, named=True)
            version = PriceVersion(
                before.number + 1 if before else 1,
                digest,
                instant,
                newest["submission_id"],
                newest["source"],
            )
            found.append(as_price_day(curve, day, version, before))
        last = digest
    return found


def as_price_day(
    curve: pl.DataFrame,
    day: date,
    version: PriceVersion,
    corrects: PriceVersion | None,
) -> PriceDay:
    """Make the day's prices of a curve that has some."""
    return PriceDay(
        operating_day=day,
        currency=curve["currency"][0],
        hours=hours_of_curve(curve),
        version=version,
        corrects=corrects,
    )


def write_versions(versions: Sequence[PriceVersion]) -> str:
    """Write versions as text, to be kept beside the curve."""
    return json.dumps(
        [
            [v.number, v.sha256, iso_utc(v.published_at), v.submission_id, v.source]
            for v in versions
        ]
    )


def read_versions(text: str) -> list[PriceVersion]:
    """Read what `write_versions` wrote."""
    return [
        PriceVersion(number, sha256, parse_instant(at), submission_id, source)
        for number, sha256, at, submission_id, source in json.loads(text)
    ]


def _states(components: pl.DataFrame) -> Iterator[tuple[datetime, pl.DataFrame]]:
    """Give what was known after each submission and each withdrawal."""
    received, withdrawn = pl.col("received_at"), pl.col("withdrawn_at")
    submission = pl.col("submission_id")
    for instant, newest in _turns(components):
        is_known = (received < instant) | (
            (received == instant) & (submission <= newest)
        )
        is_withdrawn = (withdrawn <= instant) & (submission <= newest)
        known = components.filter(is_known).with_columns(
            pl.when(is_withdrawn).then(withdrawn).alias("withdrawn_at")
        )
        yield instant, known


def _turns(components: pl.DataFrame) -> list[tuple[datetime, int]]:
    """Give when something came or went, each with the newest submission by then."""
    told = components.select("received_at", "submission_id", "withdrawn_at").unique()
    came = [(at, number) for at, number, _ in told.iter_rows()]
    gone = [
        (gone_at, max(number for at, number in came if at <= gone_at))
        for _, _, gone_at in told.iter_rows()
        if gone_at is not None
    ]
    return sorted({*came, *gone})
