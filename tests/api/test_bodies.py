"""Requests that are refused before anybody reads them, and what every answer has."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.api_at_work import (
    PLAIN_DAY,
    PRAIS,
    TIMEOUT_SECONDS,
    Door,
    running_api,
    schedule_of,
)

MIB = 1024 * 1024


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


def in_pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // 4096):
        yield b" " * 4096


def test_a_body_over_a_mebibyte_is_refused(door: Door) -> None:
    answer = door.post("/prices/", b" " * (MIB + 1), PRAIS)

    assert answer.status_code == 413
    assert answer.json() == {"detail": "The body is larger than 1048576 bytes."}


def test_a_body_of_unstated_length_is_cut_off_too(door: Door) -> None:
    answer = door.session.post(
        f"{door.url}/prices/",
        data=in_pieces(MIB + 4096),
        headers={"Content-Type": "application/json"},
        auth=PRAIS,
        timeout=TIMEOUT_SECONDS,
    )

    assert answer.status_code == 413


def test_a_mebibyte_is_read(door: Door) -> None:
    answer = door.post("/meters/", b" " * MIB, ("nisc", "words of nisc here"))

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("JSON parse error - ")


def test_a_stranger_is_turned_away_before_the_body_counts(door: Door) -> None:
    answer = door.post("/prices/", b" " * (MIB + 1))

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": ""},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_a_body_that_does_not_say_json_is_refused(
    door: Door, headers: dict[str, str]
) -> None:
    body = json.dumps(schedule_of(PLAIN_DAY)).encode()

    answer = door.session.post(
        f"{door.url}/prices/",
        data=gzip.compress(body) if "Content-Encoding" in headers else body,
        headers=headers,
        auth=PRAIS,
        timeout=TIMEOUT_SECONDS,
    )

    assert answer.status_code == 415
    assert "expected" in answer.json()["detail"]


def test_json_with_a_charset_is_json(door: Door) -> None:
    answer = door.session.post(
        f"{door.url}/prices/",
        data=json.dumps(schedule_of(PLAIN_DAY)),
        headers={"Content-Type": "Application/JSON; charset=utf-8"},
        auth=PRAIS,
        timeout=TIMEOUT_SECONDS,
    )

    assert answer.status_code == 201


def test_the_process_says_that_it_is_healthy(door: Door) -> None:
    answer = door.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/prices", "/x/"])
def test_what_is_not_served_is_a_404_in_the_one_shape(door: Door, path: str) -> None:
    answer = door.get(path)

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize("path", ["/healthz", "/prices/today/", "/prices/", "/x/"])
def test_every_answer_keeps_browsers_from_mischief(door: Door, path: str) -> None:
    headers = door.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_a_disk_that_takes_nothing_is_a_503_that_says_try_again(door: Door) -> None:
    (door.home / "landing").write_text("a file where the folder must be")

    answer = door.post("/prices/", schedule_of(PLAIN_DAY), PRAIS)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert set(answer.json()) == {"detail"}
    assert door.get("/prices/", PRAIS).json() == []
