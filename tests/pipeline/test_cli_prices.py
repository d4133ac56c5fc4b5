"""`ter prices read`: hours as JSON lines, or a reason and exit code 1."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ter_pipelines.cli import app
from tests.flow.at_work import environment, finished
from tests.formats.market_files import (
    CENTRAL,
    EASTERN,
    ERCOT_HEADER,
    LONG_DAY,
    NYISO_HEADER,
    PJM_HEADER,
    SHORT_DAY,
    day_of,
    ercot,
    file_of,
    nyiso,
    pjm,
)
from tests.formats.test_prices_iso_ne_json import body_of, entries

EXAMPLES = Path(__file__).parents[2] / "examples" / "prices"
REPORT = EXAMPLES / "WW_DALMP_ISO_20251114.csv"
SCHEDULE = EXAMPLES / "2025-11-02.json"
FILES = {
    "nyiso": file_of(NYISO_HEADER, *day_of(LONG_DAY, EASTERN, nyiso)),
    "pjm": file_of(PJM_HEADER, *day_of(LONG_DAY, EASTERN, pjm)),
    "ercot": file_of(ERCOT_HEADER, *day_of(LONG_DAY, CENTRAL, ercot)),
    "iso-ne-json": body_of(entries(LONG_DAY)),
}
PROFILE = """
title = "A market that writes hours by their end"
zone = "Europe/Berlin"
currency = "EUR"
unit = "EUR/MWh"
price_column = "Preis"
delimiter = ";"
decimal = ","

[time]
column = "Ende"
format = "%d.%m.%Y %H:%M"
stamp = "end"
clock = "utc"
"""


@dataclass
class Told:
    """What a command printed."""

    code: int
    lines: list[dict[str, Any]]
    remarks: str


def ter(*words: str | Path) -> Told:
    """Run `ter prices read` with these words."""
    done = CliRunner().invoke(app, ["prices", "read", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    lines = [json.loads(text) for text in done.stdout.splitlines()]
    return Told(done.exit_code, lines, done.stderr)


def kept(folder: Path, body: bytes) -> Path:
    path = folder / "prices"
    path.write_bytes(body)
    return path


def test_a_report_is_printed_hour_by_hour_with_its_components() -> None:
    told = ter(REPORT, "--source", "iso-ne-csv", "--location", "4002")

    assert (told.code, told.remarks) == (0, "")
    assert len(told.lines) == 24
    assert told.lines[0] == {
        "interval_start_utc": "2025-11-14T05:00:00Z",
        "duration_seconds": 3600,
        "price_per_kwh": "0.03369",
        "currency": "USD",
        "components": {"energy": "0.03411", "congestion": "-0.00011",
                       "loss": "-0.00031"},
    }  # fmt: skip


@pytest.mark.parametrize("source", sorted(FILES))
def test_a_long_day_of_every_market_has_25_hours(tmp_path: Path, source: str) -> None:
    told = ter(
        kept(tmp_path, FILES[source]), "--source", source, "--day", str(LONG_DAY)
    )

    assert (told.code, told.remarks, len(told.lines)) == (0, "", 25)
    starts = [line["interval_start_utc"] for line in told.lines]
    assert starts == sorted(set(starts))


def test_a_short_day_has_23_hours(tmp_path: Path) -> None:
    path = kept(tmp_path, file_of(ERCOT_HEADER, *day_of(SHORT_DAY, CENTRAL, ercot)))

    assert len(ter(path, "--source", "ercot").lines) == 23


def test_a_schedule_without_a_unit_needs_to_be_told_one() -> None:
    untold = ter(SCHEDULE, "--source", "ter-json")
    told = ter(SCHEDULE, "--source", "ter-json", "--unit", "USD/kWh")

    assert (untold.code, untold.lines) == (1, [])
    assert "schedule.unit: got none" in untold.remarks
    assert (told.code, len(told.lines)) == (0, 25)
    assert list(told.lines[0]["components"]) == ["price"]


def test_a_profile_of_ones_own_is_a_file(tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text(PROFILE)
    rows = [f"14.11.2025 {hour:02d}:00;{hour},5" for hour in range(24)]
    body = "\n".join(["Ende;Preis", *rows]).encode()

    told = ter(kept(tmp_path, body), "--source", profile)

    assert (told.code, told.remarks, len(told.lines)) == (0, "", 24)
    assert told.lines[0]["interval_start_utc"] == "2025-11-13T23:00:00Z"
    assert (told.lines[1]["price_per_kwh"], told.lines[1]["currency"]) == (
        "0.0015",
        "EUR",
    )


def test_a_day_that_is_not_whole_is_a_reason_and_no_hours(tmp_path: Path) -> None:
    lines = day_of(LONG_DAY, CENTRAL, ercot)
    path = kept(tmp_path, file_of(ERCOT_HEADER, *lines[:-1]))

    told = ter(path, "--source", "ercot")

    assert (told.code, told.lines) == (1, [])
    assert "got 24 hours, expected the 25 hours of 2025-11-02" in told.remarks
    assert "first missing 2025-11-03T05:00:00Z" in told.remarks


def test_another_day_than_the_one_asked_for_is_refused() -> None:
    told = ter(
        REPORT, "--source", "iso-ne-csv", "--location", "4002", "--day", "2025-11-15"
    )

    assert (told.code, told.lines) == (1, [])
    assert "got the prices of 2025-11-14, expected 2025-11-15" in told.remarks


def test_an_empty_day_is_not_whole(tmp_path: Path) -> None:
    told = ter(kept(tmp_path, b'{"HourlyLmps": ""}'), "--source", "iso-ne-json")

    assert (told.code, told.lines) == (1, [])
    assert "got no prices" in told.remarks


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    body = file_of(ERCOT_HEADER, "11/02/2025,01:00,HB_NORTH,free,N")

    told = ter(kept(tmp_path, body), "--source", "ercot")

    assert (told.code, told.lines) == (1, [])
    assert "line 2: SettlementPointPrice: got 'free'" in told.remarks


@pytest.mark.parametrize("source", ["pjm", "iso-ne-csv"])
def test_the_day_is_of_the_zone_that_is_given(tmp_path: Path, source: str) -> None:
    body = FILES["pjm"] if source == "pjm" else REPORT.read_bytes()
    words = () if source == "pjm" else ("--location", "4002")

    told = ter(
        kept(tmp_path, body), "--source", source, "--zone", "America/Chicago", *words
    )

    assert (told.code, told.lines) == (1, [])
    assert "America/Chicago" in told.remarks


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--source", "caiso"), "--source"),
        (("--source", "pjm", "--zone", "Mars/Olympus"), "--zone"),
        (("--source", "pjm", "--day", "tomorrow"), "--day"),
        ((), "--source"),
    ],
)
def test_a_wrong_option_is_named(words: tuple[str, ...], option: str) -> None:
    told = ter(REPORT, *words)

    assert (told.code, told.lines) == (2, [])
    assert option in told.remarks


def test_a_wrong_profile_and_a_file_that_is_not_there_are_one_line(
    tmp_path: Path,
) -> None:
    profile = kept(tmp_path, b"title = 3").rename(tmp_path / "mine.toml")

    for words in (["none.csv", "--source", "pjm"], [str(REPORT), "--source", "no.toml"],
                  [str(REPORT), "--source", str(profile)]):  # fmt: skip
        told = finished(["prices", "read", *words], environment(tmp_path))

        assert (told.returncode, told.stdout) == (2, "")
        assert len(told.stderr.splitlines()) == 1
