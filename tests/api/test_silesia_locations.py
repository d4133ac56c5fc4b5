"""Locations: everybody's own are theirs, and another's are not there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.api_at_work import Door
from tests.api.silesia_at_work import (
    PLACE,
    Client,
    Quiet,
    host_of,
    member,
    silesia,
)

SAME_ADDRESS = "The fields street, number, city must make a unique set."


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with silesia(tmp_path) as door:
        yield door


def test_a_location_is_added_and_read_as_documented(john: Client) -> None:
    made = john.post("/user/locations", {**PLACE, "user": john.user_id})

    expected = {
        "id": 1,
        **PLACE,
        "coord_x": None,
        "coord_y": None,
        "user": john.user_id,
    }
    assert (made.status_code, made.json()) == (201, expected)
    assert john.get("/user/locations").json() == [expected]
    assert john.get("/user/locations/1").json() == expected


def test_a_location_without_a_user_is_the_signed_in_users(john: Client) -> None:
    assert john.made("/user/locations", PLACE)["user"] == john.user_id


def test_a_user_may_be_given_as_text(john: Client) -> None:
    made = john.made("/user/locations", {**PLACE, "user": str(john.user_id)})

    assert made["user"] == john.user_id


def test_nobody_adds_a_location_for_another(john: Client, olga: Client) -> None:
    for user in (olga.user_id, 99):
        answer = john.post("/user/locations", {**PLACE, "user": user})

        assert answer.status_code == 403
        said = "You do not have permission to perform this action."
        assert answer.json() == {"detail": said}


def test_two_members_may_live_at_one_address_and_one_may_not_twice(
    door: Door, john: Client
) -> None:
    jane = member(door, "janedoe")
    john.made("/user/locations", PLACE)

    hers = jane.post("/user/locations", PLACE)
    again = john.post("/user/locations", PLACE)

    assert hers.status_code == 201
    assert (again.status_code, again.json()) == (
        400,
        {"non_field_errors": [SAME_ADDRESS]},
    )


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_strangers_location_is_not_there(
    door: Door, john: Client, method: str
) -> None:
    jane = member(door, "janedoe")
    john.made("/user/locations", PLACE)

    foreign = jane.ask(method, "/user/locations/1", PLACE)
    absent = jane.ask(method, "/user/locations/2", PLACE)

    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert foreign.json() == {"error": "Location with id 1 does not exist"}
    assert len(john.get("/user/locations").json()) == 1


def test_coordinates_keep_their_digits(john: Client) -> None:
    body = {**PLACE, "coord_x": "19.0238", "coord_y": 50.25890}

    text = john.post("/user/locations", body).text

    assert '"coord_x": 19.0238, "coord_y": 50.2589,' in text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"coord_x": 180.0001, "coord_y": 0}, "coord_x"),
        ({"coord_x": 0, "coord_y": -90.0001}, "coord_y"),
        ({"coord_x": "east", "coord_y": 0}, "coord_x"),
        ({"coord_x": 19}, "non_field_errors"),
        ({"zip_code": "11420-"}, "zip_code"),
        ({"zip_code": "11-42"}, "zip_code"),
        ({"street": ""}, "street"),
        ({"street": "x" * 129}, "street"),
        ({"street": "two\nlines"}, "street"),
        ({"street": "nul\0"}, "street"),
        ({"city": {"name": "here"}}, "city"),
        ({"user": "me"}, "user"),
        ({"user": 2**31}, "user"),
        ({"user": 10**30}, "user"),
    ],
)
def test_a_location_that_is_wrong_is_refused_by_field(
    quiet: Quiet, changes: dict[str, Any], field: str
) -> None:
    body = {**PLACE, "number": "63", **changes}
    answer = quiet.john.post("/user/locations", body)

    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert len(quiet.john.get("/user/locations").json()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"coord_x": 180, "coord_y": 90},
        {"coord_x": -180, "coord_y": -90},
        {"zip_code": "10001"},
        {"zip_code": "10001-0002"},
        {"number": 64},
    ],
)
def test_the_limits_themselves_are_taken(john: Client, changes: dict[str, Any]) -> None:
    assert john.post("/user/locations", {**PLACE, **changes}).status_code == 201


def test_a_location_is_changed_in_part_and_as_a_whole(john: Client) -> None:
    john.made("/user/locations", {**PLACE, "coord_x": 1, "coord_y": 2})

    part = john.ask("PATCH", "/user/locations/1", {"number": "64"})
    whole = john.ask("PUT", "/user/locations/1", {**PLACE, "city": "Gliwice"})
    lacking = john.ask("PUT", "/user/locations/1", {"city": "Gliwice"})

    assert (part.status_code, part.json()["number"]) == (201, "64")
    assert part.json()["coord_x"] == 1
    assert (whole.status_code, whole.json()["city"]) == (200, "Gliwice")
    assert whole.json()["coord_x"] is None
    assert lacking.status_code == 400
    assert john.get("/user/locations/1").json() == whole.json()


def test_a_location_is_deleted_unless_a_host_stands_there(
    john: Client, olga: Client
) -> None:
    host = host_of(john, olga)
    path = f"/user/locations/{host['location']}"

    held = john.ask("DELETE", path)
    olga.ask("DELETE", f"/admin/hosts/{host['id']}")
    gone = john.ask("DELETE", path)

    assert held.status_code == 400
    assert held.json()["error"].startswith("Location with id 1 has hosts 1;")
    info = {"info": "Location with id 1 has been deleted"}
    assert (gone.status_code, gone.json()) == (200, info)
    assert john.get(path).status_code == 404


def test_the_operator_manages_everybodys_locations(john: Client, olga: Client) -> None:
    body = {**PLACE, "user": john.user_id}
    made = olga.made("/admin/locations", body)

    changed = olga.ask("PATCH", "/admin/locations/1", {"city": "Gliwice"})
    replaced = olga.ask("PUT", "/admin/locations/1", body)

    assert john.get("/user/locations").json() == [made]
    assert (changed.status_code, changed.json()["city"]) == (200, "Gliwice")
    assert (replaced.status_code, replaced.json()) == (200, made)
    nobody = {"user": ['Invalid pk "999" - object does not exist.']}
    assert olga.post("/admin/locations", {**body, "user": 999}).json() == nobody
    assert olga.ask("DELETE", "/admin/locations/1").status_code == 200
    assert olga.get("/admin/locations").json() == []


def test_a_request_with_a_key_is_carried_out_once(john: Client) -> None:
    first = john.ask("POST", "/user/locations", PLACE, Idempotency_Key="a")
    again = john.ask("POST", "/user/locations", PLACE, Idempotency_Key="a")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(john.get("/user/locations").json()) == 1
