"""Who registers and signs in as SilesiaSolar's clients do; what a token is worth."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ter_pipelines.registry.changes import read_log
from tests.api.api_at_work import MIA, NOON, OLGA, PRAIS, Door
from tests.api.silesia_at_work import WORDS, Client, member, operator, silesia

JOHN = {"username": "johndoe", "email": "johndoe@example.com", "password": WORDS}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with silesia(tmp_path) as door:
        yield door


def test_who_registers_gets_a_user_and_a_token_that_works(door: Door) -> None:
    answer = Client(door).post("/auth/register", JOHN)

    told = answer.json()
    user = {"username": "johndoe", "email": "johndoe@example.com"}
    assert answer.status_code == 200
    assert told["user"] == {"id": told["user"]["id"], **user}
    assert len(told["token"]) == 64
    info = Client(door, told["token"]).get("/auth/info")
    assert (info.status_code, info.json()) == (200, told["user"])


def test_who_registers_is_a_member_without_meters_and_nothing_more(door: Door) -> None:
    john = member(door)

    with door.registry() as registry:
        user = registry.people.find("johndoe")

    assert user is not None
    assert (user.roles, user.meter_ids) == (frozenset({"member"}), frozenset())
    assert john.get("/admin/users").status_code == 403
    assert john.get("/prices/").status_code == 403


def test_registration_is_closed_unless_a_setting_opens_it(tmp_path: Path) -> None:
    with silesia(tmp_path, registration="closed") as door:
        answer = Client(door).post("/auth/register", JOHN)

        assert answer.status_code == 403
        error = "Registration is closed here; ask the operator for a user."
        assert answer.json() == {"error": error}
        made = operator(door).post("/admin/users", JOHN)
        assert made.status_code == 201
        login = Client(door).post("/auth/login", JOHN)
        assert login.json()["user"] == made.json()


def test_a_name_or_an_address_is_taken_once(door: Door) -> None:
    member(door)

    name = Client(door).post("/auth/register", {**JOHN, "email": "b@example.com"})
    email = Client(door).post("/auth/register", {**JOHN, "username": "janedoe"})

    assert (name.status_code, email.status_code) == (400, 400)
    assert name.json() == {"error": "Provided username is already taken"}
    assert email.json() == {"error": "Provided email is already taken"}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"username": None}, {"username": ["This field may not be null."]}),
        ({"username": " "}, {"username": ["This field may not be blank."]}),
        ({"password": ""}, {"password": ["This field may not be blank."]}),
        ({"email": "nobody"}, {"email": ["Enter a valid email address."]}),
        ({"username": "a\0b"}, {"username": ["Null characters are not allowed."]}),
        ({"username": ["a"]}, {"username": ["Not a valid string."]}),
        (
            {"username": "a:b"},
            {"username": ["Enter a valid username, without colons."]},
        ),
        (
            {"username": "x" * 65},
            {"username": ["Ensure this field has no more than 64 characters."]},
        ),
        (
            {"password": "11 letters."},
            {
                "password": [
                    "This password is too short. It must contain at least 12 "
                    "characters."
                ]
            },
        ),
    ],
)
def test_what_is_wrong_is_told_field_by_field(
    door: Door, changes: dict[str, object], fields: dict[str, list[str]]
) -> None:
    answer = Client(door).post("/auth/register", {**JOHN, **changes})

    assert (answer.status_code, answer.json()) == (400, fields)


def test_what_is_missing_is_told_for_every_field(door: Door) -> None:
    answer = Client(door).post("/auth/register", {})

    missing = ["This field is required."]
    assert answer.json() == dict.fromkeys(("username", "email", "password"), missing)


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(door: Door) -> None:
    member(door)

    wrong = Client(door).post("/auth/login", {**JOHN, "password": "other words here"})
    unknown = Client(door).post("/auth/login", {**JOHN, "username": "nobody"})

    assert (wrong.status_code, unknown.status_code) == (400, 400)
    assert wrong.json() == unknown.json() == {"error": "Incorrect credentials"}


def test_who_guesses_passwords_must_wait(door: Door) -> None:
    guess = {"username": "olga", "password": "words of somebody"}

    codes = [Client(door).post("/auth/login", guess).status_code for _ in range(21)]

    assert codes == [400] * 20 + [429]
    right = Client(door).post("/auth/login", {"username": OLGA[0], "password": OLGA[1]})
    assert right.status_code == 429
    assert int(right.headers["Retry-After"]) > 0


def test_a_new_sign_in_ends_the_one_before(door: Door) -> None:
    first = member(door)

    second = Client(door, Client(door).post("/auth/login", JOHN).json()["token"])

    assert first.get("/auth/info").status_code == 401
    assert first.get("/auth/info").json() == {"detail": "Invalid token."}
    assert second.get("/auth/info").status_code == 200


def test_a_sign_in_lets_the_tokens_of_programs_be(door: Door) -> None:
    with door.registry() as registry:
        secret, _ = registry.people.new_token(MIA[0], label="my program")

    Client(door).post("/auth/login", {"username": MIA[0], "password": MIA[1]})

    assert Client(door, secret).get("/auth/info").status_code == 200


def test_who_signs_out_has_a_token_no_more(door: Door) -> None:
    john = member(door)

    answer = john.post("/auth/logout")

    assert (answer.status_code, answer.content) == (204, b"")
    assert john.get("/auth/info").status_code == 401


def test_who_signs_out_everywhere_has_none_at_all(door: Door) -> None:
    john = member(door)
    with door.registry() as registry:
        program, _ = registry.people.new_token("johndoe", label="my program")

    answer = Client(door, program).post("/auth/logoutall")

    assert answer.status_code == 204
    assert john.get("/auth/info").status_code == 401
    assert Client(door, program).get("/auth/info").status_code == 401


def test_a_sign_in_lasts_for_thirty_days(door: Door) -> None:
    john = member(door)

    door.clock.instant = NOON + timedelta(days=30, seconds=-1)
    last = john.get("/auth/info").status_code
    door.clock.instant = NOON + timedelta(days=30)

    assert last == 200
    assert john.get("/auth/info").status_code == 401


def test_nobody_is_told_so_in_the_words_that_clients_know(door: Door) -> None:
    nobody = Client(door)

    info, locations = nobody.get("/auth/info"), nobody.get("/user/locations")

    assert (info.status_code, locations.status_code) == (401, 401)
    assert info.json() == {"error": "Permission denied"}
    given = "Authentication credentials were not provided."
    assert locations.json() == {"detail": given}


def test_what_is_no_json_object_is_refused(door: Door) -> None:
    nobody = Client(door)

    broken = nobody.post("/auth/login", b"{")
    listed = nobody.post("/auth/login", [])
    form = nobody.ask("POST", "/auth/login", b"a=b", Content_Type="text/plain")

    assert (broken.status_code, listed.status_code, form.status_code) == (400, 400, 415)
    assert broken.json()["detail"].startswith("JSON parse error - ")
    wrong = "Invalid data. Expected a dictionary, but got list."
    assert listed.json() == {"non_field_errors": [wrong]}


def test_the_operator_shuts_a_member_out_and_nobody_else(door: Door) -> None:
    john, olga = member(door), operator(door)
    users = {user["username"]: user["id"] for user in olga.get("/admin/users").json()}

    gone = olga.ask("DELETE", f"/admin/users/{john.user_id}")
    prais = olga.ask("DELETE", f"/admin/users/{users[PRAIS[0]]}")

    assert gone.json() == {"info": f"User with id {john.user_id} has been disabled"}
    assert john.get("/auth/info").status_code == 401
    assert Client(door).post("/auth/login", JOHN).status_code == 400
    assert prais.status_code == 400
    assert door.get("/prices/", PRAIS).status_code == 200
    back = olga.ask("PATCH", f"/admin/users/{john.user_id}", {"is_active": True})
    assert back.status_code == 200
    assert Client(door).post("/auth/login", JOHN).status_code == 200


def test_a_user_is_found_by_number(door: Door) -> None:
    john, olga = member(door), operator(door)

    found = olga.get(f"/admin/users/{john.user_id}")
    none = olga.get("/admin/users/99")

    assert found.json()["email"] == "johndoe@example.com"
    assert (none.status_code, none.json()) == (
        404,
        {"error": "User with id 99 does not exist"},
    )


def test_every_change_stands_in_the_log_under_its_maker(door: Door) -> None:
    john = member(door)
    john.post("/auth/logout")

    with door.registry() as registry:
        entries = read_log(registry.changes.engine, at_most=3)
    assert [(entry.made_by, entry.action) for entry in reversed(entries)] == [
        ("program:registration", "user.added"),
        ("johndoe", "token.made"),
        ("johndoe", "token.revoked"),
    ]
