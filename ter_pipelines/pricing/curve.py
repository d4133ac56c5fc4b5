"""From price components, as received, to the binding curve of a day."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from ter_pipelines.vocab.clock import HOUR, iso_utc
from ter_pipelines.vocab.errors import GapError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.price_recipe import PARTS_OF_SOME_HOURS
from ter_pipelines.vocab.units import plain

HOUR_SECONDS = int(HOUR.total_seconds())


def binding_components(components: pl.DataFrame) -> pl.DataFrame:
    """Keep, for each hour, the components of the submission that binds it.

    The newest one that stood when the hour began, for devices act on what was
    published in time and not withdrawn by then; an hour without one has the newest of
    all that still stand. The others stay in `raw`.
    """
    hour, submission = pl.col("interval_start_utc"), pl.col("submission_id")
    withdrawn = pl.col("withdrawn_at")
    stood = (pl.col("received_at") <= hour) & (withdrawn.is_null() | (withdrawn > hour))
    in_time = pl.when(stood).then(submission).max().over(hour)
    newest = pl.when(withdrawn.is_null()).then(submission).max().over(hour)
    return components.filter(submission == pl.coalesce(in_time, newest))


def find_refused_submissions(
    components: pl.DataFrame, *, lowest: Decimal, highest: Decimal, currency: str
) -> list[Finding]:
    """Find submissions that must not bind anybody: a slip of unit, another currency.

    The subject is the submission's id.
    """
    hourly = components.group_by("submission_id", "interval_start_utc").agg(
        pl.col("price_per_kwh").sum(),
        (pl.col("currency") != currency).any().alias("is_foreign"),
    )
    refused = (
        hourly.filter(
            (pl.col("price_per_kwh") < lowest)
            | (pl.col("price_per_kwh") > highest)
            | pl.col("is_foreign")
        )
        .group_by("submission_id")
        .agg(pl.len().alias("hours"), pl.col("price_per_kwh").max().alias("highest"))
        .sort("submission_id")
    )
    return [
        Finding(
            "price.submission_refused",
            str(row["submission_id"]),
            {"hours": row["hours"], "highest_per_kwh": plain(row["highest"])},
        )
        for row in refused.iter_rows(named=True)
    ]


def sum_components(
    components: pl.DataFrame, *, day: date, hours_utc: Sequence[datetime]
) -> pl.DataFrame:
    """Add the components of each hour's binding submission, exactly.

    Args:
        components: Rows of `raw/price_component` for the day, any order.
        day: The operating day, for messages.
        hours_utc: Starts of the hours the day has.

    Returns:
        Rows of `core/price_curve`, in order of time.

    Raises:
        GapError: If an hour has no price, or there is none at all; if an hour lacks a
            component that other hours of its submission have.
    """
    binding = binding_components(components)
    _require_every_component(components, binding, day)
    curve = (
        binding.group_by("interval_start_utc", "duration_seconds")
        .agg(
            pl.col("price_per_kwh").sum(),
            pl.col("currency", "submission_id", "source").first(),
            pl.col("received_at").first().alias("published_at"),
        )
        .sort("interval_start_utc")
    )
    priced = set(curve["interval_start_utc"])
    missing = [hour for hour in hours_utc if hour not in priced]
    if missing:
        raise GapError(
            f"{day}: got prices for {len(hours_utc) - len(missing)} of "
            f"{len(hours_utc)} hours, first missing {iso_utc(missing[0])}; "
            "publish the whole day again"
        )
    return curve


def find_incomplete_hours(
    curve: pl.DataFrame, *, day: date, hours_utc: Sequence[datetime]
) -> list[Finding]:
    """Find hours of a stored curve that are missing, repeated or not an hour long."""
    starts = curve["interval_start_utc"].to_list()
    missing = [hour for hour in hours_utc if hour not in starts]
    extra = len(starts) - (len(hours_utc) - len(missing))
    odd = curve.filter(pl.col("duration_seconds") != HOUR_SECONDS).height
    findings = []
    if missing:
        first = iso_utc(missing[0])
        findings.append(
            Finding("price.missing", str(day), {"hours": len(missing), "first": first})
        )
    if extra or odd:
        findings.append(
            Finding("price.not_hourly", str(day), {"extra": extra, "not_an_hour": odd})
        )
    return findings


def _require_every_component(
    components: pl.DataFrame, binding: pl.DataFrame, day: date
) -> None:
    """Refuse hours whose price is not all of its components.

    A cap, a floor and what rounding leaves over are components of some hours only.
    """
    is_steady = ~pl.col("component").is_in(sorted(PARTS_OF_SOME_HOURS))
    steady = components.filter(is_steady).select("submission_id", "component").unique()
    hours = binding.select("submission_id", "interval_start_utc").unique()
    missing = (
        hours.join(steady, on="submission_id")
        .join(binding, on=["component", *hours.columns], how="anti")
        .sort("component", "interval_start_utc")
    )
    if missing.is_empty():
        return
    submission_id, first, name = missing.row(0)
    lacks = missing.filter(pl.col("component") == name).height
    raise GapError(
        f"{day}: component {name!r} of submission {submission_id} lacks {lacks} of "
        f"{hours['interval_start_utc'].n_unique()} hours, first {iso_utc(first)}; "
        "publish the whole day again"
    )
