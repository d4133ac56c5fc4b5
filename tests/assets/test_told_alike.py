"""One day of prices, read by a device, as JSON and as CSV: alike to the digit."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from openleadr.utils import parse_datetime, parse_duration

from ter_pipelines.vocab.clock import HOUR, interval_starts_utc, iso_utc
from tests.api.api_at_work import running_api
from tests.assets.conftest import Installation
from tests.pricing.prices_of_days import ZONE, digits_of
from tests.resources.test_vtn import door_of
from tests.vtn_service import messages
from tests.vtn_service.at_work import Said, VtnAtWork, registered

VEN = "reader-1"


@pytest.fixture
def vtn(tmp_path: Path) -> Iterator[VtnAtWork]:
    vtn = VtnAtWork(tmp_path)
    registered(vtn, VEN)
    yield vtn
    vtn.end()


def next_day_of(hours: int) -> date:
    day = datetime.now(UTC).date() + timedelta(days=2)
    while len(interval_starts_utc(day, ZONE)) != hours:
        day += timedelta(days=1)
    return day


def read_event(said: Said) -> list[tuple[str, str, str]]:
    """Read start, end and value of every hour of the one event that was told."""
    at = parse_datetime(said.texts("date-time")[0])
    durations = [text for text in said.texts("duration") if text.strip()]
    hourly = [text for text in durations if parse_duration(text) == HOUR]
    assert len(hourly) == len(said.texts("value"))
    told = []
    for value in said.texts("value"):
        told.append((iso_utc(at), iso_utc(at + HOUR), value))
        at += HOUR
    return told


@pytest.mark.parametrize("hours", [23, 24, 25])
def test_devices_and_readers_are_told_the_same_digits(
    installation: Installation, vtn: VtnAtWork, tmp_path: Path, hours: int
) -> None:
    day = next_day_of(hours)
    installation.door = door_of(vtn)
    installation.post_prices(day, digits_of(day)[::-1])

    result = installation.run("publish_prices", day, day)
    said = vtn.say(VEN, "OadrPoll", messages.poll(VEN))
    with running_api(tmp_path) as door:
        as_json = door.get(f"/public/v1/prices/{day}.json").json()
        as_csv = door.get(f"/public/v1/prices/{day}.csv").text

    assert result.success
    by_event = read_event(said)
    by_json = [(p["start"], p["end"], p["value"]) for p in as_json["prices"]]
    rows = csv.DictReader(io.StringIO(as_csv, newline=""))
    by_csv = [(row["start"], row["end"], row["value"]) for row in rows]
    assert [value for _, _, value in by_event] == digits_of(day)[::-1]
    assert len(by_event) == hours
    assert by_event == by_json == by_csv
    assert said.texts("itemUnits") == [as_json["currency"]] == ["USD"]
