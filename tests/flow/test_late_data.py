"""What comes after a month was closed: sensors alone make the correction."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from ter_pipelines.demo.outside import Operator
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import days_of_month, interval_starts_utc, iso_utc
from tests.api.api_at_work import ZONE, schedule_of
from tests.flow.at_work import (
    SystemAtWork,
    finished,
    processes_of,
    system_at_work,
    wait_until,
)
from tests.vtn_service import messages

pytestmark = pytest.mark.flow
MONTH = "2025-11"
NOV_2, NOV_5 = date(2025, 11, 2), date(2025, 11, 5)
HOURS = [s for day in days_of_month(MONTH) for s in interval_starts_utc(day, ZONE)]
LATE_HOUR = HOURS[500]
PASSWORD = "example password of a partner"  # noqa: S105
WAIT_SECONDS = 20
ONE_DEVICE = [{"meter_id": "0012", "ven_id": "ven-1", "device_id": "device-1"}]
TWO_DEVICES = [
    *ONE_DEVICE,
    {"meter_id": "0012", "ven_id": "ven-2", "device_id": "device-2"},
]


@dataclass
class Outside:
    """The system at work, and those who speak to it."""

    system: SystemAtWork
    home: Path
    lake: Lake
    urls: dict[str, str] = field(default_factory=dict)

    def post(self, name: str, path: str, body: object) -> requests.Response:
        """Send JSON as a partner."""
        url = self.system.addresses["API"] + path
        return requests.post(
            url, json=body, auth=(name, PASSWORD), timeout=WAIT_SECONDS
        )

    def say(self, ven_id: str, document: bytes) -> None:
        """Send a report message as a VEN, which must be taken."""
        answer = requests.post(
            self.urls[ven_id] + "/EiReport",
            data=document,
            headers={"Content-Type": "application/xml"},
            timeout=WAIT_SECONDS,
        )
        assert answer.status_code == 200, answer.text
        assert "<ei:responseCode>200</ei:responseCode>" in answer.text

    def statements(self) -> list[tuple[str, Decimal]]:
        """Give label and total of every version of the meter's statement."""
        issued = self.lake.read(tables.STATEMENT, [MONTH]).sort("version")
        return [
            (row["label"], row["amount"])
            for row in issued.iter_rows(named=True)
            if row["line_code"] == "total"
        ]

    def files(self) -> list[str]:
        """Give the purpose of every CMEP file of the month."""
        sent = self.lake.read(tables.CMEP_FILE, [MONTH]).sort("version")
        assert all((self.lake.root / path).is_file() for path in sent["path"])
        return sent["purpose"].to_list()

    def wait_for_version(self, number: int) -> None:
        """Wait for a version of the statement and the file that tells of it."""
        wait_until(
            lambda: len(self.statements()) >= number and len(self.files()) >= number,
            f"version {number} and its file",
        )

    def wait_until_satisfied(self) -> None:
        """Wait until every sensor has looked and found nothing left to do."""
        operator = Operator(self.system.addresses["Dagster UI"])
        newest = self.newest_report()
        for sensor, words in (
            ("usage_arrived", f"Every report up to {newest} is settled."),
            ("month_is_over", "Every closed month is settled."),
        ):
            since = time.time()
            wait_until(
                lambda sensor=sensor, words=words, since=since: (  # type: ignore[misc]
                    operator.sensor_says(sensor)[0] > since
                    and operator.sensor_says(sensor)[1] == words
                ),
                f"{sensor}: {words}",
            )

    def newest_report(self) -> int:
        """Ask the VTN for the newest report's number."""
        where = json.loads((self.home / "run.json").read_text())["vtn_control"]
        key = (self.home / "secrets" / "vtn_control_key").read_text()
        return Vtn(where, lambda: key).report_heads(0)[-1].seq


