"""Meters as people see them: what they say now, a day of it, and one's own only."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.site_rows import Location, SiteHost
from ter_pipelines.vocab.modbus import Meaning, MeterReading
from tests.api.api_at_work import MIA, NISC, OLGA, TIMEOUT_SECONDS, Door, running_api
from tests.registry.test_modbus_book import HOST

NED = ("ned", "words of ned here")
SITES = "/pages/sites"
LONG_DAY_BEGINS = datetime(2025, 11, 2, 4, tzinfo=UTC)


def reading(host_id: str, at: datetime, watts: str) -> MeterReading:
    return MeterReading(
        host_id=host_id,
        measurement="total_power",
        read_at=at,
        value=Decimal(watts),
        unit="W",
        quality="GOOD",
        explanation="",
        meaning=Meaning(),
        interval_seconds=900,
    )


def furnish(registry: Registry) -> str:
    """Give Ned a meter at a place of his, and the operator one of nobody's."""
    ned = registry.people.add(*NED, ["member"])
    place = registry.sites.add_location(
        Location(0, ned.id, "SunnyStreet", "62", "Silicon City", "11-420")
    )
    own = registry.sites.add_host(
        SiteHost(0, ned.id, place.id, replace(HOST, address="192.0.2.8"))
    )
    registry.modbus.add_host(HOST)
    host_id = own.meter.host_id
    registry.modbus.store_readings(
        [
            reading(host_id, LONG_DAY_BEGINS + timedelta(hours=n), str(100 * n - 500))
            for n in range(25)
        ]
    )
    return host_id


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


@pytest.fixture
def host_id(door: Door) -> str:
    with door.registry() as registry:
        return furnish(registry)


def look(
    door: Door, path: str, auth: tuple[str, str] | None = NED
) -> requests.Response:
    return door.session.get(
        door.url + path, auth=auth, timeout=TIMEOUT_SECONDS, allow_redirects=False
    )


def test_an_owner_sees_their_meter_its_place_and_its_newest_value(
    door: Door, host_id: str
) -> None:
    page = look(door, SITES)

    assert page.status_code == 200
    assert f'href="{SITES}/{host_id}"' in page.text
    assert "SunnyStreet 62" in page.text
    assert "1900 W" in page.text
    assert "solar-1" not in page.text


def test_a_meter_that_has_not_spoken_for_long_is_silent(
    door: Door, host_id: str
) -> None:
    silent = look(door, f"{SITES}/{host_id}").text
    with door.registry() as registry:
        registry.modbus.store_readings([reading(host_id, door.clock.instant, "5")])
    answering = look(door, f"{SITES}/{host_id}").text

    assert "silent" in silent
    assert "answers" in answering


def test_a_day_of_25_hours_is_drawn_with_25_bars(door: Door, host_id: str) -> None:
    page = look(door, f"{SITES}/{host_id}?measurement=total_power&day=2025-11-02").text

    assert page.count('class="touch"') == 25
    assert "It has 25 hours." in page
    assert page.count(">01:00: ") == 2  # the hour that is there twice


def test_every_reading_of_a_day_is_a_file(door: Door, host_id: str) -> None:
    path = f"{SITES}/{host_id}.csv?measurement=total_power&day=2025-11-02"

    rows = list(csv.DictReader(io.StringIO(look(door, path).text)))

    assert len(rows) == 25
    assert rows[0] == {
        "read_at": "2025-11-02T04:00:00Z",
        "value": "-500",
        "unit": "W",
        "quality": "GOOD",
    }


def test_a_meter_of_another_is_not_there(door: Door, host_id: str) -> None:
    file = f"{host_id}.csv?measurement=total_power"

    for path in (host_id, file, "solar-1", "nothing"):
        assert look(door, f"{SITES}/{path}", MIA).status_code == 404
    assert host_id not in look(door, SITES, MIA).text


def test_an_operator_sees_every_meter(door: Door, host_id: str) -> None:
    page = look(door, SITES, OLGA).text

    assert host_id in page
    assert "solar-1" in page
    assert look(door, f"{SITES}/solar-1", OLGA).status_code == 200
    assert look(door, SITES, NISC).status_code == 403


def test_meters_are_found_by_their_place(door: Door, host_id: str) -> None:
    found = look(door, f"{SITES}?find=sunny", OLGA).text

    assert host_id in found
    assert "solar-1" not in found


@pytest.mark.parametrize("query", ["day=x", "measurement=%00", "day=2025-02-30"])
def test_what_cannot_be_asked_is_no_fault(door: Door, host_id: str, query: str) -> None:
    answer = look(door, f"{SITES}/{host_id}?{query}")

    assert answer.status_code in {200, 400}
