"""`ter vtn status`: how each device stands, and an exit code that says whether well."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ter_pipelines.cli.status import days_left, is_amiss
from tests.flow.at_work import environment, finished
from tests.vtn_service import messages
from tests.vtn_service.at_work import (
    KEY,
    VtnAtWork,
    price_event,
    put,
    registered,
    sha256,
)
from vtn_service.contract import VenStatus
from vtn_service.openadr.instants import iso_utc

NOW = datetime(2025, 11, 2, 5, tzinfo=UTC)
HEARD = "2025-11-02T04:59:59Z"
VEN = VenStatus("v1", "", is_enabled=True, last_poll_at=HEARD)


@pytest.fixture
def vtn(tmp_path: Path) -> Iterator[VtnAtWork]:
    """Give a VTN of the test's own, for which a device is silent after a second."""
    at_work = VtnAtWork(tmp_path, VTN_SILENT_SECONDS="1")
    yield at_work
    at_work.end()


def status(home: Path, vtn: VtnAtWork, *words: str) -> tuple[int, str]:
    """Run `ter vtn status`; give the exit code and what it printed."""
    control = vtn.control.removesuffix("/control/v1")
    environ = environment(home, TER_VTN_CONTROL_URL=control, TER_VTN_CONTROL_KEY=KEY)
    done = finished(["vtn", "status", *words], environ)
    assert done.stderr == ""
    return done.returncode, done.stdout


def lines(printed: str) -> dict[str, dict[str, Any]]:
    return {told["ven_id"]: told for told in map(json.loads, printed.splitlines())}


def test_a_roster_of_newcomers_tells_that_none_was_ever_heard(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    ends = iso_utc(datetime.now(UTC) + timedelta(days=30, hours=1))
    has = {"certificate_sha256": sha256("new-1"), "certificate_expires_at": ends}
    vtn.enrol("new-1", **has)
    vtn.enrol("new-2")

    code, printed = status(tmp_path, vtn)

    assert code == 1
    told = lines(printed)
    assert told["new-1"] == {
        "ven_id": "new-1",
        "is_enabled": True,
        "registered_at": "",
        "last_poll_at": "",
        "last_event_acknowledged_at": "",
        "last_report_at": "",
        "is_never_heard": True,
        "silent_since": "",
        "unanswered_events": 0,
        "unanswered_asks": 0,
        "certificate_days_left": 30,
    }
    assert told["new-2"]["certificate_days_left"] is None


def test_what_a_device_did_and_owes_shows_and_is_found(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    vtn.enrol("never-1")
    for ven_id in ("owes-1", "said-1"):
        registered(vtn, ven_id)
        put(vtn, ven_id, "e1", price_event(["0.10"]))
        vtn.say(ven_id, "OadrPoll", messages.poll(ven_id))
    opt = messages.created_event("said-1", [("e1", 0, "optIn")])
    vtn.say("said-1", "EiEvent", opt)
    hour = messages.report([messages.hour()])
    vtn.say("said-1", "EiReport", messages.update_report("said-1", hour))
    silent_before = becomes_silent(vtn, "said-1")

    code, printed = status(tmp_path, vtn)
    silent_code, silent = status(tmp_path, vtn, "--silent")
    table_code, table = status(tmp_path, vtn, "--table")

    told = lines(printed)
    assert (code, silent_code, table_code) == (1, 1, 1)
    assert list(told) == ["never-1", "owes-1", "said-1"]
    assert told["owes-1"]["unanswered_events"] == 1
    assert told["said-1"]["unanswered_events"] == 0
    done = ("last_poll_at", "last_event_acknowledged_at", "last_report_at")
    assert all(told["said-1"][name] for name in done)
    assert told["said-1"]["silent_since"] == silent_before
    assert set(lines(silent)) == {"never-1", "owes-1", "said-1"}
    assert [told[v]["is_never_heard"] for v in told] == [True, False, False]
    assert "never-1" in table
    assert "never heard" in table
    assert "{" not in table


def becomes_silent(vtn: VtnAtWork, ven_id: str) -> str:
    """Wait until a device is silent; give since when."""
    until = datetime.now(UTC) + timedelta(seconds=15)
    while datetime.now(UTC) < until:
        (ven,) = (ven for ven in vtn.get("/vens") if ven["ven_id"] == ven_id)
        if ven["silent_since"]:
            return str(ven["silent_since"])
    raise AssertionError(f"{ven_id} is not silent")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, False),
        ({"silent_since": "2025-11-02T00:00:00Z"}, True),
        ({"unanswered_events": 1}, True),
        ({"unanswered_asks": 1}, False),
        ({"last_poll_at": ""}, True),
        ({"last_poll_at": "", "registered_at": HEARD}, False),
        ({"last_poll_at": "", "last_report_at": HEARD}, False),
        ({"last_poll_at": "", "last_opt_at": HEARD}, False),
        ({"last_poll_at": "", "is_enabled": False}, False),
        ({"unanswered_events": 1, "is_enabled": False}, False),
    ],
)
def test_only_an_enabled_device_that_is_unheard_or_owes_an_answer_is_found(
    changes: dict[str, Any],
    found: bool,  # noqa: FBT001 - pytest passes by name
) -> None:
    assert is_amiss(VenStatus(**{**VEN.to_json(), **changes})) is found


@pytest.mark.parametrize(
    ("expires_at", "days"),
    [
        ("", None),
        ("2025-11-02T05:00:00Z", 0),
        ("2025-11-03T04:59:59Z", 0),
        ("2025-11-03T05:00:00Z", 1),
        ("2025-11-02T04:59:59Z", -1),
    ],
)
def test_days_left_are_whole_days_and_negative_once_over(
    expires_at: str, days: int | None
) -> None:
    assert days_left(expires_at, NOW) == days
