"""The rate of a programme without one, and rates that do not fit their programme."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ter_pipelines.settings import read_settings
from ter_pipelines.vocab.errors import FieldError, SettingsError
from ter_pipelines.vocab.plain_rate import find_misfits, plain_rate
from ter_pipelines.vocab.rate import PriceRule

EXAMPLE = Path("examples/rate.toml")
PROGRAMME = read_settings({}).read_programme()


def test_without_a_rate_the_hours_price_is_billed_and_nothing_else() -> None:
    rate = read_settings({}).read_rate(PROGRAMME)

    assert rate == plain_rate(PROGRAMME)
    terms = rate.terms_of("2025-11")
    assert terms.bills_the_hours_price
    assert (terms.fees, terms.taxes) == ((), ())
    assert terms.minimum_completeness == PROGRAMME.minimum_completeness
    assert terms.effective_from == date(2025, 10, 1)


def test_any_rule_netting_or_loss_bills_more_than_the_hours_price() -> None:
    plain = plain_rate(PROGRAMME).terms_of("2025-11")

    assert not replace(plain, netting="hour").bills_the_hours_price
    assert replace(plain, energy_lines="net").bills_the_hours_price
    dearer = replace(plain, export_price=PriceRule(factor=plain.minimum_completeness))
    assert not dearer.bills_the_hours_price


def test_the_example_rate_fits_the_example_programme() -> None:
    rate = read_settings({"TER_RATE": str(EXAMPLE)}).read_rate(PROGRAMME)

    assert rate.rate_id == "ter"


def test_what_contradicts_the_programme_is_named_field_by_field() -> None:
    rate = read_settings({"TER_RATE": str(EXAMPLE)}).read_rate(PROGRAMME)
    other = replace(rate, zone=ZoneInfo("America/Chicago"), currency="CAD")
    early = replace(PROGRAMME, close_month_day=2)

    assert sorted(find_misfits(other, PROGRAMME)) == ["currency", "zone"]
    assert sorted(find_misfits(rate, early)) == [
        "version[0].cut_off_days",
        "version[1].cut_off_days",
    ]


def test_a_rate_that_is_wrong_or_not_there_does_not_start(tmp_path: Path) -> None:
    file = tmp_path / "rate.toml"
    file.write_text(
        EXAMPLE.read_text().replace('"USD"', '"CAD"').replace("USD/", "CAD/")
    )

    with pytest.raises(
        FieldError, match=r"TER_RATE, .*currency: got CAD, expected USD"
    ):
        read_settings({"TER_RATE": str(file)}).read_rate(PROGRAMME)
    with pytest.raises(SettingsError, match=r"TER_RATE: .*none\.toml cannot be read"):
        read_settings({"TER_RATE": str(tmp_path / "none.toml")}).read_rate(PROGRAMME)


def test_a_child_process_finds_the_rate_from_anywhere() -> None:
    settings = read_settings({"TER_RATE": str(EXAMPLE)})

    child = read_settings(settings.child_environ())

    assert child.rate == str(EXAMPLE.absolute())
    assert read_settings(read_settings({}).child_environ()).rate == ""
