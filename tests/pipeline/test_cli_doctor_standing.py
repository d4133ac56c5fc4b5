"""`ter vtn doctor` on what the VTN knows: how a device stands, and what was refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.doctor_at_work import NOBODY, control_door, wrong
from tests.pipeline.ter_vtn import ter_vtn
from vtn_service.contract import Refused, VenStatus

AT = "2025-11-02T05:00:00Z"
LATER = "2025-11-02T06:00:00Z"


@pytest.mark.parametrize(
    ("standing", "step"),
    [
        ({"silent_since": AT}, "heard"),
        ({"registered_at": ""}, "registered"),
        ({"unanswered_events": 2}, "events"),
        ({"unanswered_asks": 1}, "asks"),
        (
            {"certificate_sha256": "c" * 64, "certificate_expires_at": AT},
            "enrolled_certificate",
        ),
    ],
)
def test_the_standing_of_a_device_is_told(
    tmp_path: Path, standing: Mapping[str, Any], step: str
) -> None:
    usual = {"ven_name": "", "is_enabled": True, "registered_at": AT}
    ven = VenStatus(**{"ven_id": "v1", **usual, **standing})

    with control_door([ven], []) as control:
        told = wrong(ter_vtn(tmp_path, control, "doctor", "v1"))

    assert told["step"] == step


@pytest.mark.parametrize(
    ("ven_id", "address", "words"),
    [("v1", "192.0.2.1", ["v1"]), ("", "192.0.2.7", ["--address", "192.0.2.7"])],
)
def test_refusals_of_a_device_or_an_address_are_told(
    tmp_path: Path, ven_id: str, address: str, words: list[str]
) -> None:
    refused = Refused(LATER, address, ven_id, 413, "Body: too large")
    of_another = Refused(LATER, "192.0.2.9", "v2", 403, "Not on the roster")
    ven = VenStatus("v1", "", is_enabled=True, registered_at=AT, last_poll_at=AT)

    with control_door([ven], [refused, of_another]) as control:
        told = wrong(ter_vtn(tmp_path, control, "doctor", *words))

    assert told["step"] == "refused"
    assert told["got"] == f"{LATER} from {address}: 413 Body: too large"


def test_a_refusal_that_the_device_has_polled_after_is_over(tmp_path: Path) -> None:
    refused = Refused(AT, "192.0.2.1", "v1", 403, "Not on the roster")
    ven = VenStatus("v1", "", is_enabled=True, registered_at=AT, last_poll_at=LATER)

    with control_door([ven], [refused]) as control:
        done = ter_vtn(tmp_path, control, "doctor", "v1")

    assert (done.code, done.printed[-1]["step"]) == (0, "refused")
    assert "polled since" in done.printed[-1]["got"]


@pytest.mark.parametrize("words", [["v1"], []])
def test_where_nothing_can_be_looked_at_the_end_is_2(
    tmp_path: Path, words: list[str]
) -> None:
    done = ter_vtn(tmp_path, NOBODY, "doctor", *words)

    assert (done.code, done.printed) == (2, [])
    assert done.error
