"""`ter vtn ask`, `asks` and `withdraw`: what is wanted of devices."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.flow.at_work import environment, finished
from tests.resources.test_vtn import door_of
from tests.vtn_service.asked import HISTORY, USAGE, offering, polled
from tests.vtn_service.at_work import KEY, VtnAtWork, registered
from tests.vtn_service.conftest import vtn
from vtn_service.contract import Ask

__all__ = ["vtn"]


def ter_vtn(
    home: Path, vtn: VtnAtWork, *words: str
) -> tuple[int, list[dict[str, Any]], str]:
    """Run `ter vtn ...`; give the exit code, what it printed, and its remarks."""
    control = door_of(vtn).base_url.removesuffix("/control/v1")
    environ = environment(home, TER_VTN_CONTROL_URL=control, TER_VTN_CONTROL_KEY=KEY)
    done = finished(["vtn", *words], environ)
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, printed, done.stderr


def test_a_device_is_told_what_is_asked_and_the_list_shows_it(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    offering(vtn, "asked-1", USAGE, HISTORY)
    span = ["--start", "2025-03-01T05:00:00Z", "--end", "2025-03-02T05:00:00Z"]

    named = ter_vtn(
        tmp_path, vtn, "ask", "asked-1", "history", *span, "--id", "march-1"
    )
    unnamed = ter_vtn(
        tmp_path, vtn, "ask", "asked-1", "reports", "--specifier", "usage"
    )
    told = [polled(vtn, "asked-1") for _ in range(3)]
    listed = ter_vtn(tmp_path, vtn, "asks", "asked-1")

    assert (named[0], unnamed[0], listed[0]) == (0, 0, 0)
    (first,), (second,) = named[1], unnamed[1]
    assert (first["ask_id"], first["kind"], first["state"]) == (
        "march-1",
        "history",
        "queued",
    )
    assert re.fullmatch(r"reports-\d{8}T\d{6}Z", second["ask_id"])
    assert [said.texts("reportSpecifierID") for said in told] == [
        ["past"],
        ["usage"],
        [],
    ]
    states = {line["ask_id"]: line["state"] for line in listed[1]}
    assert (states["march-1"], states[second["ask_id"]]) == ("told", "told")
    assert {line["ven_id"] for line in listed[1]} == {"asked-1"}


def test_a_withdrawn_ask_is_not_told(tmp_path: Path, vtn: VtnAtWork) -> None:
    registered(vtn, "gone-1")
    ter_vtn(tmp_path, vtn, "ask", "gone-1", "offers", "--id", "a1")

    code, printed, remarks = ter_vtn(tmp_path, vtn, "withdraw", "gone-1", "a1")

    assert (code, remarks) == (0, "")
    assert [(line["ask_id"], line["state"]) for line in printed] == [
        ("a1", "cancelled")
    ]
    assert polled(vtn, "gone-1").kind == "oadrResponse"


def test_without_a_device_the_asks_of_all_are_listed(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    for ven_id in ("all-1", "all-2"):
        registered(vtn, ven_id)
        door_of(vtn).put_ask(ven_id, "a1", Ask("reregister"))

    code, printed, _ = ter_vtn(tmp_path, vtn, "asks")

    of = {(line["ven_id"], line["ask_id"]): line["kind"] for line in printed}
    assert code == 0
    assert (of["all-1", "a1"], of["all-2", "a1"]) == ("reregister", "reregister")


@pytest.mark.parametrize(
    ("words", "about"),
    [
        (("ask", "lacks-1", "history"), "start_utc"),
        (("ask", "lacks-1", "reports"), "lacks-1 offers: none"),
        (("ask", "stranger-1", "offers"), "stranger-1"),
        (("ask", "lacks-1", "everything"), "got 'everything', expected reports or"),
        (("asks", "stranger-1"), "stranger-1"),
        (("withdraw", "lacks-1", "no-such"), "no-such"),
    ],
)
def test_what_cannot_be_asked_is_said_with_its_reason(
    tmp_path: Path, vtn: VtnAtWork, words: tuple[str, ...], about: str
) -> None:
    vtn.enrol("lacks-1")

    code, printed, remarks = ter_vtn(tmp_path, vtn, *words)

    assert (code, printed) == (2, [])
    assert about in remarks
