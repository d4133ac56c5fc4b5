"""Which files a rate's prices come in, and what is put on them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.price_book import PriceBook
from ter_pipelines.settings import read_settings
from ter_pipelines.vocab.errors import FieldError, FormatError
from ter_pipelines.vocab.plain_rate import plain_rate
from ter_pipelines.vocab.price_recipe import Adder, PeakWindow, PriceRecipe
from ter_pipelines.vocab.prices import PriceHour
from ter_pipelines.vocab.rate import PriceSource, Rate
from tests.formats.market_files import (
    CENTRAL,
    DAYS,
    EASTERN,
    ERCOT_HEADER,
    NYISO_HEADER,
    PJM_HEADER,
    PLAIN_DAY,
    Line,
    day_of,
    ercot,
    file_of,
    nyiso,
    pjm,
)
from tests.house.tree import ROOT
from tests.settlement.files_at_hand import rate
from tests.settlement.rates import terms

PROGRAMME = replace(
    read_settings({}).read_programme(), first_operating_day=date(2025, 3, 1)
)
ISO_NE = ROOT / "examples" / "prices" / "WW_DALMP_ISO_20251114.csv"
PROFILES = ROOT / "ter_pipelines" / "formats" / "price_files" / "profiles"
NYISO = PriceSource(source="nyiso", unit="USD/MWh", location="CAPITL")
RECIPE = PriceRecipe(
    loss_uplift=Decimal("0.05"),
    adders=(
        Adder(
            name="transmission",
            per_kwh=Decimal("0.21"),
            window=PeakWindow(hours=frozenset({17})),
        ),
    ),
    margin_per_kwh=Decimal("0.005"),
    cap_per_kwh=Decimal("0.23"),
)


def book(price: PriceSource, programme_zone: object = None) -> PriceBook:
    programme = replace(PROGRAMME, zone=programme_zone) if programme_zone else PROGRAMME  # type: ignore[arg-type]
    return PriceBook(programme, rate(price=price))


def total(hours: tuple[PriceHour, ...]) -> Decimal:
    return sum((hour.price_per_kwh for hour in hours), Decimal())


@pytest.mark.parametrize(("day", "hours"), DAYS)
@pytest.mark.parametrize(
    ("source", "location", "header", "line"),
    [
        ("nyiso", "CAPITL", NYISO_HEADER, nyiso),
        ("pjm", "WESTERN HUB", PJM_HEADER, pjm),
    ],
)
def test_a_days_file_of_each_market_is_that_day(
    day: date, hours: int, source: str, location: str, header: str, *, line: Line
) -> None:
    price = PriceSource(source=source, unit="USD/MWh", location=location)
    body = file_of(header, *day_of(day, EASTERN, line))

    schedule, got = book(price).require(source, body, day)

    assert got == day
    assert book(price).format_on(day) == source
    assert len({hour.interval_start_utc for hour in schedule.hours}) == hours


@pytest.mark.parametrize(("day", "hours"), DAYS)
def test_another_markets_day_is_of_its_own_zone(day: date, hours: int) -> None:
    price = PriceSource(source="ercot", unit="USD/MWh", location="HB_NORTH")
    body = file_of(ERCOT_HEADER, *day_of(day, CENTRAL, ercot))

    schedule, got = book(price, CENTRAL).require("ercot", body, day)

    assert (got, len(schedule.hours)) == (day, hours)


def test_parts_are_put_on_the_prices_of_the_rates_source() -> None:
    """18 USD/MWh at 01:00; 34 at 17:00: 0.034 x 1.05 + 0.21 + 0.005 is over 0.23."""
    body = file_of(NYISO_HEADER, *day_of(PLAIN_DAY, EASTERN, nyiso))
    price = replace(NYISO, recipe=RECIPE)

    schedule, _ = book(price).require("nyiso", body, PLAIN_DAY)

    by_part: dict[str, list[Decimal]] = {}
    for hour in schedule.hours:
        by_part.setdefault(hour.component, []).append(hour.price_per_kwh)
    at_five = [h for h in schedule.hours if h.interval_start_utc.hour == 22]
    assert {name: len(prices) for name, prices in by_part.items()} == {
        "energy": 24, "congestion": 24, "loss": 24,
        "loss_uplift": 24, "transmission": 24, "margin": 24, "cap": 1,
    }  # fmt: skip
    assert total(tuple(at_five)) == Decimal("0.23")
    assert sum(by_part["transmission"]) == Decimal("0.21")


def test_a_schedule_in_another_form_is_of_finished_prices() -> None:
    body = ISO_NE.read_bytes()

    plain = PriceBook(PROGRAMME, plain_rate(PROGRAMME))
    other = book(replace(NYISO, recipe=RECIPE))

    market = plain.read("iso-ne-da-csv", body, PLAIN_DAY)
    assert other.read("iso-ne-da-csv", body, PLAIN_DAY) == market


def test_each_month_has_the_source_of_its_version() -> None:
    iso_ne = PriceSource(source="iso-ne-csv", unit="USD/MWh", location="4002")
    later = replace(terms(price=NYISO), effective_from=date(2025, 12, 1))
    both = replace(rate(price=iso_ne), versions=(terms(price=iso_ne), later))

    held = PriceBook(PROGRAMME, both)

    assert held.format_on(date(2025, 11, 30)) == "iso-ne-da-csv"
    assert held.format_on(date(2025, 12, 1)) == "nyiso"
    with pytest.raises(FieldError, match="2024-11-01 or later, when the rate begins"):
        held.format_on(date(2024, 10, 31))


def own_profile(tmp_path: Path, name: str = "our-market.toml") -> Rate:
    """Read a rate whose profile lies beside it: New York's, called otherwise."""
    (tmp_path / name).write_bytes((PROFILES / "nyiso.toml").read_bytes())
    text = (ROOT / "examples" / "rate.toml").read_text()
    file = tmp_path / "rate.toml"
    file.write_text(text.replace('"ter-json"', f'"{name}"'))
    return read_settings({"TER_RATE": str(file)}).read_rate(PROGRAMME)


