"""`ter dispatch`: batteries are enrolled, orders kept or refused, answers shown."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ter_pipelines.cli import app
from ter_pipelines.registry.dispatch_orders import BATTERY, DISPATCH, orders_of_day
from ter_pipelines.registry.registry import Registry
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, day_span, iso_utc
from ter_pipelines.vocab.errors import TerError
from tests.assets.conftest import Installation, failed_checks
from tests.assets.dispatching import Dispatching
from tests.house.tree import ROOT
from tests.pipeline.ter_vtn import control_of
from tests.resources.test_vtn import door_of
from tests.vtn_service import messages
from tests.vtn_service.at_work import KEY, VtnAtWork, registered
from tests.vtn_service.conftest import vtn

__all__ = ["vtn"]
BY = ("--by", "anna")
BATTERY_NAME = "ven-1/battery-1"
NOWHERE = "http://127.0.0.1:9"


@dataclass
class Told:
    """What a command printed; the error is what `ter` would say and exit with 2."""

    code: int
    lines: list[dict[str, Any]]
    remarks: str
    error: str


def ter(home: Path, *words: str, control: str = NOWHERE) -> Told:
    environ = {
        "TER_HOME": str(home),
        "TER_VTN_CONTROL_URL": control,
        "TER_VTN_CONTROL_KEY": KEY,
    }
    done = CliRunner().invoke(app, ["dispatch", *words], env=environ)
    refused = done.exception if isinstance(done.exception, TerError) else None
    is_exit = done.exception is None or isinstance(done.exception, SystemExit)
    assert refused or is_exit, done.output
    lines = [json.loads(text) for text in done.stdout.splitlines()]
    return Told(done.exit_code, lines, done.stderr, str(refused or ""))


@pytest.fixture
def at_work(installation: Installation) -> Dispatching:
    """Give an installation whose one battery may be controlled."""
    found = Dispatching(installation)
    found.enrol()
    return found


@pytest.fixture
def home(at_work: Dispatching) -> Path:
    return at_work.installation.lake.root.parent


def schedule(at_work: Dispatching, day: date, *powers_kw: str) -> Path:
    """Write a file with a schedule of hours from a day's beginning."""
    begin = day_span(day, at_work.installation.programme.zone).start_utc
    lines = [
        {
            "start_utc": iso_utc(begin + i * timedelta(hours=1)),
            "duration_seconds": 3600,
            "power_kw": power,
        }
        for i, power in enumerate(powers_kw)
    ]
    ven_id, device_id = BATTERY_NAME.split("/")
    named = {"ven_id": ven_id, "device_id": device_id, "operating_day": str(day)}
    file = at_work.installation.lake.root.parent / "schedules.json"
    file.write_text(json.dumps({"schedules": [{**named, "intervals": lines}]}))
    return file


def test_batteries_are_enrolled_and_listed(tmp_path: Path) -> None:
    example = str(ROOT / "examples" / "batteries.toml")

    enrolled = ter(tmp_path, "enrol", example, *BY)
    listed = ter(tmp_path, "batteries")

    names = [(line["ven_id"], line["allows_control"]) for line in listed.lines]
    assert enrolled.code == 0
    assert [line["capacity_kwh"] for line in enrolled.lines] == ["10", "13.5"]
    assert names == [("ven-01", True), ("ven-04", False)]
    address = f"sqlite:///{tmp_path}/registry.sqlite"
    registry = Registry(address, tmp_path / "landing")
    (kept,) = registry.submissions(BATTERY)
    assert (kept.submitted_by, kept.source) == ("anna", "ter-dispatch")
    registry.close()


def test_a_file_that_is_wrong_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "batteries.toml"
    file.write_text("[[battery]]\nven_id = 1")

    told = ter(tmp_path, "enrol", str(file), *BY)

    assert "battery[0].ven_id" in told.error
    assert "battery[0].capacity_kwh: is missing" in told.error
    assert ter(tmp_path, "batteries").lines == []


def test_a_schedule_is_kept_with_who_ordered_it(
    at_work: Dispatching, home: Path
) -> None:
    told = ter(home, "load", str(schedule(at_work, at_work.day, "5")), *BY)

    (kept,) = at_work.installation.registry.submissions(DISPATCH)
    (line,) = told.lines
    assert (told.code, line["submission"], line["intervals"]) == (0, kept.id, 1)
    assert (kept.submitted_by, kept.operating_day) == ("anna", at_work.day)


def test_the_same_schedule_again_is_an_order_of_its_own(
    at_work: Dispatching, home: Path
) -> None:
    file = str(schedule(at_work, at_work.day, "5"))

    first, second = (ter(home, "load", file, *BY) for _ in range(2))

    assert first.lines[0]["submission"] < second.lines[0]["submission"]


def test_an_order_keeps_the_charge_that_was_enrolled_when_it_was_given(
    at_work: Dispatching, home: Path
) -> None:
    at_work.put_on_roster()
    ter(home, "load", str(schedule(at_work, at_work.day, "5", "5", "-3")), *BY)
    at_work.dispatch()
    told = at_work.told()

    at_work.enrol(start_soc="0.9")
    result = at_work.dispatch()

    (kept,) = orders_of_day(at_work.installation.registry, at_work.day)
    assert kept.order.start_soc == Decimal("0.1")
    assert failed_checks(result) == []
    assert at_work.told() == told


