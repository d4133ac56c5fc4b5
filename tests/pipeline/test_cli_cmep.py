"""`ter cmep`: values and findings as JSON lines, and a true exit code."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ter_pipelines.cli import app
from tests.flow.at_work import environment, finished
from tests.formats.cmep_lines import body_of, line

GOLDEN = Path(__file__).parents[1] / "examples" / "cmep_2024-11-03.dat"
GOOD = line("202411030500,R,1.250,202411030600,N,0")
HALF_BAD = line("202411030500,R,1.250,202411030600,X,9")
LOCAL_DAY = line("202411030000,R,1,202411030100,R,2,202411030100,R,3")


@dataclass
class Told:
    """What a command printed."""

    code: int
    lines: list[dict[str, Any]]
    remarks: str


def ter(*words: str | Path) -> Told:
    """Run `ter cmep` with these words."""
    done = CliRunner().invoke(app, ["cmep", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    lines = [json.loads(text) for text in done.stdout.splitlines()]
    return Told(done.exit_code, lines, done.stderr)


def file_of(folder: Path, *lines: str, name: str = "usage.dat") -> Path:
    path = folder / name
    path.write_bytes(body_of(*lines))
    return path


def test_read_prints_a_json_object_a_value(tmp_path: Path) -> None:
    told = ter("read", file_of(tmp_path, GOOD))

    first, second = told.lines
    assert first == {
        "line": 1,
        "meter_id": "TER0001",
        "units": "KWH",
        "interval_end_utc": "2024-11-03T05:00:00Z",
        "duration_seconds": 3600,
        "value": "1.250",
        "flag": "R",
        "purpose": "OK",
        "sender_id": "NHEC",
        "receiver_id": "NISCMDM",
    }
    assert (second["value"], second["flag"]) == (None, "N")
    assert (told.code, told.remarks) == (0, "")


def test_read_prints_the_worked_day() -> None:
    told = ter("read", "--strict", GOLDEN)

    used = [row for row in told.lines if row["units"] == "KWH"]
    assert len(told.lines) == 25 + 25 + 2 + 2
    assert sum(Decimal(row["value"]) for row in used) == Decimal("25.125")
    assert [row["interval_end_utc"] for row in used[::24]] == [
        "2024-11-03T05:00:00Z",
        "2024-11-04T05:00:00Z",
    ]
    assert told.code == 0


def test_read_prints_what_can_be_read_and_says_what_cannot(tmp_path: Path) -> None:
    path = file_of(tmp_path, "junk", HALF_BAD, GOOD)

    told = ter("read", path)

    assert [(row["line"], row["value"]) for row in told.lines] == [
        (2, "1.250"), (3, "1.250"), (3, None),
    ]  # fmt: skip
    assert told.code == 1
    junk, flag = told.remarks.splitlines()
    assert junk.startswith(f"{path}: line 1: got 'junk'")
    assert flag.startswith(f"{path}: line 2, triple 2: ")


def test_read_prints_nothing_of_a_bad_file_if_strict(tmp_path: Path) -> None:
    bad = file_of(tmp_path, GOOD, HALF_BAD, name="bad.dat")
    good = file_of(tmp_path, GOOD, name="good.dat")

    told = ter("read", "--strict", bad, good)

    assert [row["file"] for row in told.lines] == [str(good)] * 2
    assert told.code == 1
    [remark] = told.remarks.splitlines()
    assert remark.startswith(f"{bad}: CMEP file, line 2, triple 2: ")


def test_read_is_fine_with_what_is_only_odd_or_not_usage(tmp_path: Path) -> None:
    odd = GOOD.replace("00000100", "60").replace(",OK,", ",PROFILE,")

    told = ter("read", file_of(tmp_path, odd))

    assert [row["purpose"] for row in told.lines] == ["PROFILE"] * 2
    assert told.code == 0
    assert len(told.remarks.splitlines()) == 2


def test_check_prints_the_findings(tmp_path: Path) -> None:
    profile = GOOD.replace(",OK,", ",PROFILE,")

    told = ter("check", file_of(tmp_path, GOOD, "junk", HALF_BAD, profile))

    assert [(f["line"], f["triple"], f["code"], f["severity"]) for f in told.lines] == [
        (2, 0, "cmep.other_record", "refused"),
        (3, 2, "cmep.bad_flag", "refused"),
        (4, 0, "cmep.other_purpose", "not_usage"),
    ]
    assert told.lines[1] == {
        "line": 3,
        "triple": 2,
        "code": "cmep.bad_flag",
        "severity": "refused",
        "meter_id": "TER0001",
        "reason": "reading of 2024-11-03T06:00Z: "
        "got flag 'X', expected R, E, A, N or none",
        "sent": "202411030600,X,9",
    }
    assert (told.code, told.remarks) == (1, "")


def test_check_finds_nothing_in_good_files(tmp_path: Path) -> None:
    assert ter("check", "--strict", GOLDEN, file_of(tmp_path, GOOD)) == Told(0, [], "")


def test_check_names_the_file_of_several(tmp_path: Path) -> None:
    path = file_of(tmp_path, "junk")

    told = ter("check", GOLDEN, path)

    assert [finding["file"] for finding in told.lines] == [str(path)]


def test_check_holds_the_limits_if_strict(tmp_path: Path) -> None:
    many = line("202411030500,R,1" + ",,R,1" * 48)
    path = file_of(tmp_path, many, many)

    told = ter("check", "--strict", path)

    assert [finding["code"] for finding in told.lines] == ["cmep.over_limit"] * 2
    assert ter("check", path).code == 0


def test_zone_and_stamps_say_which_time_is_meant(tmp_path: Path) -> None:
    path = file_of(tmp_path, LOCAL_DAY)
    local = ("read", "--zone", "America/New_York")

    ends = ter(*local, path)
    starts = ter(*local, "--stamps", "start", path)
    careful = ter(*local, "--repeated-hour", "refuse", path)

    assert [row["interval_end_utc"][11:16] for row in ends.lines] == [
        "04:00", "05:00", "06:00",
    ]  # fmt: skip
    assert [row["interval_end_utc"][11:16] for row in starts.lines] == [
        "05:00", "06:00", "07:00",
    ]  # fmt: skip
    assert [row["value"] for row in careful.lines] == ["1"]
    assert (ends.code, starts.code, careful.code) == (0, 0, 1)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "America", ""])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    told = ter("read", "--zone", zone, GOLDEN)

    assert (told.code, told.lines) == (2, [])
    assert "--zone" in told.remarks


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = finished(["cmep", "check", "none.dat"], environment(tmp_path))

    assert (told.returncode, told.stdout) == (2, "")
    assert "none.dat" in told.stderr
    assert len(told.stderr.splitlines()) == 1
