"""`ter account` and `ter shadow-prices`: accounts in and out, with a true exit code."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ter_pipelines.cli import app
from ter_pipelines.registry.registry import Registry
from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Lake
from tests.accounts.at_hand import MARKET_TOML, body, market, tag
from tests.accounts.installed import NOV_1, NOV_2, NOV_3, STRATA, Retail
from tests.assets.conftest import Installation, VtnInMemory
from tests.formats.market_files import (
    EASTERN,
    LONG_DAY,
    PJM_HEADER,
    day_of,
    file_of,
    pjm,
)


@dataclass
class Told:
    """What a command printed."""

    code: int
    lines: list[dict[str, Any]]
    remarks: str


@dataclass
class Home:
    """A home folder with a market, and the command in it."""

    folder: Path

    def ter(self, *words: str | int | Path, is_set: bool = True) -> Told:
        """Run `ter` with these words."""
        settings = {"TER_HOME": str(self.folder / "home")}
        if is_set:
            settings["TER_MARKET"] = str(self.folder / "market.toml")
        done = CliRunner().invoke(app, list(map(str, words)), env=settings)
        is_known = isinstance(done.exception, SystemExit | None)
        lines = [json.loads(text) for text in done.stdout.splitlines() if is_known]
        remarks = done.stderr if is_known else f"{done.exception}"
        return Told(done.exit_code if is_known else 2, lines, remarks)

    def file(self, content: object) -> Path:
        """Write a file of JSON."""
        path = self.folder / "file.json"
        path.write_text(json.dumps(content))
        return path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "market.toml").write_text(MARKET_TOML)
    return Home(tmp_path)


@pytest.fixture
def at_work(home: Home) -> Iterator[Retail]:
    """Give what the pipeline sees of the same home."""
    root = home.folder / "home"
    address = f"sqlite:///{root}/registry.sqlite"
    with closing(Registry(address, root / "landing")) as registry:
        registry.migrate()
        yield Retail(
            Installation(
                Lake(root / "data"),
                registry,
                VtnInMemory(),
                read_settings({}).read_programme(),
                market=market(),
            )
        )


def strata(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return body(**{**STRATA, **changes})


def test_an_account_is_loaded_and_shown_as_documented(home: Home) -> None:
    loaded = home.ter("account", "load", home.file(body()))

    shown = home.ter("account", "show", 1)

    assert loaded.code == shown.code == 0
    assert loaded.lines == shown.lines
    (told,) = shown.lines
    assert told["id"] == 1
    assert told["intervalization_status"] == "awaiting_intervalization"
    assert told["status"] == "active"
    assert told["rt_lmp_price"] is None
    assert told["capacity_tags"] == [
        {"start_date": "2018-06-01", "end_date": "2019-05-31", "value_kw": "60000"}
    ]


def test_the_same_file_again_changes_nothing_and_another_is_a_version(
    home: Home,
) -> None:
    versions = [
        home.ter("account", "load", home.file(given)).lines[0]["version"]
        for given in (body(), body(), body(city="Costa Rica"))
    ]

    told = home.ter("account", "show", 1, "--versions").lines
    assert versions == [1, 1, 2]
    assert [(v["version"], v["city"]) for v in told] == [
        (1, "Philadelphia"),
        (2, "Costa Rica"),
    ]


def test_an_account_is_deactivated_by_its_id(home: Home) -> None:
    home.ter("account", "load", home.file(body()))
    change = home.file({"account": {"status": "inactive"}})

    told = home.ter("account", "load", change, "--change", 1)

    assert told.code == 0
    assert told.lines[0]["status"] == "inactive"
    assert told.lines[0]["city"] == "Philadelphia"


def test_of_several_accounts_all_are_kept_or_none(home: Home) -> None:
    bad = [body(), strata(account_number="2", voltage="X", city=" ")]
    good = [body(), strata(account_number="2")]
    twice = [body(), body()]

    refused = home.ter("account", "load", home.file(bad))
    none = home.ter("account", "show", 1)
    repeated = home.ter("account", "load", home.file(twice))
    taken = home.ter("account", "load", home.file(good))

    assert (refused.code, refused.lines) == (1, [])
    assert "[1].city: can't be blank" in refused.remarks
    assert none.code == 2
    assert "account 1: does not exist" in none.remarks
    assert repeated.code == 1
    assert "[1].account_number: is given more than once" in repeated.remarks
    assert [told["id"] for told in taken.lines] == [1, 2]


def test_days_without_a_tag_are_remarked(home: Home) -> None:
    given = body(capacity_tags_attributes=[tag("2018-10-2", "2018-12-31")])

    told = home.ter("account", "load", home.file(given))

    assert told.code == 0
    assert "capacity_tags.not_in_force account 1: on 2018-10-01" in told.remarks


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"account": {"a": 1, "a": 2}}'])
def test_a_file_that_is_no_account_is_refused(home: Home, content: str) -> None:
    path = home.folder / "broken.json"
    path.write_text(content)

    told = home.ter("account", "load", path)

    assert (told.code, told.lines) == (1, [])
    assert told.remarks.startswith(str(path))


def test_without_a_market_the_setting_is_named(home: Home) -> None:
    told = home.ter("account", "load", home.file(body()), is_set=False)

    assert told.code == 2
    assert "set TER_MARKET to a file like examples/market.toml" in told.remarks


def test_measured_hours_are_taken_with_ids_and_once(home: Home) -> None:
    home.ter("account", "load", home.file(body()))
    hours = [
        {"recorded_on": "2025-11-2", "hour": hour, "volume_kwh": "1.5"}
        for hour in (1, 25)
    ]

    first = home.ter("account", "usage", 1, home.file({"interval_usages": hours}))
    again = home.ter("account", "usage", 1, home.file({"interval_usages": hours}))

    assert first.lines == again.lines
    assert first.lines[1] == {
        "id": first.lines[0]["id"] + 1,
        "recorded_on": "2025-11-02",
        "hour": 25,
        "volume_kwh": "1.5",
    }


def test_an_hour_that_the_day_lacks_refuses_all(home: Home) -> None:
    home.ter("account", "load", home.file(body()))
    hour = {"recorded_on": "2025-11-3", "hour": 25, "volume_kwh": "1.5"}

    told = home.ter("account", "usage", 1, home.file({"interval_usages": [hour]}))

    assert (told.code, told.lines) == (1, [])
    assert "interval_usages[0].hour: is not one of the day's hours, 1 to 24" in (
        told.remarks
    )


def test_a_priced_day_is_printed_hour_by_hour(home: Home, at_work: Retail) -> None:
    home.ter("account", "load", home.file(strata()))
    for day, hours in ((NOV_1, 24), (NOV_2, 25), (NOV_3, 24)):
        at_work.post_lmp(day, ["30"] * hours)
    at_work.price(NOV_1, NOV_3)

    told = home.ter("shadow-prices", 1, "2025-11-2")
    account = home.ter("account", "show", 1).lines[0]

    assert told.code == 0
    assert [line["hour"] for line in told.lines] == list(range(1, 26))
    assert told.lines[1]["interval_start"] == "2025-11-02T05:00:00Z"
    assert told.lines[0] == {
        "price_date": "2025-11-02",
        "hour": 1,
        "interval_start": "2025-11-02T04:00:00Z",
        "lmp_price": "30",
        "ancillaries_price": "2",
        "rps_price": "1",
        "capacity_price": "4000",
        "losses_price": "1.98",
        "transmission_price": "4000",
        "transmission_ancillaries_price": "-400",
        "total_price_per_mwh": "7634.98",
        "volume_kwh": "1",
        "flags": [],
    }
    assert account["intervalization_status"] == "intervalized"
    assert account["rt_lmp_price"]["starts_on"] == "2025-11-01"
    assert account["rt_lmp_price"]["capacity_price"] == "5479.4521"  # 400 / 73 kWh


def test_a_day_without_prices_is_told_so(home: Home) -> None:
    home.ter("account", "load", home.file(body()))

    nothing = home.ter("shadow-prices", 1, "2025-11-2")
    yesterday = home.ter("shadow-prices", 1)

    assert (nothing.code, nothing.lines) == (1, [])
    assert "no priced hours on 2025-11-02" in nothing.remarks
    assert yesterday.code == 1
    assert home.ter("shadow-prices", 2, "2025-11-2").code == 2
    assert home.ter("shadow-prices", 1, "yesterday").code == 2


def test_a_file_of_prices_is_taken_for_the_zones_that_it_has(
    home: Home, at_work: Retail
) -> None:
    landed = at_work.post_lmp(NOV_3, ["30"] * 24)
    submission = at_work.installation.registry.submission(landed)
    assert submission is not None
    prices = home.folder / "prices.json"
    prices.write_bytes(at_work.installation.registry.body(submission))

    told = home.ter("account", "prices", prices, "--source", "ter-json")
    other = home.ter("account", "prices", prices, "--source", "pjm")
    none = home.ter("account", "prices", prices, "--source", "nyiso")

    assert told.lines == [
        {"submission": landed, "operating_day": "2025-11-03", "load_zones": ["H"]}
    ]
    assert (other.code, none.code) == (1, 1)
    assert "APS-PA" in other.remarks
    assert "no load zone of the market has the source 'nyiso'" in none.remarks


def test_a_zone_that_a_markets_file_lacks_is_remarked(home: Home) -> None:
    lines = day_of(LONG_DAY, EASTERN, pjm)
    location = lines[0].split(",")[2]
    text = MARKET_TOML.replace('"APS"', f'"{location}"').replace(
        'lmp_source = "ter-json"', 'lmp_source = "pjm"\nlmp_location = "2"'
    )
    (home.folder / "market.toml").write_text(text)
    prices = home.folder / "pjm.csv"
    prices.write_bytes(file_of(PJM_HEADER, *lines))

    told = home.ter("account", "prices", prices, "--source", "pjm")

    assert told.code == 0
    assert told.lines[0]["load_zones"] == ["APS-PA"]
    assert told.lines[0]["operating_day"] == "2025-11-02"
    assert "H: " in told.remarks
    assert "no row for location '2'" in told.remarks
