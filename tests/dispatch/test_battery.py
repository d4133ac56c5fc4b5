"""A file of batteries: what it says, and a message for whatever is wrong with it."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from ter_pipelines.dispatch.battery import Battery, read_batteries
from ter_pipelines.vocab.errors import FieldError
from tests.dispatch.at_hand import BATTERY
from tests.house.tree import ROOT

HOUR = Fraction(1)
NEEDED = """
[[battery]]
ven_id = "ven-1"
device_id = "battery-1"
capacity_kwh = "10"
max_charge_kw = "5"
max_discharge_kw = "4"
charge_efficiency = "0.9"
discharge_efficiency = "0.9"
start_soc = "0.5"
"""


def read(text: str) -> tuple[Battery, ...]:
    return read_batteries(text.encode(), subject="batteries.toml")


def wrong(text: str) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as error:
        read(text)
    return error.value.fields


def test_a_battery_is_not_controlled_unless_its_enrolment_says_so() -> None:
    (silent,) = read(NEEDED)
    (said,) = read(NEEDED + "allows_control = true")

    assert silent.allows_control is False
    assert said.allows_control is True


def test_what_is_left_out_is_the_whole_battery_and_no_wear() -> None:
    (battery,) = read(NEEDED)

    assert battery.lowest_kwh == 0
    assert battery.highest_kwh == 10
    assert battery.end_kwh(Decimal("0.25")) == Fraction(5, 2)
    assert battery.wear_price_per_kwh == 0


def test_the_example_is_read() -> None:
    file = ROOT / "examples" / "batteries.toml"

    batteries = read_batteries(Path(file).read_bytes(), subject=str(file))

    assert [battery.allows_control for battery in batteries] == [True, False]


def test_charging_loses_on_the_way_in_and_giving_on_the_way_out() -> None:
    assert BATTERY.stored_after(Fraction(1), Decimal(5), HOUR) == Fraction(11, 2)
    assert BATTERY.stored_after(Fraction(10), Decimal("-4.5"), HOUR) == 5
    assert BATTERY.stored_after(Fraction(3), Decimal(0), HOUR) == 3


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("allows_control = 1", "allows_control"),
        ('min_soc = "0.8"', "start_soc"),
        ('max_soc = "0.4"', "start_soc"),
        ('max_soc = "1.1"', "max_soc"),
        ('min_soc = "1"', "max_soc"),
        ('end_soc = "0.95"\nmax_soc = "0.9"', "end_soc"),
        ("wear_price_per_kwh = 0.02", "wear_price_per_kwh"),
        ('wear_price_per_kwh = "-0.02"', "wear_price_per_kwh"),
        ('colour = "red"', "colour"),
    ],
)
def test_a_field_that_is_wrong_is_named(line: str, field: str) -> None:
    assert f"battery[0].{field}" in wrong(NEEDED + line)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ven_id", '""'),
        ("capacity_kwh", '"0"'),
        ("capacity_kwh", '"10.0001"'),
        ("max_charge_kw", '"-1"'),
        ("max_discharge_kw", '"1.0005"'),
        ("charge_efficiency", '"0"'),
        ("discharge_efficiency", '"1.01"'),
        ("start_soc", '"0.50001"'),
    ],
)
def test_a_figure_out_of_bounds_is_named(name: str, value: str) -> None:
    lines = [
        f"{name} = {value}" if line.startswith(name) else line
        for line in NEEDED.splitlines()
    ]

    assert list(wrong("\n".join(lines))) == [f"battery[0].{name}"]


def test_every_field_that_is_missing_is_named() -> None:
    fields = wrong("[[battery]]")

    assert len(fields) == 8
    assert fields["battery[0].capacity_kwh"] == ["is missing"]


def test_a_battery_is_in_a_file_once() -> None:
    assert wrong(NEEDED + NEEDED) == {
        "battery[1]": ["is in the file already, expected it once"]
    }


@pytest.mark.parametrize("text", ["", "battery = []", "battery = 1", "[x]", "= 1"])
def test_a_file_without_a_battery_is_refused(text: str) -> None:
    assert wrong(text)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(FieldError, match="is not TOML"):
        read_batteries(b"\xff", subject="batteries.toml")
