"""Meters that come and go, as settled and priced days are exported."""

from datetime import date, datetime

import polars as pl
import pytest

from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import HOUR, interval_starts_utc
from ter_pipelines.vocab.cmep_out import CmepOut
from tests.assets.cmep_days import (
    DAYS,
    LONG_DAY,
    MADE_AT,
    export_of,
    lines_of,
    log_of,
    settle,
    wants,
)
from tests.assets.conftest import Installation, failed_checks

NOON = 13  # hours into a day of 25


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """Let the programme begin in November, and its partner want days."""
    return wants(installation, CmepOut(daily=True))


def starts(installation: Installation, day: date) -> list[datetime]:
    return list(interval_starts_utc(day, installation.programme.zone))


def keep(installation: Installation, day: date, kept: dict[str, slice]) -> None:
    """Settle a day for meters, each for some of its hours."""
    settle(installation, day, list(kept))
    frame = installation.lake.read(tables.SETTLED_HOUR, [day])
    hours = starts(installation, day)
    is_kept = [
        row["interval_start_utc"] in hours[kept[row["meter_id"]]]
        for row in frame.iter_rows(named=True)
    ]
    installation.lake.replace(
        tables.SETTLED_HOUR, day, frame.filter(pl.Series(is_kept, dtype=pl.Boolean))
    )


def price(installation: Installation, day: date, *, but_the_first: int = 0) -> None:
    hours = starts(installation, day)
    installation.post_prices(day, ["0.10"] * len(hours))
    only = [tables.PRICE_COMPONENT, tables.PRICE_CURVE]
    installation.run("publish_prices", day, day, only=only)
    curve = installation.lake.read(tables.PRICE_CURVE, [day])
    late = curve.filter(pl.col("interval_start_utc") >= hours[but_the_first])
    installation.lake.replace(tables.PRICE_CURVE, day, late)


def exported(installation: Installation, day: date) -> list[list[str]]:
    """Export a day; give the lines of what was taken."""
    result = installation.run("export_days", day, day)
    assert failed_checks(result) == []
    return [
        line
        for line in lines_of(installation, log_of(installation, day)[-1])
        if line[10] == "KWH"
    ]


def test_meters_exchanged_at_noon_of_a_long_day_share_it(
    installation: Installation,
) -> None:
    price(installation, LONG_DAY)
    keep(installation, LONG_DAY, {"NEW": slice(NOON, 25), "OLD": slice(NOON)})

    new, old = exported(installation, LONG_DAY)

    hours = starts(installation, LONG_DAY)
    assert (new[7], new[13], old[7], old[13]) == ("NEW", "12", "OLD", "13")
    assert new[14] == f"{hours[NOON] + HOUR:%Y%m%d%H%M}"
    assert old[-3] == f"{hours[NOON]:%Y%m%d%H%M}"
    assert "N" not in new[15::3] + old[15::3]


def test_an_hour_without_a_price_is_missing_and_not_out_of_service(
    installation: Installation,
) -> None:
    price(installation, LONG_DAY, but_the_first=2)
    keep(installation, LONG_DAY, {"M1": slice(2, NOON)})

    (line,) = exported(installation, LONG_DAY)

    assert line[15::3] == ["N", "N"] + [""] * (NOON - 2)


def test_a_day_that_is_settled_without_the_meter_later_is_sent_again_as_it_was(
    installation: Installation,
) -> None:
    price(installation, LONG_DAY, but_the_first=25 - 1)
    keep(installation, LONG_DAY, {"M1": slice(24, 25)})
    before = exported(installation, LONG_DAY)

    price(installation, LONG_DAY)
    after = exported(installation, LONG_DAY)

    assert before == [[*line[:8], "OK", *line[9:]] for line in after]
    assert [line[8] for line in after] == ["RESEND"]


def test_what_is_yet_to_be_settled_makes_another_content(
    installation: Installation,
) -> None:
    day = DAYS[0]
    keep(installation, day, {"M1": slice(12)})
    before = export_of(installation, 48).content(["M1"])

    price(installation, day)
    export = export_of(installation, 48)
    content = export.content(["M1"])
    export.write(content, MADE_AT)

    line = lines_of(installation, log_of(installation, day)[0])[0]
    assert content.usage_sha256 != before.usage_sha256
    assert content.kwh == before.kwh
    assert line[13] == "12"
