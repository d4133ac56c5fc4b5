"""The catalogue we ship is sound, and a programme can add to it."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.points import TelemetrySettings, Unit, shipped_settings
from ter_pipelines.vocab.programme import parse_programme

EXAMPLE = Path("examples/programme.toml").read_text()
WITHOUT_TELEMETRY = EXAMPLE.partition("[telemetry]")[0]
STATUS = {"is_online", "manual_override"}
CELL = """
[telemetry.points.cell_voltage]
meaning = "Voltage of one cell."
unit = "mV"
units = { mV = "1", V = "1000" }
"""


def telemetry_of(lines: str) -> TelemetrySettings:
    return parse_programme(f"{WITHOUT_TELEMETRY}\n{lines}").telemetry


def test_a_programme_that_says_nothing_has_the_catalogue_we_ship() -> None:
    assert telemetry_of("") == shipped_settings()
    assert parse_programme(EXAMPLE).telemetry == shipped_settings()


def test_the_example_states_every_limit_at_its_default() -> None:
    stated = EXAMPLE.partition("[telemetry]")[2]
    limits = set(vars(shipped_settings())) - {"points", "matches", "digest"}

    assert {name for name in limits if f"\n{name} = " not in stated} == set()


def test_every_point_we_ship_can_be_found_and_takes_its_own_unit() -> None:
    shipped = shipped_settings()

    found = {match.point for match in shipped.matches}

    assert set(shipped.points) - found == STATUS
    assert [
        point.name
        for point in shipped.points.values()
        if point.units.get(point.unit) != Unit(Fraction(1))
    ] == []


def test_a_programme_changes_only_what_it_states_of_a_point() -> None:
    power = telemetry_of(
        '[telemetry.points.power]\nhighest = "5000"\nunits = { hp = "0.7457" }'
    ).points["power"]

    assert (power.lowest, power.highest) == (Decimal(-1000), Decimal(5000))
    assert power.units["hp"] == Unit(Fraction(7457, 10000))
    assert power.units["W"] == Unit(Fraction(1, 1000))


def test_a_programme_adds_points_and_its_matches_come_first() -> None:
    settings = telemetry_of(CELL + '[[telemetry.matches]]\npoint = "cell_voltage"\n')

    assert settings.points["cell_voltage"].unit == "mV"
    assert settings.matches[0].point == "cell_voltage"
    assert settings.matches[1:] == shipped_settings().matches


@pytest.mark.parametrize(
    "lines", ["[telemetry]\nhold_seconds = 301", '[telemetry.points.power]\nunit="MW"']
)
def test_whatever_is_changed_changes_the_digest(lines: str) -> None:
    assert telemetry_of(lines).digest != shipped_settings().digest
    assert telemetry_of(lines).digest == telemetry_of(lines).digest


@pytest.mark.parametrize(
    ("lines", "name", "message"),
    [
        ("telemetry = 7", "telemetry", "expected a table [telemetry]"),
        ("[telemetry]\npoints = 7", "telemetry.points", "expected tables"),
        ("[telemetry]\nmatches = 7", "telemetry.matches", "expected tables"),
        ("[telemetry]\nmatches = [7]", "telemetry.matches.0", "expected a table"),
        ("[telemetry.points]\nx = 7", "telemetry.points.x", "expected a table"),
        (
            "[telemetry.points.power]\nunits = 7",
            "telemetry.points.power.units",
            "expected a table",
        ),
        ("[telemetry]\ntolerance = 1", "telemetry.tolerance", "is not a field"),
        (
            '[telemetry]\nleast_coverage = "1.1"',
            "telemetry.least_coverage",
            "got 1.1, expected a share from 0 to 1",
        ),
        (
            "[telemetry]\nhold_seconds = 86401",
            "telemetry.hold_seconds",
            "expected seconds from 0 to 86400",
        ),
        ("[telemetry.points.x]", "telemetry.points.x.unit", "is missing"),
        (
            '[telemetry.points."no name"]',
            "telemetry.points.no name.name",
            "expected an identifier",
        ),
        (
            "[telemetry.points.uncatalogued]",
            "telemetry.points.uncatalogued.name",
            "is what values without a point are called",
        ),
        (
            '[telemetry.points.power]\nlowest = "1000"',
            "telemetry.points.power.highest",
            "got 1000, expected more than lowest",
        ),
        (
            '[telemetry.points.power]\nunits = { hp = "0" }',
            "telemetry.points.power.units",
            "got '0', expected at most 1000000 and not 0",
        ),
        (
            '[telemetry.points.power]\nunits = { hp = "1/0" }',
            "telemetry.points.power.units",
            "expected a number in quotes",
        ),
        (
            '[telemetry.points.power]\nunits = { hp = { zero = "1" } }',
            "telemetry.points.power.units",
            "expected factor and zero",
        ),
        ("[[telemetry.matches]]", "telemetry.matches.0.point", "is missing"),
        (
            '[[telemetry.matches]]\npoint = "warp"',
            "telemetry.matches.0.point",
            "got 'warp', expected a name in the catalogue",
        ),
        (
            '[[telemetry.matches]]\npoint = "power"\nunit_is = "V"',
            "telemetry.matches.0.unit_is",
            "got 'V', expected one of W, kW, MW",
        ),
        (
            '[[telemetry.matches]]\npoint = "power"\nscale_is = "kilo"',
            "telemetry.matches.0.scale_is",
            "got scale 'kilo'",
        ),
        (
            '[[telemetry.matches]]\npoint = "power"\nunits = ["W", 1]',
            "telemetry.matches.0.units",
            "expected texts",
        ),
        (
            '[[telemetry.matches]]\npoint = "power"\nrid = "P"',
            "telemetry.matches.0.rid",
            "is not a field of a match",
        ),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(
    lines: str, name: str, message: str
) -> None:
    before = "" if lines.startswith("[") else f"{lines}\n"
    after = lines if lines.startswith("[") else ""
    with pytest.raises(FieldError) as refusal:
        parse_programme(f"{before}{WITHOUT_TELEMETRY}\n{after}")

    assert message in refusal.value.fields[name][0]
