"""The queries of a rate say to the last digit what the rate says of single hours."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from ter_pipelines.settlement.energy import PricedInterval, energy_of
from ter_pipelines.settlement.rate import kept
from ter_pipelines.settlement.rated import loss_values, month_of_sums, rule_values
from ter_pipelines.settlement.usage_hours import UsedHour, billed_hours
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.rate import Loss, PriceRule, Terms
from tests.settlement.rates import terms
from tests.store.lake_at_work import LONG_DAY, NEW_YORK

STARTS = interval_starts_utc(LONG_DAY, NEW_YORK)
FIXED = PriceRule(fixed_per_kwh=Decimal("0.12345678"))
UNEVEN = PriceRule(
    factor=Decimal("1.03456789"),
    adder_per_kwh=Decimal("-0.00000001"),
    floor_per_kwh=Decimal("-0.02"),
    cap_per_kwh=Decimal("0.55555555"),
)
LOSS = Loss(share=Decimal("0.07"), applies_to="quantity")
TERMS = {
    "plain": terms(),
    "by the hour": terms(netting="hour", export_price=UNEVEN),
    "by the month": terms(netting="month", import_price=FIXED, export_price=FIXED),
    "lossy": terms(import_price=UNEVEN, loss=LOSS),
    "lossy price": terms(
        export_price=UNEVEN, loss=replace(LOSS, applies_to="price", is_of_export=False)
    ),
}
KWH = st.decimals(0, 10**5, places=6)
PRICES = st.decimals(-10, 100, places=8)
HOURS = st.lists(st.tuples(KWH, KWH, PRICES), min_size=1, max_size=25)
Used = list[tuple[Decimal, Decimal, Decimal]]


def run(lake: Lake, query: str, by: Terms, **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    values = {"first_day": date(2024, 11, 1), "last_day": date(2024, 11, 30)}
    return lake.run(query, {**values, **rule_values(by), **more}).rows(named=True)


def put(lake: Lake, used: Used) -> None:
    rows = [
        {
            "meter_id": "0012",
            "interval_start_utc": start,
            "duration_seconds": 3600,
            "import_kwh": taken,
            "export_kwh": given_back,
            "price_per_kwh": price,
            "import_amount": Decimal(0),
            "export_amount": Decimal(0),
            "currency": "USD",
            "price_submission_id": 7,
            "usage_version": 1,
            "quality": "",
            "heard_seconds": 3600,
            "missing_seconds": 0,
        }
        for start, (taken, given_back, price) in zip(STARTS, used, strict=False)
    ]
    frame = frame_of(tables.SETTLED_HOUR, rows)
    lake.replace(tables.SETTLED_HOUR, LONG_DAY, frame)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder: Path = tmp_path_factory.mktemp("lake")
    return Lake(folder)


@pytest.mark.parametrize("name", TERMS)
@given(used=HOURS)
@tries(deadline=None, max_examples=12)
def test_a_month_is_what_the_rate_makes_of_its_hours(
    lake: Lake, name: str, used: Used
) -> None:
    by = TERMS[name]
    put(lake, used)

    (sums,) = run(lake, "rated_month", by, after_meter="", last_meter="0012")

    intervals = [
        PricedInterval(start, 3600, *hour)
        for start, hour in zip(STARTS, used, strict=False)
    ]
    assert month_of_sums(sums, by) == kept(energy_of(intervals, by))


@pytest.mark.parametrize("name", TERMS)
@given(used=HOURS)
@tries(deadline=None, max_examples=12)
def test_an_hour_is_what_the_rate_makes_of_it(
    lake: Lake, name: str, used: Used
) -> None:
    by = TERMS[name]
    put(lake, used)

    rows = run(lake, "statement_hour", by, meter_ids=["0012"], **loss_values(by))

    hours = {
        start: UsedHour(taken, given_back, heard_seconds=3600, usage_version=1)
        for start, (taken, given_back, _) in zip(STARTS, used, strict=False)
    }
    prices = {start: hour[2] for start, hour in zip(STARTS, used, strict=False)}
    expected = [
        vars(replace(hour, price_submission_id=7))
        for hour in billed_hours(hours, prices, by, 1)
    ]
    assert [{**row, "meter_id": None} for row in rows] == [
        {**hour, "meter_id": None} for hour in expected
    ]


def test_only_the_meters_asked_for_are_given(lake: Lake) -> None:
    put(lake, [(Decimal(1), Decimal(0), Decimal("0.1"))])
    by = TERMS["plain"]

    rows = run(lake, "statement_hour", by, meter_ids=["0013"], **loss_values(by))

    assert rows == []
