"""What members see of their hosts: what they asked for, its newest, a time, sums."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from ter_pipelines.api.silesia.values import READ_AT_ONCE
from tests.api.api_at_work import NOON, Door
from tests.api.silesia_at_work import (
    Client,
    host_of,
    member,
    operator,
    reading_of,
    silesia,
)

PATH = "/user/hosts/1/measurements"
MIDNIGHT_BACK = datetime(2025, 11, 2, 4, tzinfo=UTC)  # 25 hours begin
MIDNIGHT_FORWARD = datetime(2026, 3, 8, 5, tzinfo=UTC)  # 23 hours begin
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass
class Site:
    """A member's host at a running API."""

    door: Door
    john: Client
    host: dict[str, Any]

    def told(self, path: str) -> Any:  # noqa: ANN401
        """GET what is there of a measurement."""
        answer = self.john.get(f"{PATH}/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with silesia(tmp_path) as door:
        john = member(door)
        yield Site(door, john, host_of(john, operator(door)))


@pytest.fixture(scope="module")
def read_site() -> Iterator[Site]:
    """Give a host that said something on a long and on a short day."""
    with TemporaryDirectory() as folder, silesia(Path(folder)) as door:
        john = member(door)
        site = Site(door, john, host_of(john, operator(door)))
        john.made(PATH, {"measurements": ["voltage", "power"]})
        store(site)
        yield site


def store(site: Site) -> None:
    long_day = [(MIDNIGHT_BACK + i * HOUR, str(200 + i)) for i in range(26)]
    short_day = [(MIDNIGHT_FORWARD + i * HOUR, str(100 + i)) for i in range(24)]
    thirds = [(NOON + i * MINUTE, value) for i, value in enumerate("122")]
    at = [*long_day, *short_day, *thirds]
    readings = [reading_of(site.host, when, value) for when, value in at]
    doubt = reading_of(site.host, NOON + 3 * MINUTE, "9", quality="IMPLAUSIBLE")
    silence = reading_of(site.host, NOON + 4 * MINUTE, None, quality="TIMEOUT")
    precise = "12345.678901234567890123"
    power = reading_of(site.host, NOON, precise, measurement="power", unit="W")
    with site.door.registry() as registry:
        registry.modbus.store_readings([*readings, doubt, silence, power])


def test_measurements_are_asked_for_and_listed(site: Site) -> None:
    asked = ["import_energy", "voltage"]

    made = site.john.post(PATH, {"measurements": asked})

    expected = [
        {"id": i + 1, "host": 1, "measurement": name} for i, name in enumerate(asked)
    ]
    assert (made.status_code, made.json()) == (201, expected)
    assert site.john.get(PATH).json() == expected


def test_what_cannot_be_asked_for_is_told_in_place_and_nothing_is_kept(
    site: Site,
) -> None:
    site.john.made(PATH, {"measurements": ["power"]})

    names = ["voltage", "nope", "power", "voltage"]
    answer = site.john.post(PATH, {"measurements": names})

    twice = {
        "non_field_errors": ["The fields host, measurement must make a unique set."]
    }
    nope = {"measurement": ['Invalid pk "nope" - object does not exist.']}
    assert (answer.status_code, answer.json()) == (400, [{}, nope, twice, twice])
    assert len(site.john.get(PATH).json()) == 1


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "This field is required."),
        ({"measurements": None}, "This field may not be null."),
        ({"measurements": "power"}, "Expected a list of items."),
        ({"measurements": []}, "This list may not be empty."),
    ],
)
def test_a_list_that_is_missing_is_a_400(
    read_site: Site, method: str, body: dict[str, Any], message: str
) -> None:
    answer = read_site.john.ask(method, PATH, body)

    assert (answer.status_code, answer.json()) == (400, {"measurements": [message]})


def test_measurements_are_asked_for_no_more_all_or_none(site: Site) -> None:
    site.john.made(PATH, {"measurements": ["voltage", "power", "current"]})

    unknown = site.john.ask("DELETE", PATH, {"measurements": ["power", "nope"]})
    still = site.john.get(PATH).json()
    gone = site.john.ask("DELETE", PATH, {"measurements": ["power", "current"]})
    last = site.john.ask("DELETE", f"{PATH}/voltage")

    error = "Measurement 'nope' wasn't assigned or doesn't exist"
    assert (unknown.status_code, unknown.json()) == (400, {"error": error})
    assert len(still) == 3
    assert (gone.status_code, gone.content) == (200, b"")
    assert last.status_code == 200
    assert site.john.get(PATH).json() == []


def test_the_collector_reads_what_was_asked_for_beside_the_maps_own(
    site: Site,
) -> None:
    site.john.made(PATH, {"measurements": ["voltage", "phase_angle"]})

    with site.door.registry() as registry:
        (host,) = registry.modbus.enabled_hosts()

    assert host.also_read == {"voltage", "phase_angle"}


def test_the_newest_value_is_given_with_its_time_and_quality(read_site: Site) -> None:
    newest = read_site.told("voltage/latest")

    assert newest == {
        "host": 1, "measurement": "voltage", "value": 123, "unit": "V",
        "read_at": "2026-03-09T04:00:00Z", "quality": "GOOD",
    }  # fmt: skip


