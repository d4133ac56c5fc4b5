"""A rate's file: read exactly, dated, and refused by field where it contradicts."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.formats.price_sources import price_readers
from ter_pipelines.vocab.errors import FieldError, InputError
from ter_pipelines.vocab.price_recipe import Adder, PeakWindow
from ter_pipelines.vocab.prices import PRICE_SOURCES
from ter_pipelines.vocab.rate import Rate
from ter_pipelines.vocab.rate_file import LARGEST_RATE_BYTES, parse_rate

EXAMPLE = Path("examples/rate.toml").read_text()
HEAD = """
rate_id = "ter"
title = "TER"
zone = "America/New_York"
currency = "USD"
"""
VERSION = """
[[version]]
effective_from = 2025-10-01
netting = "interval"
energy_lines = "split"
rounding = "half-up"
minimum_completeness = "0.95"
maximum_estimated = "0.05"
cut_off_days = 2
adjustment_days = 180
"""
PRICE = """
[version.price]
source = "ter-json"
unit = "USD/kWh"
"""
PLAIN = HEAD + VERSION + PRICE
BUILD = "[version.price.build]\n"
ADDER = f'{BUILD}[[version.price.build.adder]]\nname = "capacity"\n'
FEE = '[[version.fee]]\ncode = "fee"\ntitle = "A fee"\namount = "1.5"\nper = "day"\n'
TAX = '[[version.tax]]\ncode = "tax"\ntitle = "A tax"\nshare = "0.05"\non = ["fee"]\n'
FIXED = (
    '[version.import_price]\nfixed_per_kwh = "0.2"\n'
    '[version.export_price]\nfixed_per_kwh = "0.1"\n'
)


def read(text: str) -> Rate:
    return parse_rate(text.encode())


def errors_of(text: str) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as refused:
        read(text)
    return refused.value.fields


def changed(name: str, value: str, text: str = PLAIN) -> str:
    lines = text.splitlines()
    kept = [f"{name} = {value}" if li.startswith(f"{name} =") else li for li in lines]
    assert any(line.startswith(f"{name} =") for line in lines)
    return "\n".join([*kept, ""])


def test_the_example_rate_reads_exactly() -> None:
    rate = read(EXAMPLE)

    first, second = rate.versions
    assert (rate.rate_id, rate.zone.key, rate.currency) == (
        "ter", "America/New_York", "USD",
    )  # fmt: skip
    assert first.effective_from == date(2025, 10, 1)
    assert (first.fees, first.taxes, first.loss, first.price.recipe) == (
        (), (), None, None,
    )  # fmt: skip
    assert second.export_price.floor_per_kwh == 0
    assert second.price.recipe is not None
    assert second.price.recipe.loss_uplift == Decimal("0.04")
    assert second.price.recipe.adders == (
        Adder(
            name="transmission",
            per_kwh=Decimal("0.21"),
            window=PeakWindow(
                hours=frozenset({17, 18, 19}), weekdays=frozenset(range(1, 6))
            ),
        ),
    )
    assert second.taxes[0].on == ("import_energy", "programme_fee")


def test_a_month_has_the_newest_version_that_began_before_it() -> None:
    rate = read(EXAMPLE)

    assert rate.terms_of("2025-10") is rate.versions[0]
    assert rate.terms_of("2025-12") is rate.versions[0]
    assert rate.terms_of("2026-01") is rate.versions[1]
    assert rate.terms_of("2031-07") is rate.versions[1]
    with pytest.raises(InputError, match="2025-09, expected 2025-10 or later"):
        rate.terms_of("2025-09")


def test_what_a_plain_rate_does_not_say_is_the_hours_price_and_nothing_else() -> None:
    [terms] = read(PLAIN).versions

    assert terms.import_price == terms.export_price
    assert (terms.import_price.factor, terms.import_price.adder_per_kwh) == (
        Decimal(1),
        Decimal(0),
    )
    assert terms.import_price.floor_per_kwh is None


def test_the_sources_a_rate_may_name_are_those_that_can_be_read() -> None:
    assert sorted(PRICE_SOURCES) == sorted(price_readers())


def test_a_rate_may_name_a_profile_of_its_own() -> None:
    assert (
        read(changed("source", '"mine.toml"')).versions[0].price.source == "mine.toml"
    )


def test_an_empty_rate_lacks_every_field() -> None:
    assert set(errors_of("")) == {"rate_id", "title", "zone", "currency", "version"}


def test_an_empty_version_lacks_every_field_that_decides_about_money() -> None:
    errors = errors_of(HEAD + "[[version]]\n")

    assert set(errors) == {
        f"version[0].{name}"
        for name in (
            "effective_from", "netting", "energy_lines", "rounding",
            "minimum_completeness", "maximum_estimated", "cut_off_days",
            "adjustment_days", "price",
        )
    }  # fmt: skip
    assert {*map(tuple, errors.values())} == {("is missing",)}


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("currency", '"usd"', "currency"),
        ("zone", '"Asia/Kolkata"', "zone"),
        ("effective_from", "2025-10-02", "version[0].effective_from"),
        ("effective_from", '"2025-10-01"', "version[0].effective_from"),
        ("effective_from", "2025-10-01T00:00:00", "version[0].effective_from"),
        ("netting", '"year"', "version[0].netting"),
        ("energy_lines", '"both"', "version[0].energy_lines"),
        ("rounding", '"down"', "version[0].rounding"),
        ("minimum_completeness", "0.95", "version[0].minimum_completeness"),
        ("minimum_completeness", '"1.01"', "version[0].minimum_completeness"),
        ("maximum_estimated", '"-0.01"', "version[0].maximum_estimated"),
        ("cut_off_days", "-1", "version[0].cut_off_days"),
        ("cut_off_days", "true", "version[0].cut_off_days"),
        ("cut_off_days", "61", "version[0].cut_off_days"),
        ("adjustment_days", "1", "version[0].adjustment_days"),
        ("source", '"caiso"', "version[0].price.source"),
        ("unit", '"EUR/kWh"', "version[0].price.unit"),
    ],
)
def test_a_wrong_value_is_named_by_its_field(name: str, value: str, field: str) -> None:
    assert list(errors_of(changed(name, value))) == [field]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ("[version.import_price]\nfactor = 1.5\n", "import_price.factor"),
        ("[version.import_price]\nfactor = '1000'\n", "import_price.factor"),
        ("[version.import_price]\nfactr = '1'\n", "import_price.factr"),
        (
            "[version.export_price]\nadder_per_kwh = '0.000000001'\n",
            "export_price.adder_per_kwh",
        ),
        (
            "[version.export_price]\nfloor_per_kwh = '1'\ncap_per_kwh = '1'\n",
            "export_price.cap_per_kwh",
        ),
        (
            "[version.export_price]\nfixed_per_kwh = '1'\ncap_per_kwh = '1'\n",
            "export_price.fixed_per_kwh",
        ),
        ("[version.loss]\nshare = '0.04'\n", "loss.applies_to"),
        ("[version.loss]\nshare = '0'\napplies_to = 'price'\n", "loss.share"),
        ("[version.loss]\nshare = '0.51'\napplies_to = 'price'\n", "loss.share"),
        (
            "[version.loss]\nshare = '0.04'\napplies_to = ['price', 'quantity']\n",
            "loss.applies_to",
        ),
        (BUILD + "loss_uplift = '0.04'\n[version.loss]\nshare = '0.04'\n"
         "applies_to = 'price'\n", "loss"),
        (BUILD + "cap_per_kwh = '0'\nfloor_per_kwh = '0'\n", "price.build.cap_per_kwh"),
        (ADDER, "price.build.adder[0].per_kwh"),
        (ADDER + "per_kw_month = '5'\n", "price.build.adder[0].expected_hours"),
        (
            ADDER + "per_kwh = '5'\nexpected_hours = 5\n",
            "price.build.adder[0].expected_hours",
        ),
        (
            ADDER + "per_kwh = '5'\nper_kw_month = '5'\nexpected_hours = 5\n",
            "price.build.adder[0].per_kwh",
        ),
        (
            ADDER + "per_kwh = '5'\nwindow = { weekdays = [1] }\n",
            "price.build.adder[0].window.hours",
        ),
        (
            ADDER + "per_kwh = '5'\nwindow = { hours = [24] }\n",
            "price.build.adder[0].window.hours",
        ),
        (
            ADDER.replace("capacity", "margin") + "per_kwh = '5'\n",
            "price.build.adder[0].name",
        ),
        (
            ADDER + "per_kwh = '5'\n[[version.price.build.adder]]\n"
            "name = 'capacity'\nper_kwh = '1'\n",
            "price.build.adder[1].name",
        ),
        ("[version.price.build]\nadder = 3\n", "price.build.adder"),
        (FEE.replace('"day"', '"year"'), "fee[0].per"),
        (FEE + "factors = []\n", "fee[0].factors"),
        (FEE + FEE, "fee[1].code"),
        (FEE.replace('"fee"', '"total"'), "fee[0].code"),
        (TAX, "tax[0].on"),
        (FEE + TAX.replace('["fee"]', '["fee", "fee"]'), "tax[0].on"),
        (FEE + TAX.replace('["fee"]', '["net_energy"]'), "tax[0].on"),
        (FEE + TAX.replace('["fee"]', '["tax"]'), "tax[0].on"),
        (FEE + TAX.replace('"tax"', '"fee"'), "tax[0].code"),
        (FEE + TAX.replace("0.05", "5"), "tax[0].share"),
        ("[version.taxes]\n", "taxes"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_named_by_its_place(more: str, field: str) -> None:
    assert list(errors_of(PLAIN + more)) == [f"version[0].{field}"]


def test_netting_by_the_month_needs_prices_that_are_the_same_all_month() -> None:
    monthly = changed("netting", '"month"')

    assert set(errors_of(monthly)) == {
        "version[0].import_price",
        "version[0].export_price",
    }
    assert read(monthly + FIXED).versions[0].netting == "month"


def test_a_tax_may_be_of_the_net_line_where_there_is_one() -> None:
    net = changed("energy_lines", '"net"')

    assert read(net + TAX.replace("fee", "net_energy")).versions[0].taxes[0].on == (
        "net_energy",
    )
    assert "version[0].tax[0].on" in errors_of(
        net + TAX.replace("fee", "import_energy")
    )


@pytest.mark.parametrize("day", ["2025-10-01", "2025-09-01"])
def test_versions_come_in_order_of_time(day: str) -> None:
    second = changed("effective_from", day, VERSION) + PRICE

    assert list(errors_of(PLAIN + second)) == ["version[1].effective_from"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("rate_id = ", "file"),
        ("#" * (LARGEST_RATE_BYTES + 1), "file"),
        (HEAD + "version = 3", "version"),
        (HEAD + "version = [3]", "version[0]"),
        (HEAD + VERSION + "price = 3", "version[0].price"),
        (HEAD + "unit = 3" + VERSION + PRICE, "unit"),
    ],
)
def test_a_file_of_another_form_is_refused(text: str, field: str) -> None:
    assert field in errors_of(text)
