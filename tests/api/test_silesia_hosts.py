"""Hosts: who says where one is polled, and who sees it."""

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

SAME_METER = "The fields ip, port, slave_address must make a unique set."


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with silesia(tmp_path) as door:
        yield door


def test_a_host_is_polled_under_a_name_of_its_own(
    door: Door, john: Client, olga: Client
) -> None:
    host = host_of(john, olga)

    with door.registry() as registry:
        (meter,) = registry.modbus.enabled_hosts()
    assert (meter.host_id, meter.address, meter.port) == ("site-1", "192.0.2.7", 502)
    assert (meter.map_name, meter.description) == ("sdm120", "roof")
    models = {model["name"]: model["id"] for model in john.get("/meters").json()}
    assert host["meter"] == models["sdm120"]
    assert john.get("/user/hosts").json() == [host]
    assert olga.get("/admin/hosts/1").json() == host


def test_a_model_is_named_by_number_or_by_name(john: Client, olga: Client) -> None:
    models = {model["name"]: model["id"] for model in john.get("/meters").json()}

    host = host_of(john, olga, meter=models["sdm630"])

    assert host["meter"] == models["sdm630"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ip": "192.0.2.7/8"}, "ip"),
        ({"ip": ""}, "ip"),
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"slave_address": -1}, "slave_address"),
        ({"slave_address": 256}, "slave_address"),
        ({"description": "two\nlines"}, "description"),
        ({"meter": "sdm9"}, "meter"),
        ({"meter": 999}, "meter"),
        ({"user": 999}, "user"),
        ({"location": 999}, "location"),
    ],
)
def test_a_host_that_cannot_be_polled_is_refused_by_field(
    quiet: Quiet, changes: dict[str, Any], field: str
) -> None:
    body = {
        "ip": "192.0.2.7", "port": 502, "slave_address": 1, "description": "",
        "user": quiet.john.user_id, "location": 1, "meter": "sdm120", **changes,
    }  # fmt: skip

    answer = quiet.olga.post("/admin/hosts", body)

    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_a_host_stands_at_a_place_of_its_own_user(
    door: Door, john: Client, olga: Client
) -> None:
    jane = member(door, "janedoe")
    host = host_of(john, olga)
    theirs = jane.made("/user/locations", PLACE)["id"]

    new = olga.post("/admin/hosts", {**host, "port": 503, "location": theirs})
    moved = olga.ask("PATCH", "/admin/hosts/1", {"location": theirs})
    own = john.ask("PATCH", "/user/hosts/1", {"location": theirs})

    both = "Meter and its location must belong to same user"
    assert (new.status_code, new.json()) == (400, {"structural_error": [both]})
    assert (moved.status_code, moved.json()) == (400, {"structural_error": [both]})
    assert (own.status_code, list(own.json())) == (400, ["location"])


def test_one_meter_is_polled_once(john: Client, olga: Client) -> None:
    host = host_of(john, olga)

    again = olga.post("/admin/hosts", host)

    refused = {"non_field_errors": [SAME_METER]}
    assert (again.status_code, again.json()) == (400, refused)


def test_another_users_host_is_not_there(
    door: Door, john: Client, olga: Client
) -> None:
    jane = member(door, "janedoe")
    host_of(john, olga)
    routes = [
        ("GET", ""), ("PATCH", ""), ("GET", "/measurements"),
        ("POST", "/measurements"), ("DELETE", "/measurements"),
        ("DELETE", "/measurements/voltage"), ("GET", "/measurements/voltage/latest"),
        ("GET", "/measurements/voltage/values?from=2025-11-01&to=2025-11-02"),
        ("GET", "/measurements/voltage/aggregates?step=day"),
    ]  # fmt: skip

    answers = [
        jane.ask(method, f"/user/hosts/1{path}", {"measurements": ["voltage"]})
        for method, path in routes
    ]

    assert [answer.status_code for answer in answers] == [404] * len(routes)
    error = {"error": "Host with id 1 does not exist"}
    assert all(answer.json() == error for answer in answers)
    assert jane.get("/user/hosts").json() == []


def test_a_member_describes_a_host_but_does_not_say_where_it_is_polled(
    john: Client, olga: Client
) -> None:
    host = host_of(john, olga)
    other = john.made("/user/locations", {**PLACE, "number": "1"})["id"]

    body = {"description": "cellar", "location": other, "ip": "192.0.2.99"}
    changed = john.ask("PATCH", "/user/hosts/1", body)

    wanted = {**host, "description": "cellar", "location": other}
    assert (changed.status_code, changed.json()) == (200, wanted)


def test_the_operator_changes_a_host_and_its_owner_stays(
    door: Door, john: Client, olga: Client
) -> None:
    jane = member(door, "janedoe")
    host = host_of(john, olga)

    part = olga.ask("PATCH", "/admin/hosts/1", {"port": 1502, "meter": "sdm230"})
    whole = olga.ask("PUT", "/admin/hosts/1", {**host, "ip": "meter-7.example.org"})
    given_away = olga.ask("PATCH", "/admin/hosts/1", {"user": jane.user_id})

    assert part.json()["port"] == 1502
    assert (whole.status_code, whole.json()["ip"]) == (200, "meter-7.example.org")
    assert whole.json()["meter"] == host["meter"]
    assert (given_away.status_code, list(given_away.json())) == (400, ["user"])
    with door.registry() as registry:
        (meter,) = registry.modbus.hosts()
    assert (meter.host_id, meter.port) == ("site-1", 502)


def test_so_many_measurements_are_asked_for_at_once(john: Client, olga: Client) -> None:
    host_of(john, olga)
    path = "/user/hosts/1/measurements"

    most = john.post(path, {"measurements": ["voltage"] * 1000})
    more = john.post(path, {"measurements": ["voltage"] * 1001})
    unassigned = john.ask("DELETE", path, {"measurements": ["voltage"] * 1001})

    twice = {
        "non_field_errors": ["The fields host, measurement must make a unique set."]
    }
    assert (most.status_code, most.json()) == (400, [{}, *[twice] * 999])
    wrong = {"measurements": ["Ensure this field has no more than 1000 elements."]}
    assert (more.status_code, more.json()) == (400, wrong)
    assert (unassigned.status_code, unassigned.json()) == (400, wrong)


def test_a_deleted_host_is_polled_no_more_and_its_number_stays_its_own(
    door: Door, john: Client, olga: Client
) -> None:
    host = host_of(john, olga)

    gone = olga.ask("DELETE", "/admin/hosts/1")
    next_one = olga.made("/admin/hosts", host)

    assert gone.json() == {"info": "Host with id 1 has been deleted"}
    assert next_one["id"] == 2
    with door.registry() as registry:
        assert [meter.host_id for meter in registry.modbus.hosts()] == ["site-2"]


def test_a_host_that_the_operator_removed_from_polling_is_gone_here_too(
    door: Door, john: Client, olga: Client
) -> None:
    host_of(john, olga)
    with door.registry() as registry:
        registry.modbus.remove_host("site-1")

    assert john.get("/user/hosts").json() == []
    assert olga.get("/admin/hosts/1").status_code == 404
    assert john.ask("DELETE", "/user/locations/1").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/admin/locations/9", "/admin/hosts/9", "/admin/users/9999999999",
        "/admin/locations/2147483648", "/admin/registers/9", "/admin/meters/zz",
        "/admin/measurements/zz", "/user/locations/0", "/user/hosts/" + "9" * 5000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_is_not_there_is_a_404(quiet: Quiet, method: str, path: str) -> None:
    assert quiet.olga.ask(method, path).status_code == 404
