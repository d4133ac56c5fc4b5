"""Accounts over REST, as their partner's documentation has them."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.accounts.at_hand import MARKET_TOML, body, tag
from tests.api.api_at_work import ACE, OLGA, PRAIS, TIMEOUT_SECONDS, Door, running_api
from tests.house.tree import ROOT

ACCOUNTS = "/api/v1/accounts"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    (tmp_path / "market.toml").write_text(MARKET_TOML)
    with running_api(tmp_path, market=str(tmp_path / "market.toml")) as door:
        yield door


def patch(door: Door, path: str, change: dict[str, Any]) -> requests.Response:
    return door.session.patch(
        door.url + path,
        json={"account": change},
        auth=ACE,
        timeout=TIMEOUT_SECONDS,
    )


def test_an_account_is_created_as_documented(door: Door) -> None:
    answer = door.post(ACCOUNTS, body(), ACE)

    assert answer.status_code == 201
    assert answer.json() == {
        "id": 1,
        "account_number": "abc123",
        "location": "11 Beacon St.",
        "city": "Philadelphia",
        "state": "PA",
        "load_zone": "APS-PA",
        "utility": "WPP",
        "load_profile": "GPC",
        "rate_class": "10",
        "voltage": "Primary",
        "rep": "xyz",
        "flow_end": None,
        "flow_start": None,
        "intervalization_status": "awaiting_intervalization",
        "status": "active",
        "rt_lmp_price": None,
        "capacity_tags": [
            {"start_date": "2018-06-01", "end_date": "2019-05-31", "value_kw": 60000}
        ],
        "transmission_tags": [
            {"start_date": "2018-01-01", "end_date": "2018-12-31", "value_kw": 100000}
        ],
        "summary_usages": [
            {"starts_on": "2018-10-01", "ends_on": "2018-10-31", "volume_kwh": 925.24}
        ],
    }


def test_a_wrong_field_is_answered_with_422_and_nothing_is_kept(door: Door) -> None:
    answer = door.post(ACCOUNTS, body(load_profile="XYZ"), ACE)

    assert answer.status_code == 422
    assert answer.json() == {
        "load_profile": ["is not included in the utility's load profiles"]
    }
    assert door.get(ACCOUNTS, ACE).json() == []


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"account": 7}', 422),
        (b'{"account": {"id": 7}}', 422),
        (b'"\\u0000"', 422),
    ],
)
def test_what_is_no_account_is_refused_and_never_a_fault(
    door: Door, sent: bytes, status: int
) -> None:
    assert door.post(ACCOUNTS, sent, ACE).status_code == status


def test_overlapping_tags_are_named(door: Door) -> None:
    tags = [tag("2018-1-1", "2018-6-30", "1"), tag("2018-6-30", "2018-12-31", "1")]

    answer = door.post(ACCOUNTS, body(capacity_tags_attributes=tags), ACE)

    assert answer.status_code == 422
    assert list(answer.json().values()) == [["overlaps another tag"]]


def test_an_account_is_read_changed_and_deactivated(door: Door) -> None:
    door.post(ACCOUNTS, body(), ACE)

    changed = patch(door, f"{ACCOUNTS}/1", {"rep": "abcde", "city": "Costa Rica"})
    ended = patch(door, f"{ACCOUNTS}/1", {"status": "inactive"})
    read = door.get(f"{ACCOUNTS}/1", ACE)

    assert (changed.status_code, ended.status_code, read.status_code) == (200,) * 3
    assert changed.json()["city"] == "Costa Rica"
    assert changed.json()["location"] == "11 Beacon St."
    assert ended.json()["status"] == "inactive"
    assert read.json() == ended.json()


def test_a_change_that_is_wrong_is_422_and_leaves_it_as_it_was(door: Door) -> None:
    before = door.post(ACCOUNTS, body(), ACE).json()

    answer = patch(door, f"{ACCOUNTS}/1", {"voltage": "Huge"})

    assert answer.status_code == 422
    assert list(answer.json()) == ["voltage"]
    assert door.get(f"{ACCOUNTS}/1", ACE).json() == before


@pytest.mark.parametrize("number", ["7", "0", str(2**40)])
def test_an_account_that_is_not_there_is_404(door: Door, number: str) -> None:
    reads = ("", "/shadow_prices", "/actual_hourlies")

    codes = {door.get(f"{ACCOUNTS}/{number}{x}", ACE).status_code for x in reads}

    assert codes == {404}
    assert patch(door, f"{ACCOUNTS}/{number}", {"rep": "x"}).status_code == 404
    assert door.get(f"/api/v1/rt_lmp_prices/{number}", ACE).status_code == 404


def test_hours_are_taken_all_or_none_and_read_back(door: Door) -> None:
    door.post(ACCOUNTS, body(), ACE)
    path = f"{ACCOUNTS}/1/interval_usages"
    hours = [
        {"recorded_on": "2025-11-2", "hour": n, "volume_kwh": f"{n}.5"}
        for n in (1, 2, 25)
    ]

    sent = door.post(path, {"interval_usages": hours}, ACE)
    again = door.post(path, {"interval_usages": hours}, ACE)
    too_many = [{**hours[0], "hour": 26}, hours[1]]
    refused = door.post(path, {"interval_usages": too_many}, ACE)
    read = door.get(f"{ACCOUNTS}/1/actual_hourlies?date=2025-11-2", ACE)

    assert sent.status_code == 201
    assert sent.json() == again.json() == read.json()
    assert [(h["hour"], h["volume_kwh"]) for h in read.json()] == [
        (1, 1.5),
        (2, 2.5),
        (25, 25.5),
    ]
    assert refused.status_code == 422
    assert list(refused.json()) == ["interval_usages[0].hour"]


def test_an_inactive_account_takes_no_usage(door: Door) -> None:
    door.post(ACCOUNTS, body(), ACE)
    patch(door, f"{ACCOUNTS}/1", {"status": "inactive"})
    hour = {"recorded_on": "2025-11-2", "hour": 1, "volume_kwh": "1"}

    answer = door.post(
        f"{ACCOUNTS}/1/interval_usages", {"interval_usages": [hour]}, ACE
    )

    assert answer.status_code == 422
    assert "is inactive" in answer.json()["account"][0]


def test_the_log_names_who_made_and_changed_an_account(door: Door) -> None:
    door.post(ACCOUNTS, body(), ACE)
    patch(door, f"{ACCOUNTS}/1", {"rep": "abcde"})

    with door.registry() as registry:
        versions = registry.accounts.versions(1)

    assert {version.made_by for version in versions} == {"ace"}


def test_only_who_keeps_accounts_changes_them(door: Door) -> None:
    door.post(ACCOUNTS, body(), ACE)

    assert door.post(ACCOUNTS, body(account_number="2"), OLGA).status_code == 403
    assert door.get(f"{ACCOUNTS}/1", OLGA).status_code == 200
    assert door.get(f"{ACCOUNTS}/1", PRAIS).status_code == 403


def test_without_a_market_no_account_is_taken(tmp_path: Path) -> None:
    with running_api(tmp_path) as door:
        answer = door.post(ACCOUNTS, body(), ACE)

    assert answer.status_code == 503
    assert "no market" in answer.json()["detail"]


def test_accounts_are_listed_in_pages(door: Door) -> None:
    for number in ("1", "2", "3"):
        door.post(ACCOUNTS, body(account_number=number), ACE)

    first = door.get(f"{ACCOUNTS}?limit=2", ACE).json()
    rest = door.get(f"{ACCOUNTS}?limit=2&after_id={first[-1]['id']}", ACE).json()

    assert [a["account_number"] for a in first + rest] == ["1", "2", "3"]


def test_the_partners_own_requests_get_the_documented_answers(door: Door) -> None:
    with door.registry() as registry:
        secret, _ = registry.people.new_token("ace", label="example")
    done = subprocess.run(  # noqa: S603
        [str(ROOT / "examples" / "partners" / "truelight.sh")],
        env={"PATH": "/usr/bin:/bin", "TER_URL": door.url, "TER_TOKEN": secret},
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_SECONDS,
    )

    created, wrong, read, changed, hours, hourlies, prices, ended = map(
        json.loads, done.stdout.splitlines()
    )

    assert created["intervalization_status"] == "awaiting_intervalization"
    assert wrong == {"load_profile": ["is not included in the utility's load profiles"]}
    assert read == created
    assert (changed["rep"], changed["city"]) == ("abcde", "Costa Rica")
    assert changed["summary_usages"][0]["volume_kwh"] == 925.24
    assert hours == hourlies
    assert hours[0]["volume_kwh"] == 1033.3176
    assert prices == []
    assert ended["status"] == "inactive"
