"""Devices as the metering partner tells of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ter_pipelines.registry.changes import read_log
from tests.api.api_at_work import NISC, OLGA, PRAIS, Door, running_api
from tests.api.test_ter_changes import send

DEVICE = {
    "device_id": "47",
    "ven_id": "ven-1",
    "statusOn": True,
    "registerConsumed": "123456.78",
    "registerProduced": "-0.50",
}
NOT_UNIQUE = {
    "non_field_errors": ["The fields device_id, ven_id must make a unique set."]
}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


def add(door: Door, **changes: object) -> dict[str, Any]:
    answer = door.post("/devices/", {**DEVICE, **changes}, NISC)
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


def test_a_device_is_added_and_given_back_to_the_digit(door: Door) -> None:
    added = add(door)

    assert added == {"id": 1, **DEVICE}
    assert door.get("/devices/1/", OLGA).json() == added
    assert door.get("/devices/", NISC).json() == [added]


def test_what_is_not_said_of_a_new_device_is_off_and_nothing(door: Door) -> None:
    answer = door.post("/devices/", {"device_id": "47", "VEN_ID": "ven-1"}, NISC)

    assert answer.status_code == 201
    assert answer.json() == {
        "id": 1,
        "device_id": "47",
        "ven_id": "ven-1",
        "statusOn": False,
        "registerConsumed": "0.00",
        "registerProduced": "0.00",
    }


@pytest.mark.parametrize("left_out", ["ven_id", "device_id"])
def test_a_missing_field_is_named(door: Door, left_out: str) -> None:
    body = {name: value for name, value in DEVICE.items() if name != left_out}

    answer = door.post("/devices/", body, NISC)

    assert answer.status_code == 400
    assert answer.json() == {left_out: ["This field is required."]}


def test_a_device_of_a_ven_is_there_once(door: Door) -> None:
    add(door)
    other = add(door, ven_id="ven-2")

    again = door.post("/devices/", DEVICE, NISC)
    moved = send(door, "PUT", f"/devices/{other['id']}/", DEVICE, NISC)

    assert (again.status_code, again.json()) == (400, NOT_UNIQUE)
    assert (moved.status_code, moved.json()) == (400, NOT_UNIQUE)
    assert len(door.get("/devices/", NISC).json()) == 2


def test_a_put_changes_a_device_and_leaves_what_it_does_not_name(door: Door) -> None:
    add(door)

    answer = send(
        door,
        "PUT",
        "/devices/1/",
        {"id": 1, "device_id": "48", "ven_id": "ven-1", "statusOn": False},
        NISC,
    )

    assert answer.status_code == 200
    assert answer.json() == {"id": 1, **DEVICE, "device_id": "48", "statusOn": False}
    lacking = send(door, "PUT", "/devices/1/", {"statusOn": True}, NISC)
    assert set(lacking.json()) == {"device_id", "ven_id"}


def test_a_patch_changes_only_what_it_names(door: Door) -> None:
    add(door)

    answer = send(door, "PATCH", "/devices/1/", {"registerConsumed": 7.1}, NISC)
    nothing = send(door, "PATCH", "/devices/1/", {}, NISC)

    assert answer.json() == {"id": 1, **DEVICE, "registerConsumed": "7.10"}
    assert (nothing.status_code, nothing.json()) == (200, answer.json())


def test_a_deleted_device_is_gone_and_its_id_is_not_used_again(door: Door) -> None:
    add(door)

    answer = send(door, "DELETE", "/devices/1/", auth=NISC)

    assert (answer.status_code, answer.content) == (204, b"")
    assert door.get("/devices/1/", NISC).json() == {
        "detail": "No Device matches the given query."
    }
    assert send(door, "DELETE", "/devices/1/", auth=NISC).status_code == 404
    assert add(door)["id"] == 2


@pytest.mark.parametrize("path", ["2/", "0/", "99999999999999999999/", "one/", "-1/"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_device_that_is_not_there_is_a_404(
    door: Door, method: str, path: str
) -> None:
    add(door)

    assert send(door, method, f"/devices/{path}", DEVICE, NISC).status_code == 404


def test_every_change_is_noted_with_who_made_it(door: Door) -> None:
    add(door)
    send(door, "PATCH", "/devices/1/", {"statusOn": False}, NISC)
    send(door, "PATCH", "/devices/1/", {"statusOn": False}, NISC)
    send(door, "DELETE", "/devices/1/", auth=NISC)

    with door.registry() as registry:
        entries = read_log(registry.changes.engine, at_most=3)

    assert [(entry.made_by, entry.action) for entry in entries] == [
        ("nisc", "device.removed"),
        ("nisc", "device.changed"),
        ("nisc", "device.added"),
    ]
    assert entries[1].detail == '{"status_on": [true, false]}'


def test_devices_are_not_for_everybody(door: Door) -> None:
    assert door.get("/devices/").status_code == 401
    assert door.get("/devices/", PRAIS).status_code == 403
    assert door.post("/devices/", DEVICE, OLGA).status_code == 403
