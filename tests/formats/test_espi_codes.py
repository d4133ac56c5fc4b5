"""What the codes make of a number: energy, quality, currency."""

from decimal import Decimal

import pytest

from ter_pipelines.formats.espi import (
    ReadingType,
    currency_name,
    energy_wh,
    quality_note,
    quality_state,
)
from tests.formats.espi_feeds import MIDNIGHT, house, reading, told

WH, WATTS = ReadingType(uom=72), ReadingType(uom=38, accumulation_behaviour=4)


@pytest.mark.parametrize(
    ("value", "power", "uom", "seconds", "wh", "average_kw"),
    [
        (1109000, -3, 72, 3600, "1109.000", "1.109"),
        (312500, -3, 72, 900, "312.5", "1.25"),
        (1250, 0, 38, 900, "312.5", "1.25"),
    ],
)
def test_the_worked_example(
    value: int, power: int, uom: int, seconds: int, wh: str, average_kw: str
) -> None:
    body = house(
        reading(value, MIDNIGHT, seconds, more="<cost>819</cost>"),
        flowDirection=1, uom=uom, powerOfTenMultiplier=power, dataQualifier=12,
        accumulationBehaviour=4,
    )  # fmt: skip

    (readings,) = told(body).readings
    (row,) = readings.rows

    energy = energy_wh(readings.reading_type, row.value, row.duration_seconds)
    assert energy == Decimal(wh)
    assert energy * 3600 / seconds / 1000 == Decimal(average_kw)
    assert row.cost == Decimal("0.00819")


@pytest.mark.parametrize("seconds", [1, 900, 3600, 86400])
def test_watt_hours_count_whatever_the_duration(seconds: int) -> None:
    assert energy_wh(WH, Decimal(324), seconds) == 324


@pytest.mark.parametrize(
    ("power", "wh"), [(-12, "0.000000000324"), (3, "324000"), (12, "324000000000000")]
)
def test_multipliers_are_exact(power: int, wh: str) -> None:
    kind = ReadingType(uom=72, power_of_ten=power)

    assert energy_wh(kind, Decimal(324), 900) == Decimal(wh)


def test_energy_may_be_negative() -> None:
    assert energy_wh(WH, Decimal(-5), 900) == -5


@pytest.mark.parametrize(
    ("seconds", "wh"), [(900, "25.000"), (7, "0.194"), (9, "0.250"), (1, "0.028")]
)
def test_average_power_is_rounded_once_to_a_milliwatt_hour(
    seconds: int, wh: str
) -> None:
    assert str(energy_wh(WATTS, Decimal(100), seconds)) == wh


@pytest.mark.parametrize(
    ("uom", "behaviour", "qualifier", "is_energy"),
    [
        (72, None, None, True), (72, 0, 0, True), (72, 4, 12, True), (72, 4, 26, True),
        (72, 1, 12, False), (72, 2, 12, False), (72, 3, 12, False), (72, 9, 12, False),
        (72, 12, 12, False), (72, 4, 2, False), (72, 4, 8, False), (72, 4, 9, False),
        (38, 4, 12, True), (38, 4, None, True), (38, 4, 2, True), (38, 0, 2, True),
        (38, None, None, False), (38, 0, 12, False), (38, 12, 12, False),
        (38, 12, 2, False), (38, 4, 8, False), (38, 4, 9, False),
        (None, 4, 12, False), (71, 4, 12, False), (73, 4, 12, False),
        (169, 4, 12, False), (42, 4, 12, False),
    ],
)  # fmt: skip
def test_only_amounts_and_averages_of_an_interval_are_energy(
    uom: int | None, behaviour: int | None, qualifier: int | None, *, is_energy: bool
) -> None:
    kind = ReadingType(
        uom=uom, accumulation_behaviour=behaviour, data_qualifier=qualifier
    )

    assert (energy_wh(kind, Decimal(1), 3600) is not None) is is_energy


@pytest.mark.parametrize(
    ("state", "codes"),
    [
        ("VALID", (0, 17, 18, 19)), ("RAW", (14,)), ("ESTIMATED", (8, 9)),
        ("ADJUSTED", (7, 11)), ("SUSPECT", (10, 13, 15, 16, 1, 20, -1)),
        ("FORECAST", (12,)),
    ],
)  # fmt: skip
def test_every_quality_has_its_state(state: str, codes: tuple[int, ...]) -> None:
    assert {quality_state([code]) for code in codes} == {state}


def test_the_worst_of_several_qualities_wins() -> None:
    from_best = (0, 7, 8, 14, 10, 12)

    states = [quality_state(from_best[: n + 1]) for n in range(6)]
    reversed_states = [quality_state(from_best[n::-1]) for n in range(6)]

    assert states == reversed_states == [
        "VALID", "ADJUSTED", "ESTIMATED", "RAW", "SUSPECT", "FORECAST",
    ]  # fmt: skip


def test_no_quality_is_no_state() -> None:
    assert quality_state([]) is None


def test_usage_that_was_verified_after_failing_says_so() -> None:
    assert quality_note([18]) == "verified after failing a check"
    assert quality_note([0, 17, 19]) == ""


def test_currencies_have_their_letters() -> None:
    assert [currency_name(n) for n in (840, 124, 978, 826, 36, 392, None)] == [
        "USD", "CAD", "EUR", "GBP", "AUD", "392", None,
    ]  # fmt: skip