def test_a_profile_of_ones_own_reads_the_files_of_its_name(tmp_path: Path) -> None:
    held = PriceBook(PROGRAMME, own_profile(tmp_path))
    day = date(2025, 11, 2)
    lines = day_of(day, EASTERN, nyiso)

    schedule, _ = held.require("our-market", file_of(NYISO_HEADER, *lines), day)

    assert held.format_on(day) == "our-market"
    assert len({hour.interval_start_utc for hour in schedule.hours}) == 25


@pytest.mark.parametrize("name", ["nyiso.toml", "Our Market.toml"])
def test_a_profile_that_no_format_can_be_called_like_does_not_start(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(FieldError, match="called like no source"):
        own_profile(tmp_path, name)


def test_a_profile_that_is_not_there_does_not_start(tmp_path: Path) -> None:
    rate_file = tmp_path / "rate.toml"
    text = (ROOT / "examples" / "rate.toml").read_text()
    rate_file.write_text(text.replace('"ter-json"', '"none.toml"'))

    with pytest.raises(FieldError, match=r"version\[0\]\.price\.source: .*No such"):
        read_settings({"TER_RATE": str(rate_file)}).read_rate(PROGRAMME)


def test_a_schedules_unit_must_be_the_programmes(tmp_path: Path) -> None:
    rate_file = tmp_path / "rate.toml"
    text = (ROOT / "examples" / "rate.toml").read_text()
    rate_file.write_text(text.replace('"USD/kWh"', '"cents/kWh"'))

    with pytest.raises(FieldError, match=r"version\[0\]\.price\.unit: got cents/kWh"):
        read_settings({"TER_RATE": str(rate_file)}).read_rate(PROGRAMME)


def test_a_format_without_a_reader_names_those_there_are() -> None:
    with pytest.raises(FormatError, match=r"'unheard-of'.*ter-json.*ercot"):
        book(NYISO).read("unheard-of", b"", PLAIN_DAY)


def test_a_file_of_another_day_is_refused() -> None:
    body = file_of(NYISO_HEADER, *day_of(PLAIN_DAY, EASTERN, nyiso))

    with pytest.raises(FieldError, match="got the prices of 2025-11-14, expected"):
        book(NYISO).require("nyiso", body, date(2025, 11, 15))
