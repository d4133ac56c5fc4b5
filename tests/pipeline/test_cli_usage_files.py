"""`ter green-button load` and `ter cmep load`: all files or none, and each once."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ter_pipelines.cli import app
from ter_pipelines.registry.registry import Registry
from ter_pipelines.settings import read_settings
from tests.formats.cmep_lines import body_of, line
from tests.formats.espi_feeds import MIDNIGHT, house, quarters, reading

GOOD = line("202411030500,R,1.250,202411030600,N,0")
HALF_BAD = line("202411030500,R,1.250,202411030600,X,9")


@dataclass
class Told:
    """What a command printed, and what was kept."""

    code: int
    lines: list[dict[str, Any]]
    remarks: str


def ter(home: Path, *words: str | Path) -> Told:
    environ = {"TER_HOME": str(home)}
    done = CliRunner().invoke(app, list(map(str, words)), env=environ)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    lines = [json.loads(text) for text in done.stdout.splitlines()]
    return Told(done.exit_code, lines, done.stderr)


def kept(home: Path) -> list[tuple[str, datetime | None, datetime | None]]:
    settings = read_settings({"TER_HOME": str(home)})
    registry = Registry(settings.registry_address, settings.landing_root)
    registry.migrate()
    found = registry.usage_files()
    registry.close()
    return [(file.kind, file.begins_at, file.ends_at) for file in found]


def file_of(folder: Path, body: bytes, name: str = "usage.dat") -> Path:
    path = folder / name
    path.write_bytes(body)
    return path


def test_a_feed_is_kept_with_the_time_it_is_about(tmp_path: Path) -> None:
    path = file_of(tmp_path, house(quarters(1, 2, 3)).encode())

    told = ter(tmp_path, "green-button", "load", path)

    (said,) = told.lines
    assert (told.code, told.remarks) == (0, "")
    assert said["devices"] == ["RetailCustomer/1/UsagePoint/1"]
    assert (said["values"], said["quarantined"]) == (3, 0)
    assert said["begins"] == "2019-11-02T07:00:00Z"
    assert said["ends"] == "2019-11-02T07:45:00Z"
    begin = datetime.fromtimestamp(MIDNIGHT, UTC)
    assert kept(tmp_path) == [("green-button", begin, begin.replace(minute=45))]


def test_the_same_file_again_is_the_same_submission(tmp_path: Path) -> None:
    first = file_of(tmp_path, house(quarters(1)).encode(), "first.xml")
    other = file_of(tmp_path, house(quarters(2)).encode(), "other.xml")

    said = [
        ter(tmp_path, "green-button", "load", path).lines[0]["submission"]
        for path in (first, other, first)
    ]

    assert said == [1, 2, 1]


def test_if_one_feed_is_broken_none_is_kept(tmp_path: Path) -> None:
    good = file_of(tmp_path, house(quarters(1)).encode(), "good.xml")
    cut = file_of(tmp_path, house(quarters(1)).encode()[:-30], "cut.xml")

    told = ter(tmp_path, "green-button", "load", good, cut)

    assert (told.code, told.lines) == (1, [])
    assert "cut.xml" in told.remarks
    assert kept(tmp_path) == []


def test_a_reading_without_a_place_is_named_and_the_feed_is_kept(
    tmp_path: Path,
) -> None:
    body = house(quarters(1) + reading(7, "12.5")).encode()

    told = ter(tmp_path, "green-button", "load", file_of(tmp_path, body))

    assert told.code == 1
    assert told.lines[0]["quarantined"] == 1
    assert "time.fractional" in told.remarks
    assert len(kept(tmp_path)) == 1


def test_a_cmep_file_is_kept_and_a_missing_value_is_named(tmp_path: Path) -> None:
    told = ter(tmp_path, "cmep", "load", file_of(tmp_path, body_of(GOOD)))

    assert told.lines[0]["devices"] == ["TER0001"]
    assert (told.code, told.lines[0]["quarantined"]) == (1, 1)
    assert "usage.no_new_value" in told.remarks
    assert [kind for kind, _, _ in kept(tmp_path)] == ["cmep"]


def test_a_cmep_file_with_a_bad_value_is_refused_whole(tmp_path: Path) -> None:
    told = ter(tmp_path, "cmep", "load", file_of(tmp_path, body_of(GOOD, HALF_BAD)))

    assert (told.code, told.lines) == (1, [])
    assert "line 2 value 2: cmep.bad_flag" in told.remarks
    assert "--quarantine" in told.remarks
    assert kept(tmp_path) == []


def test_a_bad_value_is_quarantined_on_request(tmp_path: Path) -> None:
    told = ter(
        tmp_path,
        "cmep",
        "load",
        "--quarantine",
        file_of(tmp_path, body_of(GOOD, HALF_BAD)),
    )

    assert (told.code, told.lines[0]["quarantined"]) == (1, 2)
    assert len(kept(tmp_path)) == 1


def test_a_file_that_is_no_cmep_is_refused(tmp_path: Path) -> None:
    told = ter(tmp_path, "cmep", "load", file_of(tmp_path, b"hello\r\n"))

    assert (told.code, told.lines, kept(tmp_path)) == (1, [], [])
    assert "got no line of CMEP that can be read" in told.remarks
