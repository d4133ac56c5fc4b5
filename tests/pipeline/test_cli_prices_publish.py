"""`ter prices publish`: a market's day taken in by hand lands as its bytes."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ter_pipelines.cli import app
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import Submission
from tests.api.api_at_work import schedule_of
from tests.formats.market_files import (
    EASTERN,
    LONG_DAY,
    NYISO_HEADER,
    PLAIN_DAY,
    day_of,
    file_of,
    nyiso,
)
from tests.house.tree import ROOT


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a home whose rate builds its prices on New York's."""
    rate = (ROOT / "examples" / "rate.toml").read_text()
    first, second = rate.split("# The same, with prices built")
    build = '[version.price.build]\nmargin_per_kwh = "0.005"\n'
    first = first.replace('source = "ter-json"', 'source = "nyiso"')
    first = first.replace('"USD/kWh"', '"USD/MWh"\nlocation = "CAPITL"')
    (tmp_path / "rate.toml").write_text(f"{first}{build}\n# {second}")
    return tmp_path


def publish(home: Path, body: bytes, *words: str) -> Result:
    file = home / "file"
    file.write_bytes(body)
    settings = {"TER_RATE": f"{home}/rate.toml", "TER_HOME": f"{home}/home"}
    told = ["prices", "publish", str(file), *words]
    return CliRunner(env=settings).invoke(app, told)


def landed(home: Path) -> list[tuple[Submission, bytes]]:
    url = f"sqlite:///{home}/home/registry.sqlite"
    registry = Registry(url, home / "home" / "landing")
    found = [(s, registry.body(s)) for s in registry.submissions("prices")]
    registry.close()
    return found


@pytest.mark.parametrize(("day", "hours"), [(PLAIN_DAY, 24), (LONG_DAY, 25)])
def test_a_day_of_the_rates_source_lands_as_it_is(
    home: Path, day: date, hours: int
) -> None:
    body = file_of(NYISO_HEADER, *day_of(day, EASTERN, nyiso))

    told = publish(home, body, "--day", str(day))

    assert told.exit_code == 0, told.output
    said = json.loads(told.stdout)
    assert (said["format"], said["hours"]) == ("nyiso", hours)
    assert said["components"] == ["congestion", "energy", "loss", "margin"]
    ((submission, kept),) = landed(home)
    assert (submission.operating_day, submission.source) == (day, "command")
    assert kept == body


def test_finished_prices_are_named_as_such(home: Path) -> None:
    body = json.dumps(schedule_of(PLAIN_DAY, unit="USD/kWh")).encode()

    told = publish(home, body, "--day", str(PLAIN_DAY), "--source", "ter-json")

    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["components"] == ["price"]
    assert landed(home)[0][0].format == "ter-schedule-json"


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2025-11-15", "got the prices of 2025-11-14, expected 2025-11-15"),
        ("2025-09-30", "expected 2025-10-01 or later, when the rate begins"),
    ],
)
def test_what_cannot_be_published_is_not_kept(
    home: Path, day: str, reason: str
) -> None:
    body = file_of(NYISO_HEADER, *day_of(PLAIN_DAY, EASTERN, nyiso))

    told = publish(home, body, "--day", day)

    assert (told.exit_code, told.stdout) == (1, "")
    assert reason in told.stderr
    assert not (home / "home").exists()