def test_a_schedule_that_cannot_be_is_refused_and_not_kept(
    at_work: Dispatching, home: Path
) -> None:
    too_strong = ter(home, "load", str(schedule(at_work, at_work.day, "5.1")), *BY)
    over = ter(home, "load", str(schedule(at_work, at_work.day - 3 * DAY, "5")), *BY)
    at_work.enrol(allows_control=False)
    forbidden = ter(home, "load", str(schedule(at_work, at_work.day, "5")), *BY)

    assert "dispatch.power ven-1/battery-1" in too_strong.error
    assert "expected an operating day from" in over.error
    assert "dispatch.not_allowed ven-1/battery-1" in forbidden.error
    assert at_work.installation.registry.submissions(DISPATCH) == []


def test_the_cheapest_plan_is_printed_and_ordered(
    at_work: Dispatching, home: Path
) -> None:
    day = str(at_work.day)
    early = ter(home, "plan", "--date", day, *BY)
    at_work.publish_prices()
    tried = ter(home, "plan", "--date", day, "--dry-run", *BY)
    ordered = ter(home, "plan", BATTERY_NAME, "--date", day, "--start-soc", "1", *BY)

    assert f"is planned once {day} has prices" in early.remarks
    assert [line["power_kw"] for line in tried.lines[:2]] == ["5", "5"]
    assert all("submission" not in line for line in tried.lines)
    assert {line["power_kw"] for line in ordered.lines[:2]} == {"0"}
    assert len(at_work.installation.registry.submissions(DISPATCH)) == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("plan", "battery-1", "--date", "2999-01-01"), "expected VEN/DEVICE"),
        (("plan", "--date", "tomorrow"), "expected a day such as"),
        (("plan", "--date", "2999-01-01", "--start-soc", "2"), "--start-soc: got 2"),
        (("plan", "ven-9/x", "--date", "2999-01-01"), "dispatch.not_enrolled ven-9/x"),
        (("cancel", BATTERY_NAME, "--date", "2999-01-01"), "nothing is ordered"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    at_work: Dispatching, home: Path, words: tuple[str, ...], why: str
) -> None:
    told = ter(home, *words, *BY)

    assert why in told.error
    assert at_work.installation.registry.submissions(DISPATCH) == []


def test_without_a_battery_that_allows_control_there_is_nothing_to_plan(
    at_work: Dispatching, home: Path
) -> None:
    at_work.enrol(allows_control=False)

    told = ter(home, "plan", "--date", str(at_work.day), *BY)

    assert "no battery allows control" in told.error


def test_what_is_ordered_is_shown_until_it_is_cancelled(
    at_work: Dispatching, home: Path
) -> None:
    ter(home, "load", str(schedule(at_work, at_work.day, "5", "-1")), *BY)
    waiting = ter(home, "show")
    at_work.put_on_roster()
    at_work.dispatch()
    handed_over = ter(home, "show", "--date", str(at_work.day), "--intervals")
    ter(home, "load", str(schedule(at_work, at_work.day, "4")), *BY)
    newer = ter(home, "show")
    at_work.installation.run(
        "dispatch_batteries", at_work.day, at_work.day, only=[tables.DISPATCH_PLAN]
    )
    planned = ter(home, "show")
    ter(home, "cancel", BATTERY_NAME, "--date", str(at_work.day), *BY)
    ending = ter(home, "show")
    at_work.dispatch()
    cancelled = ter(home, "show")

    shown = (waiting, handed_over, newer, planned, ending, cancelled)
    assert [told.lines[0]["state"] for told in shown] == [
        "WAITING",
        "HANDED OVER",
        "WAITING",
        "PLANNED",
        "WAITING",
        "CANCELLED",
    ]
    assert handed_over.lines[0]["intervals"] == 2
    assert [line["power_kw"] for line in handed_over.lines[1:]] == ["5", "-1"]
    assert "the VTN cannot be asked" in waiting.remarks
    assert {told.code for told in shown} == {0}


def test_an_order_that_is_refused_later_is_shown_with_why(
    at_work: Dispatching, home: Path
) -> None:
    ter(home, "load", str(schedule(at_work, at_work.day, "5")), *BY)
    at_work.enrol(allows_control=False)

    told = ter(home, "show")

    assert told.code == 1
    assert told.lines[0]["state"] == "REFUSED"
    assert "dispatch.not_allowed" in told.lines[0]["why"]


def test_what_a_ven_answers_is_shown_and_an_opt_out_is_no_acceptance(
    at_work: Dispatching, home: Path, vtn: VtnAtWork
) -> None:
    registered(vtn, "ven-1")
    at_work.installation.door = door_of(vtn)
    ter(home, "load", str(schedule(at_work, at_work.day, "5")), *BY)
    at_work.dispatch()

    def answer(number: int, opt: str) -> Told:
        vtn.say("ven-1", "OadrPoll", messages.poll("ven-1"))
        opts = messages.created_event("ven-1", [(event_id, number, opt)])
        vtn.say("ven-1", "EiEvent", opts)
        return ter(home, "show", control=control_of(vtn))

    untold = ter(home, "show", control=control_of(vtn))
    event_id = untold.lines[0]["event_id"]
    opted_out = answer(0, "optOut")
    opted_in = answer(0, "optIn")
    ter(home, "cancel", BATTERY_NAME, "--date", str(at_work.day), *BY)
    at_work.dispatch()
    unheard = ter(home, "show", control=control_of(vtn))
    cancelled = answer(1, "optIn")

    shown = [untold, opted_out, opted_in, unheard, cancelled]
    assert [(told.code, told.lines[0]["state"]) for told in shown] == [
        (0, "NOT TOLD"),
        (1, "OPTED OUT"),
        (0, "ACCEPTED"),
        (0, "CANCELLED, NOT TOLD"),
        (0, "CANCELLED"),
    ]
    assert [told.lines[0]["opt"] for told in shown[1:3]] == ["optOut", "optIn"]
    assert cancelled.lines[0]["modification_number"] == 1
