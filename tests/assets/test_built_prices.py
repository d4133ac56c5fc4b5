"""Prices built from the market's: told to devices, billed, and shown part by part."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from ter_pipelines.registry.submissions import NewSubmission
from ter_pipelines.settlement.document import told
from ter_pipelines.statements import versions_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, iso_utc
from ter_pipelines.vocab.price_recipe import Adder, PeakWindow, PriceRecipe
from ter_pipelines.vocab.rate import PriceRule, PriceSource
from tests.assets.conftest import BEFORE, Installation, failed_checks
from tests.formats.market_files import EASTERN, NYISO_HEADER, day_of, file_of, nyiso
from tests.settlement.files_at_hand import rate

SHORT_DAY, PLAIN_DAY, LONG_DAY = date(2026, 3, 8), date(2025, 11, 14), date(2025, 11, 2)
METERS = """
    {"meters": [{"meter_id": "M1", "ven_id": "ven-1", "device_id": "device-1"}]}
"""
PRICE = PriceSource(
    source="nyiso",
    unit="USD/MWh",
    location="CAPITL",
    recipe=PriceRecipe(
        loss_uplift=Decimal("0.05"),
        adders=(
            Adder(
                name="transmission",
                per_kwh=Decimal("0.21"),
                window=PeakWindow(hours=frozenset({1})),
            ),
        ),
        margin_per_kwh=Decimal("0.005"),
    ),
)


@pytest.fixture
def installation(installation: Installation) -> Installation:
    installation.rate = rate(
        price=PRICE,
        shows_components=True,
        minimum_completeness=Decimal(0),
        adjustment_days=36500,
    )
    return installation


def land(
    installation: Installation, day: date, body: bytes, file_format: str = "nyiso"
) -> None:
    installation.registry.land(
        NewSubmission(
            kind="prices",
            source="price-feed",
            format=file_format,
            submitted_by="fetch_prices",
            body=body,
            received_at=BEFORE,
            operating_day=day,
        )
    )


def publish(installation: Installation, day: date) -> None:
    """Land a day of 20 USD/MWh, of which 1 is losses and 2 congestion."""
    lines = day_of(day, EASTERN, nyiso)
    lines = day_of(day, EASTERN, nyiso, ["20"] * len(lines))
    land(installation, day, file_of(NYISO_HEADER, *lines))
    assert installation.run("publish_prices", day, day).success


def use(installation: Installation, day: date, hours: int, kwh: str) -> None:
    installation.post_meters(METERS)
    installation.run("map_meters", "", "")
    installation.report(day, [kwh] * hours, received_at=f"{day + DAY}T12:00:00Z")
    assert installation.run("settle_usage", day, day).success


def lines_of(installation: Installation, month: str) -> dict[str, dict[str, object]]:
    (found,) = versions_of(installation.lake, "M1", month)
    said = told(found, has_hours=False)
    return {line["line_code"]: line for line in said["lines"]}


@pytest.mark.parametrize(
    ("day", "hours", "peaks"),
    [(SHORT_DAY, 23, 1), (PLAIN_DAY, 24, 1), (LONG_DAY, 25, 2)],
)
def test_the_curve_is_the_exact_sum_of_the_named_parts(
    installation: Installation, day: date, hours: int, peaks: int
) -> None:
    publish(installation, day)

    curve = installation.lake.read(tables.PRICE_CURVE, [day])
    parts = installation.lake.read(tables.PRICE_COMPONENT, [day])
    # 0.020 x 1.05 + 0.005 = 0.026, and 0.21 more from 01:00 to 02:00
    prices = curve["price_per_kwh"].to_list()
    assert len(prices) == hours
    assert prices.count(Decimal("0.236")) == peaks
    assert prices.count(Decimal("0.026")) == hours - peaks
    assert parts.group_by("component").agg(
        pl.len(), pl.col("price_per_kwh").sum()
    ).sort("component").rows() == [
        ("congestion", hours, Decimal("0.002") * hours),
        ("energy", hours, Decimal("0.017") * hours),
        ("loss", hours, Decimal("0.001") * hours),
        ("loss_uplift", hours, Decimal("0.001") * hours),
        ("margin", hours, Decimal("0.005") * hours),
        ("transmission", hours, Decimal("0.21") * peaks),
    ]


@pytest.mark.parametrize(
    ("day", "hours", "peaks"), [(SHORT_DAY, 23, 1), (LONG_DAY, 25, 2)]
)
def test_the_statement_tells_what_each_part_came_to(
    installation: Installation, day: date, hours: int, peaks: int
) -> None:
    publish(installation, day)
    use(installation, day, hours, "2.000")

    result = installation.run("close_month", f"{day:%Y-%m}-01", f"{day:%Y-%m}-01")

    assert result.success
    assert failed_checks(result) == []
    line = lines_of(installation, f"{day:%Y-%m}")["import_energy"]
    components = line["components"]
    assert isinstance(components, dict)
    assert {name: Decimal(amount) for name, amount in components.items()} == {
        "congestion": 2 * hours * Decimal("0.002"),
        "energy": 2 * hours * Decimal("0.017"),
        "loss": 2 * hours * Decimal("0.001"),
        "loss_uplift": 2 * hours * Decimal("0.001"),
        "margin": 2 * hours * Decimal("0.005"),
        "transmission": 2 * peaks * Decimal("0.21"),
    }
    assert sum(map(Decimal, components.values())) == Decimal(str(line["exact_amount"]))


def test_what_the_rate_adds_to_the_price_is_a_part_of_its_own(
    installation: Installation,
) -> None:
    dearer = PriceRule(adder_per_kwh=Decimal("0.01"))
    assert installation.rate
    (terms,) = installation.rate.versions
    terms = replace(terms, import_price=dearer)
    installation.rate = replace(installation.rate, versions=(terms,))
    publish(installation, PLAIN_DAY)
    use(installation, PLAIN_DAY, 24, "1.000")

    installation.run("close_month", "2025-11-01", "2025-11-01")

    components = lines_of(installation, "2025-11")["import_energy"]["components"]
    assert isinstance(components, dict)
    assert components["rate_terms"] == "0.24"
    assert components["transmission"] == "0.21"


def test_closing_again_tells_the_parts_once(installation: Installation) -> None:
    publish(installation, PLAIN_DAY)
    use(installation, PLAIN_DAY, 24, "1.000")
    installation.run("close_month", "2025-11-01", "2025-11-01")
    before = installation.lake.read(tables.STATEMENT_COMPONENT)

    result = installation.run("close_month", "2025-11-01", "2025-11-01")

    assert failed_checks(result) == []
    assert before.height == 12
    assert installation.lake.read(tables.STATEMENT_COMPONENT).equals(before)


def test_a_rate_that_does_not_tell_them_has_none(installation: Installation) -> None:
    installation.rate = rate(price=PRICE, minimum_completeness=Decimal(0))
    publish(installation, PLAIN_DAY)
    use(installation, PLAIN_DAY, 24, "1.000")

    installation.run("close_month", "2025-11-01", "2025-11-01")

    assert installation.lake.read(tables.STATEMENT_COMPONENT).is_empty()


def test_a_missing_component_blocks_the_day_by_its_name(
    installation: Installation,
) -> None:
    publish(installation, LONG_DAY)
    parts = installation.lake.read(tables.PRICE_COMPONENT, [LONG_DAY])
    is_lost = (pl.col("component") == "transmission") & (
        pl.col("interval_start_utc") == datetime(2025, 11, 2, 9, tzinfo=UTC)
    )
    installation.lake.replace(
        tables.PRICE_COMPONENT, LONG_DAY, parts.filter(~is_lost).drop("operating_day")
    )

    result = installation.run(
        "publish_prices", LONG_DAY, LONG_DAY, only=[tables.PRICE_CURVE]
    )
    use(installation, LONG_DAY, 25, "1.000")

    assert "every_day_is_published" in failed_checks(result)
    said = [
        str(check.metadata["what"].value)
        for check in result.get_asset_check_evaluations()
        if check.check_name == "every_day_is_published"
    ]
    assert "component 'transmission' of submission 1 lacks 1 of 25 hours" in said[0]
    assert iso_utc(datetime(2025, 11, 2, 9, tzinfo=UTC)) in said[0]
    assert installation.lake.read(tables.PRICE_CURVE, [LONG_DAY]).is_empty()
    assert installation.lake.read(tables.SETTLED_HOUR, [LONG_DAY]).is_empty()


def test_a_part_that_is_called_like_the_markets_is_told_and_the_day_is_not_published(
    installation: Installation,
) -> None:
    clash = PriceRecipe(adders=(Adder(name="energy", per_kwh=Decimal(1)),))
    installation.rate = rate(price=replace(PRICE, recipe=clash))
    lines = day_of(PLAIN_DAY, EASTERN, nyiso)
    land(installation, PLAIN_DAY, file_of(NYISO_HEADER, *lines))

    result = installation.run("publish_prices", PLAIN_DAY, PLAIN_DAY)

    assert "every_submission_is_read" in failed_checks(result)
    assert installation.lake.read(tables.PRICE_CURVE, [PLAIN_DAY]).is_empty()


def test_prices_that_were_told_stay_when_the_rates_parts_change(
    installation: Installation,
) -> None:
    publish(installation, PLAIN_DAY)
    before = installation.lake.read(tables.PRICE_CURVE, [PLAIN_DAY])
    installation.rate = rate(price=replace(PRICE, recipe=None))

    installation.run("publish_prices", PLAIN_DAY, PLAIN_DAY)

    after = installation.lake.read(tables.PRICE_CURVE, [PLAIN_DAY])
    assert after["price_per_kwh"].equals(before["price_per_kwh"])
