"""Hashes of inputs: the same values give the same, other values another."""

from dataclasses import replace
from decimal import Decimal

from ter_pipelines.settlement.digest import rate_name, rate_sha256, sha256_of
from ter_pipelines.vocab.price_recipe import Adder, PeakWindow, PriceRecipe
from tests.settlement.files_at_hand import rate
from tests.settlement.rates import terms

MONTH = "2024-11"


def test_a_decimal_counts_by_its_value_and_a_set_by_what_is_in_it() -> None:
    assert sha256_of(Decimal("0.10")) == sha256_of(Decimal("0.1"))
    assert sha256_of({"a", "b", "c"}) == sha256_of({"c", "b", "a"})
    assert sha256_of([1, 2]) != sha256_of([2, 1])


def test_any_term_of_the_month_counts_and_the_title_does_not() -> None:
    base = rate_sha256(rate(), MONTH)

    assert rate_sha256(replace(rate(), title="Other"), MONTH) == base
    assert rate_sha256(replace(rate(), currency="CAD"), MONTH) != base
    assert rate_sha256(rate(minimum_completeness=Decimal("0.9")), MONTH) != base


def test_a_version_that_does_not_hold_yet_does_not_count() -> None:
    later = terms(effective_from=terms().effective_from.replace(year=2025))
    both = replace(rate(), versions=(*rate().versions, later))

    assert rate_sha256(both, MONTH) == rate_sha256(rate(), MONTH)
    assert rate_name(both, MONTH) == "ter 2024-11-01"
    assert rate_name(both, "2026-01") == "ter 2025-11-01"


def test_the_parts_of_a_built_price_count() -> None:
    def built(*hours: int) -> str:
        window = PeakWindow(hours=frozenset(hours))
        adder = Adder(name="peak", per_kwh=Decimal(1), window=window)
        price = replace(terms().price, recipe=PriceRecipe(adders=(adder,)))
        return rate_sha256(rate(price=price), MONTH)

    assert built(17, 18) == built(18, 17) != built(17)
