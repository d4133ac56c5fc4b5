"""`ter vee`: what is doubtful is listed, and a decision is kept or refused with why."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ter_pipelines.cli import app
from ter_pipelines.metering.mapping import MeterMap
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import Submission
from ter_pipelines.registry.vee_edits import VEE_EDIT, edits_during, newest_edit_ids
from ter_pipelines.settings import read_settings
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import Span, day_span
from ter_pipelines.vocab.errors import TerError
from tests.metering.reported import at
from tests.metering.vee_at_hand import ZONE
from tests.metering.vee_days import MAPPED, Row, judged, rows_of, usage, whole_day

NOV_3, NOV_4 = date(2025, 11, 3), date(2025, 11, 4)
SAID = ("--reason", "display read on site", "--by", "anna")


@dataclass
class Told:
    """What a command printed; the error is what `ter` would say and exit with 2."""

    code: int
    lines: list[dict[str, Any]]
    error: str


def ter(home: Path, *words: str) -> Told:
    environ = {"TER_HOME": str(home)}
    done = CliRunner().invoke(app, ["vee", *words], env=environ)
    refused = done.exception if isinstance(done.exception, TerError) else None
    assert refused or done.exception is None or isinstance(done.exception, SystemExit)
    lines = [json.loads(text) for text in done.stdout.splitlines()]
    return Told(done.exit_code, lines, str(refused or ""))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give an installation with a judged day: a doubted hour and a missing one."""
    lake = Lake(tmp_path / "data")
    mapping = frame_of(tables.METER_MAPPING, MAPPED.rows())
    lake.replace(tables.METER_MAPPING, "", mapping)
    put(tmp_path, [*whole_day(without=[3, 7]), usage(3, "9")])
    return tmp_path


def put(home: Path, rows: list[Row]) -> None:
    frame = frame_of(tables.VALIDATED_USAGE, rows_of(judged(rows)))
    Lake(home / "data").replace(tables.VALIDATED_USAGE, NOV_3, frame)


def kept(home: Path) -> tuple[list[Submission], Registry]:
    settings = read_settings({"TER_HOME": str(home)})
    registry = Registry(settings.registry_address, settings.landing_root)
    registry.migrate()
    return registry.submissions(VEE_EDIT), registry


def hours(first: int, last: int) -> tuple[str, ...]:
    return (
        "--from",
        f"{at(first):%Y-%m-%dT%H:%MZ}",
        "--to",
        f"{at(last):%Y-%m-%dT%H:%MZ}",
    )


def test_what_is_doubtful_is_listed_and_found(home: Path) -> None:
    told = ter(home, "list")

    assert told.code == 1
    assert [(row["state"], row["interval_start_utc"]) for row in told.lines] == [
        ("SUSPECT", "2025-11-03T08:00:00Z"),
        ("MISSING", "2025-11-03T12:00:00Z"),
    ]
    assert (told.lines[0]["energy_kwh"], told.lines[1]["energy_kwh"]) == ("9", None)
    assert told.lines[0]["rules_failed"] == "usage.spike"
    assert told.lines[0]["operating_day"] == "2025-11-03"


def test_the_list_is_of_a_day_a_device_and_a_state(home: Path) -> None:
    valid = ter(home, "list", "--state", "valid")
    other_day = ter(home, "list", "--day", "2025-11-04")
    other_way = ter(home, "list", "--device", "0012:received")

    assert (valid.code, len(valid.lines)) == (0, 22)
    assert (other_day.code, other_day.lines) == (0, [])
    assert (other_way.code, other_way.lines) == (0, [])
    assert len(ter(home, "list", "--device", "ven-1/0012:net").lines) == 2


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("list", "--day", "yesterday"), "yesterday"),
        (("list", "--state", "ODD"), "ODD"),
    ],
)
def test_what_is_no_day_or_state_is_refused(
    home: Path, words: tuple[str, ...], option: str
) -> None:
    done = CliRunner().invoke(app, ["vee", *words], env={"TER_HOME": str(home)})

    assert done.exit_code == 2
    assert option in done.stderr


def test_an_edit_is_kept_with_who_when_and_why(home: Path) -> None:
    before = datetime.now(UTC)

    told = ter(home, "edit", "0012", *hours(7, 8), "--kwh", "1.5", *SAID)

    (said,) = told.lines
    (submission,), registry = kept(home)
    (edit,) = edits_during(registry, Span(at(7), at(8)))
    registry.close()
    assert (told.code, said["submission"], said["intervals"]) == (0, submission.id, 1)
    assert (said["days"], said["direction"]) == (["2025-11-03"], "")
    assert (submission.submitted_by, submission.source) == ("anna", "ter-vee")
    assert (submission.begins_at, submission.ends_at) == (at(7), at(8))
    assert (edit.action, edit.energy_kwh) == ("edit", Decimal("1.5"))
    assert (edit.ven_id, edit.device_id) == ("ven-1", "0012")
    assert (edit.made_by, edit.reason) == ("anna", "display read on site")
    assert before <= edit.made_at <= datetime.now(UTC)


