"""docs/telemetry.md tells the catalogue as it is, and its examples are good ones."""

import re
from pathlib import Path

from ter_pipelines.vocab.points import (
    Match,
    Point,
    TelemetrySettings,
    read_telemetry_settings,
    shipped_settings,
)
from ter_pipelines.vocab.programme import parse_programme

PAGE = (Path(__file__).parents[2] / "docs" / "telemetry.md").read_text()
PROGRAMME = Path("examples/programme.toml").read_text()


def test_every_point_is_told_as_it_is() -> None:
    rows = {line.split("`")[1]: line for line in PAGE.splitlines() if "| `" in line}
    points = shipped_settings().points.values()

    told = {point.name: rows.get(point.name) for point in points}

    assert told == {point.name: _row(point) for point in points}


def test_every_field_of_a_match_and_every_limit_is_told() -> None:
    limits = set(TelemetrySettings.__dataclass_fields__) - {
        "points", "matches", "digest",
    }  # fmt: skip

    names = {*Match.__dataclass_fields__, *limits}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_the_examples_can_be_put_into_a_programme() -> None:
    examples = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)

    settings = parse_programme(PROGRAMME + "\n".join(examples)).telemetry

    shipped, _ = read_telemetry_settings({})
    assert len(settings.matches) == len(shipped.matches) + 2
    assert set(settings.points) - set(shipped.points) == {"cell_voltage"}


def _row(point: Point) -> str:
    low, high = point.lowest, point.highest
    plausible = f"{low} to {high}" if high is not None else f"from {low}"
    said = "any" if low is None else plausible
    units = ", ".join(point.units)
    return f"| `{point.name}` | {point.unit} | {said} | {units} | {point.meaning} |"
