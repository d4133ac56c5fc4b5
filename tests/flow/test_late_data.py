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
from ter_pipelines.vocab.clock import (
    days_of_month,
    interval_starts_utc,
    iso_utc,
    operating_day_of,
)
from tests.api.api_at_work import ZONE, schedule_of
from tests.flow.at_work import (
    SECONDS,
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
NOT_ON_NOV_5 = [hour for hour in HOURS if operating_day_of(hour, ZONE) != NOV_5]
LATE_HOUR = HOURS[500]
PASSWORD = "example password of a partner"  # noqa: S105
WAIT_SECONDS = 20
METER_OF = {"ven-1": "0012", "ven-2": "0013", "ven-3": "0014", "ven-4": "0014"}
REVISED, REPORTED_LATE, LISTED_LATE = "0012", "0013", "0014"


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

    def statements(self) -> dict[str, list[tuple[str, Decimal]]]:
        """Give label and total of every version of each meter's statement."""
        issued = self.lake.read(tables.STATEMENT, [MONTH]).sort("version")
        found: dict[str, list[tuple[str, Decimal]]] = {}
        for row in issued.iter_rows(named=True):
            if row["line_code"] == "total":
                said = (row["label"], row["amount"])
                found.setdefault(row["meter_id"], []).append(said)
        return found

    def files(self) -> list[tuple[str, Decimal]]:
        """Give purpose and energy of every CMEP file of the month."""
        sent = self.lake.read(tables.CMEP_FILE, [MONTH]).sort("version")
        assert all((self.lake.root / path).is_file() for path in sent["path"])
        return list(zip(sent["purpose"], sent["import_kwh"], strict=True))

    def list_meters(self, *ven_ids: str) -> requests.Response:
        """Send the meter list with the devices of these VENs."""
        meters = [
            {"meter_id": METER_OF[ven], "ven_id": ven, "device_id": f"of-{ven}"}
            for ven in ven_ids
        ]
        return self.post("nisc", "/meters/", {"meters": meters})

    def wait_for_versions(self, number: int) -> None:
        """Wait until each meter's statement has come to a version."""
        wait_until(
            lambda: [len(v) for v in self.statements().values()] == [number] * 3,
            f"version {number} of three statements",
            seconds=2 * SECONDS,
        )

    def wait_until_satisfied(self) -> None:
        """Wait until every sensor has looked and found nothing left to do."""
        operator = Operator(self.system.addresses["Dagster UI"])
        newest = self.reports()[-1]
        for sensor, words in (
            ("usage_arrived", f"Every report up to {newest} is settled"),
            ("month_is_over", "Every closed month is settled."),
        ):
            since = time.time()
            wait_until(
                lambda sensor=sensor, words=words, since=since: (  # type: ignore[misc]
                    operator.sensor_says(sensor)[0] > since
                    and operator.sensor_says(sensor)[1].startswith(words)
                ),
                f"{sensor}: {words}",
            )

    def reports(self) -> list[int]:
        """Ask the VTN for the numbers of its reports, in order."""
        where = json.loads((self.home / "run.json").read_text())["vtn_control"]
        key = (self.home / "secrets" / "vtn_control_key").read_text()
        return [head.seq for head in Vtn(where, lambda: key).report_heads(0)]


@dataclass(frozen=True)
class Before:
    """What was so before anything came late."""

    statements: dict[str, list[tuple[str, Decimal]]]
    files: list[tuple[str, Decimal]]
    quarantined_vens: list[str]


def usage(
    ven_id: str, hours: Sequence[datetime], kwh: str, *, request_id: str = "req-3"
) -> bytes:
    intervals = [
        messages.interval(
            messages.value("r1", kwh), start=iso_utc(start), duration="PT1H"
        )
        for start in hours
    ]
    report = messages.report(intervals)
    return messages.update_report(ven_id, report, request_id=request_id)


def introduce(them: Outside) -> None:
    """Let in two partners and four devices that say what they will report."""
    for name, role in (("prais", "prices"), ("nisc", "meters")):
        words = ["user", "add", name, "--role", role, "--password-stdin"]
        assert finished(words, them.system.environ, PASSWORD + "\n").returncode == 0
    enrolled = finished(["vtn", "enrol", *METER_OF], them.system.environ)
    for line in enrolled.stdout.splitlines():
        ven = json.loads(line)
        them.urls[ven["ven_id"]] = ven["url"]
    for ven_id in METER_OF:
        point = messages.Point("r1", f"of-{ven_id}")
        offer = messages.report_offer("usage", [point])
        them.say(ven_id, messages.register_report(ven_id, offer))


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """Give a system that has billed November; an hour and a device are missing.

    It ends as in a terminal, and leaves nothing.
    """
    home = tmp_path_factory.mktemp("late") / "home"
    with system_at_work(home, TER_MONTH_QUIET_SECONDS="1") as system:
        system.wait_until_up()
        them = Outside(system, home, Lake(home / "data"))
        introduce(them)
        for day in days_of_month(MONTH):
            assert them.post("prais", "/prices/", schedule_of(day)).ok
        without_late = [hour for hour in NOT_ON_NOV_5 if hour != LATE_HOUR]
        them.say("ven-1", usage("ven-1", HOURS, "1.000"))
        them.say("ven-2", usage("ven-2", without_late, "0.500"))
        them.say("ven-3", usage("ven-3", NOT_ON_NOV_5, "0.200"))
        them.say("ven-4", usage("ven-4", NOT_ON_NOV_5, "0.300"))
        assert them.list_meters("ven-1", "ven-2", "ven-3").ok
        them.wait_for_versions(1)
        wait_until(lambda: bool(them.files()), "the file of the month")
        yield them
        system.press_ctrl_c()
        code, remarks = system.end()
        assert (code, "Traceback" in remarks) == (0, False), remarks
        assert processes_of(home) == []
        assert not (home / "run.json").exists()


@pytest.fixture(scope="module")
def before(settled: Outside) -> Before:
    """Give what was so before anything came late."""
    held = settled.lake.read(tables.QUARANTINED_USAGE)
    return Before(settled.statements(), settled.files(), list(held["ven_id"]))


@pytest.fixture(scope="module")
def corrected(settled: Outside, before: Before) -> Outside:
    """Revise a price, report an hour and list a device after the month was billed."""
    assert before.files
    revised = settled.post("prais", "/prices/", schedule_of(NOV_5, price="0.20"))
    settled.say("ven-2", usage("ven-2", [LATE_HOUR], "0.500"))
    listed = settled.list_meters(*METER_OF)
    assert (revised.status_code, listed.status_code) == (201, 201)
    settled.wait_for_versions(2)
    settled.wait_until_satisfied()
    return settled


def test_a_month_is_billed_and_sent_once(before: Before) -> None:
    assert before.statements == {
        "0012": [("INITIAL", Decimal("72.10"))],
        "0013": [("INITIAL", Decimal("34.80"))],
        "0014": [("INITIAL", Decimal("13.94"))],
    }
    assert before.files == [("OK", Decimal("1208.4"))]
    assert before.quarantined_vens == ["ven-4"] * 697


def test_a_short_schedule_for_the_long_day_is_refused(settled: Outside) -> None:
    body = schedule_of(NOV_2, price="0.30")
    del body["schedule"]["prices"][-1]

    refused = settled.post("prais", "/prices/", body)

    assert refused.status_code == 400
    assert "got 24 hours, expected the 25 hours of 2025-11-02" in refused.text
    assert "schedule.prices" in refused.text


def test_a_revised_price_bills_the_month_anew(corrected: Outside) -> None:
    assert corrected.statements()[REVISED][1:] == [("R1", Decimal("74.50"))]


def test_a_late_report_bills_the_month_anew(corrected: Outside) -> None:
    assert corrected.statements()[REPORTED_LATE][1:] == [("R1", Decimal("34.85"))]


def test_a_device_that_is_listed_late_bills_the_month_anew(corrected: Outside) -> None:
    assert corrected.statements()[LISTED_LATE][1:] == [("R1", Decimal("34.85"))]
    assert corrected.lake.read(tables.QUARANTINED_USAGE).is_empty()


def test_changed_energy_is_sent_again_and_a_refused_schedule_is_not_seen(
    corrected: Outside,
) -> None:
    first, *more = corrected.files()
    curve = corrected.lake.read(tables.PRICE_CURVE, [NOV_2])

    assert first[0] == "OK"
    assert {purpose for purpose, _ in more} == {"RESEND"}
    assert more[-1][1] == Decimal("1208.4") + Decimal("0.5") + Decimal("209.1")
    assert set(curve["price_per_kwh"]) == {Decimal("0.10")}


def test_what_is_reported_again_changes_nothing(corrected: Outside) -> None:
    """The same bytes are one report; the same hours in another are a repeat."""
    was = corrected.statements(), corrected.files(), len(corrected.reports())

    corrected.say("ven-1", usage("ven-1", HOURS, "1.000"))
    corrected.say("ven-1", usage("ven-1", HOURS, "1.000", request_id="req-4"))
    corrected.wait_until_satisfied()

    is_now = corrected.statements(), corrected.files(), len(corrected.reports())
    assert is_now == (was[0], was[1], was[2] + 1)