def test_a_local_day_stands_for_its_midnight(home: Path) -> None:
    told = ter(
        home, "reject", "0012", "--from", "2025-11-03", "--to", "2025-11-04", *SAID
    )

    assert told.lines[0]["begins_at"] == "2025-11-03T05:00:00Z"
    assert told.lines[0]["ends_at"] == "2025-11-04T05:00:00Z"
    assert told.lines[0]["intervals"] == 24


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("reject", "0013", *hours(7, 8)), "'0013': no meter list names it"),
        (("reject", "0012", *hours(8, 7)), "expected --to to be later"),
        (("reject", "0012", "--from", "noon", "--to", "2025-11-04"), "got 'noon'"),
        (("reject", "0012", *hours(30, 31)), "got no usage"),
        (
            ("edit", "0012", "--from", "2025-11-03T12:30Z", "--to", "2025-11-03T14:00Z",
             "--kwh", "1"),
            "cuts the interval from 2025-11-03T12:00:00Z to 2025-11-03T13:00:00Z",
        ),
        (("edit", "0012", *hours(22, 26), "--kwh", "1"), "7200 s of 14400 s"),
        (("edit", "0012", *hours(7, 8), "--kwh", "0.0000001"), "energy_kwh: got 1E-7"),
        (("accept", "0012", *hours(4, 5)), "nothing is doubted or changed there"),
    ],
)  # fmt: skip
def test_a_decision_that_makes_no_sense_is_refused_and_nothing_is_kept(
    home: Path, words: tuple[str, ...], why: str
) -> None:
    told = ter(home, *words, *SAID)

    submissions, registry = kept(home)
    registry.close()
    assert why in told.error
    assert (told.lines, submissions) == ([], [])


def test_a_doubted_value_can_be_accepted(home: Path) -> None:
    told = ter(home, "accept", "0012", *hours(3, 4), *SAID)

    assert (told.code, told.lines[0]["action"]) == (0, "accept")


def test_a_device_of_two_vens_or_directions_is_to_be_named_in_full(home: Path) -> None:
    both = MeterMap({**MAPPED.by_device, ("ven-2", "0012"): []})
    both.by_device["ven-2", "0012"] = MAPPED.by_device["ven-1", "0012"]
    lake = Lake(home / "data")
    lake.replace(tables.METER_MAPPING, "", frame_of(tables.METER_MAPPING, both.rows()))
    taken = whole_day(direction="delivered")
    put(home, [*taken, *whole_day(direction="received")])

    two_vens = ter(home, "edit", "0012", *hours(7, 8), "--kwh", "1", *SAID)
    two_ways = ter(home, "edit", "ven-1/0012", *hours(7, 8), "--kwh", "1", *SAID)
    named = ter(home, "edit", "ven-1/0012:received", *hours(7, 8), "--kwh", "1", *SAID)
    negative = ter(home, "edit", "ven-1/0012:received", *hours(7, 8), "--kwh=-1", *SAID)

    assert "expected one of ven-1/0012, ven-2/0012" in two_vens.error
    assert "such as ven-1/0012:delivered" in two_ways.error
    assert (named.code, named.lines[0]["direction"]) == (0, "received")
    assert "energy_kwh: got -1 received" in negative.error


def test_days_can_be_asked_for_again(home: Path) -> None:
    told = ter(home, "run", "--from", "2025-11-02", "--to", "2025-11-03")

    submissions, registry = kept(home)
    registry.close()
    assert told.lines[0]["days"] == ["2025-11-02", "2025-11-03"]
    assert newest_edit_ids(submissions, ZONE) == {date(2025, 11, 2): 1, NOV_3: 1}


@pytest.mark.parametrize(
    ("first", "last"),
    [("2025-11-04", "2025-11-03"), ("2025-09-30", "2025-10-02"), ("today", "tomorrow")],
)
def test_only_days_of_the_programme_can_be_asked_for(
    home: Path, first: str, last: str
) -> None:
    today = datetime.now(ZONE).date()
    names = {"today": str(today), "tomorrow": str(today + timedelta(days=1))}

    told = ter(
        home, "run", "--from", names.get(first, first), "--to", names.get(last, last)
    )

    assert "expected days in order, from 2025-10-01 to" in told.error


def test_the_history_tells_every_change_of_a_device_in_order(home: Path) -> None:
    plain = {
        "meter_id": "TER0001",
        "ven_id": "ven-1",
        "device_id": "0012",
        "direction": "net",
        "interval_start_utc": at(3),
        "duration_seconds": 3600,
        "change": 1,
        "state_before": "RAW",
        "energy_before_kwh": Decimal(9),
        "state_after": "SUSPECT",
        "energy_after_kwh": Decimal(9),
        "rule": "usage.spike",
        "changed_by": "vee",
        "reason": "",
        "changed_at": at(30),
    }
    later = plain | {"change": 2, "state_after": "ADJUSTED", "changed_by": "anna"}
    elsewhere = plain | {"device_id": "ev"}
    too_late = plain | {"interval_start_utc": at(4)}
    lake = Lake(home / "data")
    log = frame_of(tables.USAGE_CHANGE, [later, elsewhere, too_late, plain])
    lake.publish(tables.USAGE_CHANGE, NOV_3, log, after=0)

    told = ter(home, "history", "0012", *hours(0, 4))

    assert told.code == 0
    assert [(row["change"], row["changed_by"]) for row in told.lines] == [
        (1, "vee"),
        (2, "anna"),
    ]
    assert told.lines[0]["energy_before_kwh"] == "9"


def test_an_edit_touches_every_local_day_of_its_time() -> None:
    zone = ZONE
    span = Span(day_span(NOV_3, zone).start_utc, day_span(NOV_4, zone).start_utc)

    def submission(number: int, begin: datetime, end: datetime) -> Submission:
        return Submission(
            number, VEE_EDIT, "test", "ter-vee-edit-json", "anna", at(30), "0", "path",
            None, None, begin, end,
        )  # fmt: skip

    second = timedelta(seconds=1)
    whole = submission(1, span.start_utc, span.end_utc)
    longer = submission(2, span.end_utc - second, span.end_utc + second)

    assert newest_edit_ids([whole], zone) == {NOV_3: 1}
    assert newest_edit_ids([whole, longer], zone) == {NOV_3: 2, NOV_4: 2}