def usage(ven_id: str, hours: Sequence[tuple[datetime, str]], **more: str) -> bytes:
    intervals = [
        messages.interval(
            messages.value("r1", kwh), start=iso_utc(start), duration="PT1H"
        )
        for start, kwh in hours
    ]
    return messages.update_report(ven_id, messages.report(intervals), **more)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """Give a system whose November is settled: 720 of 721 hours, 1 kWh, 0.10 USD."""
    home = tmp_path_factory.mktemp("late") / "home"
    with system_at_work(home, TER_MONTH_QUIET_SECONDS="1") as system:
        system.wait_until_up()
        them = Outside(system, home, Lake(home / "data"))
        for name, role in (("prais", "prices"), ("nisc", "meters")):
            words = ["user", "add", name, "--role", role, "--password-stdin"]
            assert finished(words, system.environ, PASSWORD + "\n").returncode == 0
        enrolled = finished(["vtn", "enrol", "ven-1", "ven-2"], system.environ)
        for line in enrolled.stdout.splitlines():
            ven = json.loads(line)
            them.urls[ven["ven_id"]] = ven["url"]
        for day in days_of_month(MONTH):
            assert them.post("prais", "/prices/", schedule_of(day)).ok
        assert them.post("nisc", "/meters/", {"meters": ONE_DEVICE}).ok
        for ven_id, device in (("ven-1", "device-1"), ("ven-2", "device-2")):
            offer = messages.report_offer("usage", [messages.Point("r1", device)])
            them.say(ven_id, messages.register_report(ven_id, offer))
        heard = [(hour, "1.000") for hour in HOURS if hour != LATE_HOUR]
        them.say("ven-1", usage("ven-1", heard))
        them.wait_for_version(1)
        yield them
        system.process.terminate()
        code, remarks = system.end()
        assert code == 0, remarks
        assert processes_of(home) == []


def test_the_month_is_billed_and_sent_once(outside: Outside) -> None:
    outside.wait_until_satisfied()

    assert outside.statements()[0] == ("INITIAL", Decimal("72.00"))
    assert outside.files()[0] == "OK"


def test_a_short_schedule_for_the_long_day_is_refused(outside: Outside) -> None:
    body = schedule_of(NOV_2, price="0.30")
    del body["schedule"]["prices"][-1]

    refused = outside.post("prais", "/prices/", body)

    assert refused.status_code == 400
    assert "got 24 hours, expected the 25 hours of 2025-11-02" in refused.text
    assert "schedule.prices" in refused.text
    outside.wait_until_satisfied()
    curve = outside.lake.read(tables.PRICE_CURVE, [NOV_2])
    assert set(curve["price_per_kwh"]) == {Decimal("0.10")}


def test_a_revised_price_bills_the_difference(outside: Outside) -> None:
    before = len(outside.statements())

    revised = outside.post("prais", "/prices/", schedule_of(NOV_5, price="0.20"))
    outside.wait_for_version(before + 1)

    assert revised.status_code == 201
    assert outside.statements()[before] == (f"R{before}", Decimal("2.40"))


def test_a_late_report_bills_the_difference(outside: Outside) -> None:
    before = len(outside.statements())

    outside.say("ven-1", usage("ven-1", [(LATE_HOUR, "1.000")]))
    outside.wait_for_version(before + 1)

    assert outside.statements()[before] == (f"R{before}", Decimal("0.10"))
    assert outside.files()[before] == "RESEND"


def test_a_device_that_is_listed_late_bills_the_difference(outside: Outside) -> None:
    before = len(outside.statements())
    nov_5 = set(interval_starts_utc(NOV_5, ZONE))
    hours = [(hour, "0.000" if hour in nov_5 else "0.500") for hour in HOURS]
    outside.say("ven-2", usage("ven-2", hours))
    outside.wait_until_satisfied()
    held = outside.lake.read(tables.QUARANTINED_USAGE)

    listed = outside.post("nisc", "/meters/", {"meters": TWO_DEVICES})
    outside.wait_for_version(before + 1)

    assert set(held["ven_id"]) == {"ven-2"}
    assert held.height == 721
    assert listed.status_code == 201
    assert outside.statements()[before] == (f"R{before}", Decimal("34.85"))
    assert outside.files()[before] == "RESEND"
    assert outside.lake.read(tables.QUARANTINED_USAGE).is_empty()


@pytest.mark.parametrize("request_id", ["req-3", "req-4"])
def test_what_is_reported_again_changes_nothing(
    outside: Outside, request_id: str
) -> None:
    """The same bytes are one report; the same hours in another are a repeat."""
    heard = [(hour, "1.000") for hour in HOURS if hour != LATE_HOUR]
    before = outside.statements(), outside.files()

    outside.say("ven-1", usage("ven-1", heard, request_id=request_id))
    outside.wait_until_satisfied()

    assert (outside.statements(), outside.files()) == before
