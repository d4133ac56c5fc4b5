"""Days, months, numbers and text that nobody means are refused, and no fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.modbus import ModbusHost
from tests.accounts.at_hand import MARKET_TOML
from tests.api.api_at_work import ACE, MIA, NISC, OLGA, PRAIS, Door, running_api
from tests.api.pages_at_work import look
from tests.api.public_feed import ask
from tests.pricing.prices_of_days import PLAIN_DAY, put_in_lake, submitted

FIRST, LAST = "0001-01-01", "9999-12-31"
EDGES = (FIRST, "0001-01-02", "1899-12-31", "2200-01-01", "9999-12-30", LAST)
PAGES = (
    ("/pages/prices?day={}", None),
    ("/pages/participation?day={}", OLGA),
    ("/pages/participation.csv?day={}", OLGA),
    ("/pages/usage?to={}", OLGA),
    ("/pages/usage.csv?to={}", OLGA),
    ("/pages/sites/meter-1?day={}", OLGA),
    ("/pages/sites/meter-1.csv?measurement=power&day={}", OLGA),
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Give an API that has a meter and a day of prices."""
    home: Path = tmp_path_factory.mktemp("home")
    (home / "market.toml").write_text(MARKET_TOML)
    put_in_lake(Lake(home / "data"), PLAIN_DAY, submitted(PLAIN_DAY, ["0.10"] * 24))
    with running_api(home, market=str(home / "market.toml")) as door:
        with door.registry() as registry:
            meter = ModbusHost("meter-1", "192.0.2.7", 502, 1, "sdm120", 900, 60)
            registry.modbus.add_host(meter)
        yield door


@pytest.mark.parametrize("day", EDGES)
@pytest.mark.parametrize(("path", "user"), PAGES)
def test_a_day_of_no_calendar_of_ours_is_refused(
    door: Door, path: str, user: tuple[str, str] | None, day: str
) -> None:
    assert look(door, path.format(day), user).status_code == 400


@pytest.mark.parametrize(
    "day", ["1900-01-01", "2025-03-09", "2025-11-02", "2199-12-31"]
)
@pytest.mark.parametrize(("path", "user"), PAGES)
def test_every_other_day_is_shown(
    door: Door, path: str, user: tuple[str, str] | None, day: str
) -> None:
    assert look(door, path.format(day), user).status_code == 200


@pytest.mark.parametrize(
    "month", ["2025-13", "2025-00", "0000-00", "9999-99", "1899-12"]
)
def test_a_month_that_is_none_is_refused(door: Door, month: str) -> None:
    assert look(door, f"/pages/statements?month={month}", OLGA).status_code == 400
    assert look(door, f"/pages/statements/0012/{month}", OLGA).status_code in {400, 404}


@pytest.mark.parametrize("kind", ["prices", "meters", "devices"])
def test_a_number_of_thousands_of_digits_is_nothing_there(
    door: Door, kind: str
) -> None:
    user = PRAIS if kind == "prices" else NISC

    answer = door.get(f"/{kind}/{'9' * 5000}/", user)

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/pages/changes", "/pages/changes.csv"])
def test_a_subject_with_a_nul_is_refused(door: Door, path: str) -> None:
    assert look(door, f"{path}?about=%00", OLGA).status_code == 400


@pytest.mark.parametrize(
    "since",
    [
        "Thu, 99999999999999999999 Jan 1970 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 +99999999999999999999",
        "Thu, 01 Jan 99999999999999999999 00:00:00 GMT",
        "nonsense",
    ],
)
def test_a_time_that_is_none_is_no_condition(door: Door, since: str) -> None:
    answer = ask(door, f"/{PLAIN_DAY}", If_Modified_Since=since)

    assert answer.status_code == 200


def test_an_address_that_is_half_one_leads_to_the_first_page(door: Door) -> None:
    answer = look(door, "/pages/sign-in?next=//[")

    assert answer.status_code == 200
    assert "//[" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "user", "body"),
    [
        ("POST", "/devices/", NISC, b'{"\\ud800": 1}'),
        ("POST", "/meters/", NISC, b'{"meters": [], "x": "\\uDFFF"}'),
        ("POST", "/prices/", PRAIS, b'{"schedule": {"\\ud800": 1}}'),
        ("POST", "/api/v1/accounts", ACE, b'{"account": {"\\ud800": 1}}'),
        ("POST", "/admin/registers", OLGA, b'{"measurement": "\\ud800"}'),
        ("POST", "/user/locations", MIA, b'{"city": "\\udc00\\ud800"}'),
        ("POST", "/auth/login", None, b'{"username": "\\ud800", "password": "x"}'),
    ],
)
def test_half_a_character_is_no_json(
    door: Door, method: str, path: str, user: tuple[str, str] | None, body: bytes
) -> None:
    answer = door.session.request(
        method,
        door.url + path,
        data=body,
        headers={"Content-Type": "application/json"},
        auth=user,
        timeout=20,
    )

    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "JSON parse error - got half a surrogate pair, expected whole "
        "characters"
    }


def test_a_whole_pair_is_a_character(door: Door) -> None:
    body = b'{"device_id": "\\ud83d\\ude00", "ven_id": "\\\\ud800"}'

    answer = door.post("/devices/", body, NISC)

    assert "JSON parse error" not in answer.text