def test_a_value_keeps_its_digits(read_site: Site) -> None:
    text = read_site.john.get(f"{PATH}/power/latest").text

    assert '"value": 12345.678901234567890123,' in text


def test_a_measurement_that_was_never_read_has_no_newest_value(site: Site) -> None:
    site.john.made(PATH, {"measurements": ["current"]})

    never = site.john.get(f"{PATH}/current/latest")
    unasked = site.john.get(f"{PATH}/voltage/latest")

    assert (never.status_code, unasked.status_code) == (404, 404)
    assert never.json() == {"error": "Measurement 'current' has no value yet"}
    error = "Measurement 'voltage' wasn't assigned or doesn't exist"
    assert unasked.json() == {"error": error}


def test_values_are_given_from_an_instant_until_before_another(
    read_site: Site,
) -> None:
    told = read_site.told(
        "voltage/values?from=2025-11-03T12:00:00-05:00&to=2025-11-03T17:03:01Z"
    )

    assert [each["value"] for each in told["values"]] == [1, 2, 2, 9]
    assert told["values"][3] == {
        "value": 9, "unit": "V", "read_at": "2025-11-03T17:03:00Z",
        "quality": "IMPLAUSIBLE",
    }  # fmt: skip


def test_a_plus_that_a_client_forgot_to_escape_is_understood(read_site: Site) -> None:
    told = read_site.told(
        "voltage/values?from=2025-11-03T18:00:00+01:00&to=2025-11-03T17:01:00+00:00"
    )

    assert [each["value"] for each in told["values"]] == [1]


@pytest.mark.parametrize(
    ("day", "next_day", "first", "hours"),
    [
        ("2025-11-02", "2025-11-03", 200, 25),
        ("2026-03-08", "2026-03-09", 100, 23),
    ],
)
def test_a_local_day_has_its_own_hours(
    read_site: Site, day: str, next_day: str, first: int, hours: int
) -> None:
    query = f"from={day}&to={next_day}"
    by_hour = read_site.told(f"voltage/aggregates?{query}&step=hour")["aggregates"]
    (whole,) = read_site.told(f"voltage/aggregates?{query}&step=day")["aggregates"]

    assert [each["count"] for each in by_hour] == [1] * hours
    last = first + hours - 1
    assert (whole["count"], whole["minimum"], whole["maximum"]) == (hours, first, last)
    assert (whole["first"], whole["last"]) == (first, last)
    assert whole["mean"] == (first + last) / 2


def test_a_mean_is_rounded_to_nine_places_and_a_doubted_value_counts_for_nothing(
    read_site: Site,
) -> None:
    query = "from=2025-11-03T17:00:00Z&to=2025-11-03T18:00:00Z&step=hour"
    (hour,) = read_site.told(f"voltage/aggregates?{query}")["aggregates"]

    assert hour == {
        "start": "2025-11-03T17:00:00Z", "end": "2025-11-03T18:00:00Z", "unit": "V",
        "count": 3, "doubted": 1, "minimum": 1, "mean": 1.666666667, "maximum": 2,
        "first": 1, "last": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("aggregates?step=hour", ["from", "to"]),
        ("aggregates?from=2025-11-01&to=2025-11-02", ["step"]),
        ("aggregates?from=2025-11-01&to=2025-11-02&step=week", ["step"]),
        ("aggregates?from=2025-11-02&to=2025-11-02&step=day", ["to"]),
        ("aggregates?from=2024-11-01&to=2025-11-04&step=day", ["to"]),
        ("values?from=2025-11-01&to=2025-12-04", ["to"]),
        ("values?from=2025-11-01T00:00:00&to=2025-11-02", ["from"]),
        ("values?from=yesterday&to=2025-02-30", ["from", "to"]),
        ("values?from=0001-01-01&to=9999-12-31", ["from", "to"]),
    ],
)
def test_a_query_that_is_wrong_is_refused_by_field(
    read_site: Site, query: str, fields: list[str]
) -> None:
    answer = read_site.john.get(f"{PATH}/voltage/{query}")

    assert (answer.status_code, list(answer.json())) == (400, fields)


@pytest.mark.parametrize(
    "query",
    [
        "aggregates?from=2024-11-02&to=2025-11-04&step=day",
        "values?from=2025-11-01&to=2025-12-03",
    ],
)
def test_the_longest_times_are_answered(read_site: Site, query: str) -> None:
    assert read_site.john.get(f"{PATH}/voltage/{query}").status_code == 200


def test_who_reads_much_while_many_do_is_asked_to_come_back(read_site: Site) -> None:
    query = "from=2025-11-01&to=2025-11-04"
    with READ_AT_ONCE, READ_AT_ONCE:
        values = read_site.john.get(f"{PATH}/voltage/values?{query}")
        latest = read_site.john.get(f"{PATH}/voltage/latest")
    later = read_site.john.get(f"{PATH}/voltage/values?{query}")

    assert (values.status_code, values.headers["Retry-After"]) == (429, "5")
    assert (latest.status_code, later.status_code) == (200, 200)
