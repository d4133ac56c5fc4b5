"""How the open price feed answers: what is new, in which form, and to whom."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ter_pipelines.store.lake import Lake
from tests.api.api_at_work import Door, running_api
from tests.api.public_feed import DEAR, ask
from tests.pricing.prices_of_days import (
    LONG_DAY,
    PLAIN_DAY,
    digits_of,
    put_in_lake,
    submitted,
)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "data")


def test_what_is_accepted_is_given(door: Door, lake: Lake) -> None:
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, DEAR))
    asked = {
        "text/csv": "text/csv",
        "application/json;q=0.5, text/csv": "text/csv",
        "text/csv;q=0.5, application/json": "application/json",
        "text/html, */*": "application/json",
        "text/csv;q=nonsense": "application/json",
    }

    answers = {accept: ask(door, f"/{PLAIN_DAY}", Accept=accept) for accept in asked}

    for accept, answer in answers.items():
        assert answer.headers["Content-Type"].partition(";")[0] == asked[accept]
        assert answer.headers["Vary"] == "Accept"
    assert len({answer.headers["ETag"] for answer in answers.values()}) == 2


@pytest.mark.parametrize("path", ["", ".json", ".csv", f"/{PLAIN_DAY}", ".ics"])
def test_who_has_the_bytes_is_told_so(door: Door, lake: Lake, path: str) -> None:
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, DEAR))
    first = ask(door, path)
    tag = first.headers["ETag"]

    again = ask(door, path, If_None_Match=f'"other", W/{tag}')
    anything = ask(door, path, If_None_Match="*")
    other = ask(door, path, If_None_Match='"other"')

    assert first.status_code == 200
    assert not tag.startswith("W/")
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == tag
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert (anything.status_code, other.status_code) == (304, 200)


def test_last_modified_is_when_it_came_into_the_lake(door: Door, lake: Lake) -> None:
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, DEAR))
    changed_at = ask(door, f"/{PLAIN_DAY}").headers["Last-Modified"]

    same = ask(door, f"/{PLAIN_DAY}", If_Modified_Since=changed_at)
    long_ago = "Sat, 01 Nov 2025 00:00:00 GMT"
    since_long = ask(door, f"/{PLAIN_DAY}", If_Modified_Since=long_ago)
    tag_first = ask(
        door, f"/{PLAIN_DAY}", If_Modified_Since=changed_at, If_None_Match='"other"'
    )
    nonsense = ask(door, f"/{PLAIN_DAY}", If_Modified_Since="yesterday")

    assert (same.status_code, since_long.status_code) == (304, 200)
    assert (tag_first.status_code, nonsense.status_code) == (200, 200)


@pytest.mark.parametrize("path", ["", ".csv", f"/{PLAIN_DAY}", ".ics", "/today"])
def test_a_head_is_the_get_without_its_body(door: Door, lake: Lake, path: str) -> None:
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, DEAR))

    head, get = ask(door, path, method="HEAD"), ask(door, path)

    assert head.status_code == get.status_code
    assert head.content == b""
    for name in ("ETag", "Content-Type", "Content-Length", "Cache-Control"):
        assert head.headers.get(name) == get.headers.get(name)


def test_pages_of_other_sites_may_read_it(door: Door, lake: Lake) -> None:
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, DEAR))

    asked = ask(door, "", method="OPTIONS", Origin="https://example.org")
    given = ask(door, f"/{PLAIN_DAY}")
    not_public = door.get("/prices/today/")

    assert asked.status_code == 204
    assert "If-None-Match" in asked.headers["Access-Control-Allow-Headers"]
    assert given.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in given.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in not_public.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_can_write_to_it(door: Door, method: str) -> None:
    assert ask(door, f"/{PLAIN_DAY}", method=method).status_code == 405


def test_the_past_is_kept_longer_than_what_is_to_come(door: Door, lake: Lake) -> None:
    put_in_lake(lake, LONG_DAY, submitted(LONG_DAY, digits_of(LONG_DAY)))
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, DEAR))

    past, to_come = ask(door, f"/{LONG_DAY}"), ask(door, f"/{PLAIN_DAY}")

    assert past.headers["Cache-Control"] == "public, max-age=3600"
    assert to_come.headers["Cache-Control"] == "public, max-age=60"
