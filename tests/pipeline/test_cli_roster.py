"""`ter vtn list`, `disable` and `enable`: the roster from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.flow.at_work import environment, finished
from tests.resources.test_vtn import door_of
from tests.vtn_service import messages
from tests.vtn_service.at_work import KEY, VtnAtWork, registered
from tests.vtn_service.conftest import vtn

__all__ = ["vtn"]


def roster(
    home: Path, vtn: VtnAtWork, *words: str
) -> tuple[int, list[dict[str, Any]], str]:
    """Run `ter vtn ...`; give the exit code, what it printed, and its remarks."""
    control = door_of(vtn).base_url.removesuffix("/control/v1")
    environ = environment(home, TER_VTN_CONTROL_URL=control, TER_VTN_CONTROL_KEY=KEY)
    done = finished(["vtn", *words], environ)
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, printed, done.stderr


def polled(vtn: VtnAtWork, ven_id: str) -> int:
    """Poll as a VEN; give the HTTP status."""
    return vtn.post(ven_id, "OadrPoll", messages.poll(ven_id)).status_code


def test_the_list_tells_who_may_speak_and_when_they_were_heard(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    registered(vtn, "0012")
    polled(vtn, "0012")
    vtn.enrol("listed-2", is_enabled=False)

    code, printed, remarks = roster(tmp_path, vtn, "list")

    of = {line["ven_id"]: line for line in printed}
    heard = of["0012"].pop("registered_at"), of["0012"].pop("last_poll_at")
    assert (code, remarks) == (0, "")
    assert all(heard)
    assert of["0012"] == {"ven_id": "0012", "is_enabled": True, "last_report_at": ""}
    assert of["listed-2"] == {
        "ven_id": "listed-2",
        "is_enabled": False,
        "registered_at": "",
        "last_poll_at": "",
        "last_report_at": "",
    }


def test_a_disabled_device_is_refused_until_it_is_enabled(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    registered(vtn, "lock-1")
    registered(vtn, "lock-2")

    off = [roster(tmp_path, vtn, "disable", "lock-1") for _ in range(2)]
    refused = polled(vtn, "lock-1"), polled(vtn, "lock-2")
    on = roster(tmp_path, vtn, "enable", "lock-1", "lock-2")
    answered = polled(vtn, "lock-1"), polled(vtn, "lock-2")

    assert [(code, printed[0]["is_enabled"]) for code, printed, _ in off] == [
        (0, False),
        (0, False),
    ]
    assert refused == (403, 200)
    assert (on[0], [line["ven_id"] for line in on[1]]) == (0, ["lock-1", "lock-2"])
    assert answered == (200, 200)


def test_a_device_keeps_its_name_when_it_is_switched(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    vtn.enrol("named-1", ven_name="Garage")

    roster(tmp_path, vtn, "disable", "named-1")

    (named,) = (ven for ven in door_of(vtn).vens() if ven.ven_id == "named-1")
    assert (named.ven_name, named.is_enabled) == ("Garage", False)


@pytest.mark.parametrize("word", ["disable", "enable"])
def test_an_unknown_device_is_named_and_nothing_is_changed(
    tmp_path: Path, vtn: VtnAtWork, word: str
) -> None:
    vtn.enrol("known-1", is_enabled=word == "enable")
    before = door_of(vtn).vens()

    code, printed, remarks = roster(tmp_path, vtn, word, "known-1", "stranger-1")

    assert (code, printed) == (2, [])
    assert len(remarks.splitlines()) == 1
    assert "stranger-1" in remarks
    assert door_of(vtn).vens() == before
