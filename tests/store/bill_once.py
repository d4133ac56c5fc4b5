"""Bill a month of three meters in a folder and print its statement lines.

Words: the folder, a seed for the order in which usage is stored, how many processors
may be used, and how the work is cut: `whole`, or `parts`, by day and by meter.
"""

import json
import os
import random
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from ter_pipelines.settlement.rated import month_of_sums, rule_values
from ter_pipelines.settlement.versions import Issue, next_versions
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.rate import Loss, PriceRule
from tests.settlement.rates import terms
from tests.store.lake_at_work import (
    LONG_DAY,
    PLAIN_DAY,
    PRICES,
    hours_of,
    put_prices,
    put_usage,
    settle,
    usage,
)

METERS = ("0012", "0013", "0014")
TERMS = terms(
    netting="hour",
    import_price=PriceRule(
        factor=Decimal("1.03456789"), floor_per_kwh=Decimal("-0.01")
    ),
    loss=Loss(share=Decimal("0.07"), applies_to="quantity"),
)
SPAN = {"first_day": date(2024, 11, 1), "last_day": date(2024, 11, 30)}


def main(folder: str, seed: str, cut: str) -> str:
    """Give the statement lines, and the hash of each settled day."""
    lake = Lake(Path(folder))
    put_month(lake, random.Random(int(seed)))  # noqa: S311 - an order, not a secret
    is_whole = cut == "whole"
    days = (LONG_DAY, PLAIN_DAY)
    for some in [days] if is_whole else [(day,) for day in days]:
        settle(lake, *some)
    ranges = (
        [("", "~")] if is_whole else [("", "0012"), ("0012", "0013"), ("0013", "~")]
    )
    sums = [row for after, last in ranges for row in sums_of(lake, after, last)]
    lines = next_versions(map(settlement_of, sums), [], ISSUE)
    stored = [lake.stored(tables.SETTLED_HOUR, day) for day in days]
    hashes = [each.content_sha256 for each in stored if each]
    return json.dumps([lines, hashes], default=str)


ISSUE = Issue(
    billing_month="2024-11", terms=TERMS, rate="ter", inputs_sha256="", issued_at=None
)


def put_month(lake: Lake, chance: random.Random) -> None:
    rows = [
        usage(
            start,
            str(Decimal((i * 7919 + n * 104729) % 2500 - 700) / 1000),
            meter_id=meter,
            device_id=f"device-{meter}",
        )
        for day in (LONG_DAY, PLAIN_DAY)
        for i, start in enumerate(hours_of(day))
        for n, meter in enumerate(METERS)
    ]
    chance.shuffle(rows)
    put_usage(lake, rows)
    put_prices(lake, LONG_DAY, PRICES)
    put_prices(lake, PLAIN_DAY, PRICES[:24])


def sums_of(lake: Lake, after: str, last: str) -> Iterator[dict[str, Any]]:
    values = {**SPAN, "after_meter": after, "last_meter": last, **rule_values(TERMS)}
    found: pl.DataFrame = lake.run("rated_month", values)
    yield from found.sort("meter_id").iter_rows(named=True)


def settlement_of(sums: dict[str, Any]) -> dict[str, Any]:
    time: dict[str, int | datetime] = {"expected_seconds": 1, "settled_seconds": 1}
    said = {"currency": "USD", "state": "COMPLETE", "served_days": 2}
    month = vars(month_of_sums(sums, TERMS))
    return {"meter_id": sums["meter_id"], **month, **time, **said}


if __name__ == "__main__":
    processors = sorted(os.sched_getaffinity(0))[: int(sys.argv[3])]
    os.sched_setaffinity(0, processors)
    print(main(sys.argv[1], sys.argv[2], sys.argv[4]))  # noqa: T201
