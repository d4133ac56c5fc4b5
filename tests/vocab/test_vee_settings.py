"""A programme's VEE settings: all have defaults, and none contradicts another."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.programme import parse_programme
from ter_pipelines.vocab.vee_settings import VeeSettings

EXAMPLE = Path("examples/programme.toml").read_text()
WITHOUT_VEE = EXAMPLE.partition("[vee]")[0]


def vee_of(lines: str) -> VeeSettings:
    return parse_programme(f"{WITHOUT_VEE}[vee]\n{lines}").vee


def refusals(lines: str) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as refusal:
        vee_of(lines)
    return refusal.value.fields


def test_a_programme_that_says_nothing_has_the_defaults() -> None:
    assert parse_programme(WITHOUT_VEE).vee == VeeSettings()
    assert vee_of("") == VeeSettings()


def test_the_example_states_every_setting_at_its_default() -> None:
    stated = EXAMPLE.partition("[vee]")[2]

    assert parse_programme(EXAMPLE).vee == VeeSettings()
    assert [name for name in vars(VeeSettings()) if f"\n{name} = " not in stated] == []


def test_what_is_stated_counts() -> None:
    vee = vee_of('spike_ratio = "2.5"\nholidays = [2025-12-25]\ngap_policy = "zero"')

    assert (vee.spike_ratio, vee.gap_policy) == (Decimal("2.5"), "zero")
    assert vee.holidays == frozenset({date(2025, 12, 25)})
    assert vee.spike_least_values == 12


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("spike_ratio = 1.8", "got 1.8, expected a decimal number in quotes"),
        ('spike_ratio = "-0.1"', "got -0.1, expected 0 or more"),
        ("spike_least_values = 2", "got 2, expected values from 3 to 1440"),
        ("clock_tolerance_seconds = -1", "got -1, expected seconds from 0 to 86400"),
        ("interpolation_seconds = true", "got True, expected seconds from 0 to 86400"),
        ("reference_days = 0", "got 0, expected days from 1 to 366"),
        ('checks_kvarh = "yes"', "got 'yes', expected true or false"),
        ("estimates_suspect = 1", "got 1, expected true or false"),
        ('gap_policy = "guess"', "expected one of hold, zero, estimate"),
        ('holidays = ["2025-12-25"]', "expected dates such as [2025-12-25]"),
        ("holidays = [2025-12-25T00:00:00]", "expected dates such as [2025-12-25]"),
        ("holidays = 2025-12-25", "expected dates such as [2025-12-25]"),
        ('spike_ration = "2"', "is not a field of [vee]"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(line: str, message: str) -> None:
    fields = refusals(line)

    assert list(fields) == [f"vee.{line.partition(' ')[0]}"]
    assert message in next(iter(fields.values()))[0]


@pytest.mark.parametrize(
    "line",
    ['spike_ratio = "0"', "spike_least_values = 3", "clock_tolerance_seconds = 0",
     "interpolation_seconds = 86400", "reference_days = 366", "holidays = []"],
)  # fmt: skip
def test_settings_on_the_limit_are_taken(line: str) -> None:
    assert vee_of(line) != vee_of("") or line == "holidays = []"


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ('lowest_usage_ratio = "2.00"', "vee.highest_usage_ratio"),
        ('highest_scale_factor = "0.2"', "vee.highest_scale_factor"),
    ],
)
def test_a_band_without_width_is_a_contradiction_even_to_a_default(
    lines: str, name: str
) -> None:
    fields = refusals(lines)

    assert list(fields) == [name]
    assert "expected more than lowest" in fields[name][0]


def test_vee_is_a_table() -> None:
    with pytest.raises(FieldError, match=r"vee: got 7, expected a table \[vee\]"):
        parse_programme(f"vee = 7\n{WITHOUT_VEE}")
