"""Signing in on a page: the cookie, the way back, and what is refused."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ter_pipelines.api.limits import Limits
from tests.api.api_at_work import MIA, OLGA, Door, running_api
from tests.api.pages_at_work import SIGN_IN, look, send

USAGE = "/pages/usage"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Give an API with no data, for all tests of this file."""
    with running_api(tmp_path_factory.mktemp("home")) as door:
        yield door


@pytest.fixture
def door(shared: Door) -> Door:
    """Give it with nobody signed in."""
    shared.session.cookies.clear()
    return shared


def sign_in(door: Door, user: tuple[str, str], **more: str) -> str:
    """Sign in and give the cookie's line."""
    form = {"name": user[0], "password": user[1], **more}
    answer = send(door, SIGN_IN, form)
    assert answer.status_code == 303
    return str(answer.headers["Set-Cookie"])


def test_the_first_page_is_that_of_prices(door: Door) -> None:
    answer = look(door, "/")

    assert (answer.status_code, answer.headers["Location"]) == (307, "/pages/prices")


def test_who_is_not_signed_in_is_led_to_sign_in_and_back(door: Door) -> None:
    led = look(door, f"{USAGE}?order=name")
    form = {"name": OLGA[0], "password": OLGA[1], "next": f"{USAGE}?order=name"}
    back = send(door, SIGN_IN, form)

    assert led.status_code == 303
    assert led.headers["Location"] == (
        "/pages/sign-in?next=%2Fpages%2Fusage%3Forder%3Dname"
    )
    assert back.headers["Location"] == f"{USAGE}?order=name"
    assert look(door, f"{USAGE}?order=name").status_code == 200


def test_the_cookie_is_kept_from_scripts_and_other_sites(door: Door) -> None:
    line = sign_in(door, OLGA).lower()

    assert line.startswith("ter_session=")
    assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= {
        part.strip() for part in line.split(";")
    }
    assert "secure" not in line  # this one came over plain HTTP, from this very host


def test_behind_tls_the_cookie_goes_over_tls_only(door: Door) -> None:
    origin = door.url.replace("http://", "https://")
    form = {"name": OLGA[0], "password": OLGA[1]}

    answer = send(
        door, SIGN_IN, form, **{"X-Forwarded-Proto": "https", "Origin": origin}
    )

    assert "secure" in answer.headers["Set-Cookie"].lower()


def test_a_wrong_password_shows_the_form_again(door: Door) -> None:
    answer = send(door, SIGN_IN, {"name": "olga", "password": "wrong words here"})

    assert answer.status_code == 403
    assert "do not belong together" in answer.text
    assert 'value="olga"' in answer.text
    assert "wrong words" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_form_of_another_site_is_refused(door: Door) -> None:
    form = {"name": OLGA[0], "password": OLGA[1]}

    answers = [
        send(door, path, form, Origin=origin)
        for path in (SIGN_IN, "/pages/sign-out")
        for origin in ("https://elsewhere.example", "null", "")
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert all("Set-Cookie" not in answer.headers for answer in answers)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://elsewhere.example/pages/",
        "//elsewhere.example/pages/x",
        "/pages/\\elsewhere",
        "/pages/a\r\nSet-Cookie: b=c",
        "/pages/sign-out",
        "/prices/",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(door: Door, elsewhere: str) -> None:
    form = {"name": OLGA[0], "password": OLGA[1], "next": elsewhere}

    answer = send(door, SIGN_IN, form)

    assert answer.headers["Location"] == "/pages/prices"
    assert "b=c" not in str(answer.headers)


def test_who_signed_out_is_out_with_the_same_cookie(door: Door) -> None:
    sign_in(door, OLGA)
    secret = door.session.cookies["ter_session"]

    out = send(door, "/pages/sign-out", {})
    door.session.cookies.set("ter_session", secret)

    assert out.headers["Location"] == "/pages/prices"
    assert look(door, USAGE).status_code == 303


def test_a_session_ends_after_twelve_hours(door: Door) -> None:
    sign_in(door, OLGA)
    began = door.clock.instant

    door.clock.instant = began + timedelta(hours=11, minutes=59)
    before = look(door, USAGE).status_code
    door.clock.instant = began + timedelta(hours=12)
    after = look(door, USAGE).status_code
    door.clock.instant = began

    assert (before, after) == (200, 303)


def test_who_may_not_see_a_page_is_told_so_in_words(door: Door) -> None:
    sign_in(door, MIA)

    answer = look(door, USAGE)

    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "mia, who may not see this page" in answer.text


def test_the_navigation_has_what_one_may_see(door: Door) -> None:
    stranger = look(door, "/pages/prices").text
    sign_in(door, MIA)
    member = look(door, "/pages/prices").text

    assert "/pages/statements" not in stranger
    assert 'href="/pages/statements"' in member
    assert 'href="/pages/usage"' not in member
    assert 'href="/pages/prices" aria-current="page"' in member
    assert "Sign out" in member


def test_an_unknown_page_is_a_page(door: Door) -> None:
    answer = look(door, "/pages/nowhere/at/all")

    assert answer.status_code == 404
    assert "There is no page of this address." in answer.text


def test_pages_bring_their_policy_and_need_no_script(door: Door) -> None:
    answer = look(door, SIGN_IN)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'self'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script" not in answer.text
    assert " style=" not in answer.text


def test_the_style_is_kept_and_its_address_changes_with_it(door: Door) -> None:
    page = look(door, SIGN_IN).text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]

    style = look(door, address)

    assert style.headers["Content-Type"].startswith("text/css")
    assert "immutable" in style.headers["Cache-Control"]
    assert address.startswith("/pages/style.css?v=")
    assert "prefers-color-scheme: dark" in style.text
    assert look(door, "/pages/icon.svg").headers["Content-Type"] == "image/svg+xml"


def test_who_tries_too_many_passwords_waits(tmp_path: Path) -> None:
    form = {"name": "olga", "password": "wrong words here"}

    with running_api(tmp_path, limits=Limits(failures_per_minute=2)) as door:
        codes = [send(door, SIGN_IN, form).status_code for _ in range(3)]
        waits = send(door, SIGN_IN, {"name": OLGA[0], "password": OLGA[1]})

    assert codes == [403, 403, 429]
    assert waits.status_code == 429
    assert int(waits.headers["Retry-After"]) > 0
    assert waits.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join([b"a=b"] * 60)])
def test_a_form_nobody_can_read_is_refused(door: Door, body: bytes) -> None:
    answer = door.session.post(
        door.url + SIGN_IN, data=body, headers={"Origin": door.url}, timeout=20
    )

    assert answer.status_code == 400
