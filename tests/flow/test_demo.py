"""The demonstration as a newcomer runs it, and one bill of it a third time."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from ter_pipelines.formats.cmep import read_cmep
from tests.flow.at_work import (
    ROOT,
    SECONDS,
    environment,
    processes_of,
    ter,
    wait_until,
)

pytestmark = pytest.mark.flow
MINUTES = 5
METER, VEN = "TER0001", "ven-01"
PRICES = ROOT / "examples" / "prices"
FEED_FILE = "WW_DALMP_ISO_20251114.csv"
FEED_DAY_BEGINS_UTC = datetime(2025, 11, 14, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def said(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the demonstration where settings of another installation are set."""
    another = environment(
        folder / "another",
        TER_REGISTRY_URL=f"sqlite:///{folder}/another.sqlite",
        TER_PRICE_FEED_URL="http://127.0.0.1:9/none",
        TER_VTN_CONTROL_KEY="example-key-of-another",
        VTN_CONTROL_KEY_FILE=str(folder / "none"),
    )
    return subprocess.run(  # noqa: S603
        ter("demo", "--json"),
        cwd=folder,
        env=another,
        capture_output=True,
        text=True,
        timeout=60 * MINUTES,
        check=False,
    )


@pytest.fixture(scope="module")
def summary(said: subprocess.CompletedProcess[str]) -> Mapping[str, Any]:
    assert said.returncode == 0, said.stderr
    whole: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return whole


def test_it_proves_every_bill(summary: Mapping[str, Any]) -> None:
    assert summary["proof"]["differences"] == []
    assert summary["proof"]["meters"] == 9
    assert len(summary["bills"]) == 9
    assert summary["proof"]["intervals"] > 9 * 3 * 700
    assert summary["price_days"] == 31


def test_every_device_takes_tomorrows_prices_at_once(
    summary: Mapping[str, Any],
) -> None:
    answers = summary["acknowledgements"]

    assert len({answer["ven_id"] for answer in answers}) == 10
    assert {answer["opt"] for answer in answers} == {"optIn"}
    assert {answer["modification_number"] for answer in answers} == {0}
    assert {answer["opt_modification_number"] for answer in answers} == {0}


def test_the_device_without_a_meter_is_quarantined_whole(
    summary: Mapping[str, Any],
) -> None:
    (held,) = summary["quarantined"]

    assert (held["ven_id"], held["reason"]) == ("ven-07", "device.not_mapped")
    assert held["intervals"] == 721


def test_the_gap_is_told_and_not_filled(summary: Mapping[str, Any]) -> None:
    hours = [row["metered_hours"] for row in summary["completeness"]]

    assert sorted(hours) == [719, *[721] * 8]


def test_a_bill_comes_out_the_same_a_third_time(
    folder: Path, summary: Mapping[str, Any]
) -> None:
    prices = published_prices()
    (home,) = (folder / ".ter").iterdir()
    log = (home / "devices" / f"{VEN}.jsonl").read_text()
    reports = [json.loads(line) for line in log.splitlines()]
    kwh = {
        datetime.fromisoformat(start): Decimal(value)
        for report in reports
        if report["event"] == "report_sent" and report["acknowledged"]
        for start, _, value in report["intervals"]
    }
    cost = sum((k * prices[t] for t, k in kwh.items() if k > 0), Decimal(0))
    credit = sum((k * prices[t] for t, k in kwh.items() if k < 0), Decimal(0))

    (bill,) = (bill for bill in summary["bills"] if bill["meter_id"] == METER)

    assert len(kwh) == 721
    assert bill["import_amount"] == str(cents(cost))
    assert bill["export_amount"] == str(cents(credit))
    assert bill["total"] == str(cents(cost) + cents(credit))
    assert Decimal(bill["total"]) != 0


def test_the_newest_file_holds_every_bills_energy(summary: Mapping[str, Any]) -> None:
    read = {"KWH": Decimal(0), "GKWH": Decimal(0)}
    for line in read_cmep(Path(summary["cmep_files"][-1]).read_bytes(), is_strict=True):
        for reading in line.record.readings:
            if line.record.units in read and reading.value is not None:
                read[line.record.units] += reading.value

    for units, name in (("KWH", "import_kwh"), ("GKWH", "export_kwh")):
        billed = [Decimal(bill[name]) for bill in summary["bills"]]
        assert read[units] == sum(billed), units


def test_it_ends_with_all_it_started_and_touches_nothing_else(
    folder: Path, summary: Mapping[str, Any]
) -> None:
    assert processes_of(folder / "another") == []
    assert [p.cmdline() for p in processes_of(folder)] == []
    assert [path.name for path in folder.iterdir()] == [".ter"]
    assert Path(summary["cmep_files"][-1]).is_relative_to(folder)


def test_ctrl_c_in_its_midst_leaves_nothing_and_proves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(  # noqa: S603
        ter("demo", "--devices", "2", "--json"),
        cwd=tmp_path,
        env=environment(tmp_path / "another"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as demo:
        try:
            wait_until(lambda: any(tmp_path.glob(".ter/*/devices/*.jsonl")), "devices")
            os.killpg(demo.pid, signal.SIGINT)
            out, remarks = demo.communicate(timeout=SECONDS)
        finally:
            demo.kill()

    assert (demo.returncode, out) == (2, "")
    assert remarks.splitlines()[-1] == "ter: Stopped."
    assert processes_of(tmp_path) == []


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def published_prices() -> dict[datetime, Decimal]:
    """Read the example's files: start in UTC to price per kWh."""
    prices = {}
    for file in PRICES.glob("2025-11-*.json"):
        for entry in json.loads(file.read_text())["schedule"]["prices"]:
            start = datetime.fromisoformat(entry["datetime"]).astimezone(UTC)
            prices[start] = Decimal(entry["price"])
    rows = [line.split(",") for line in (PRICES / FEED_FILE).read_text().splitlines()]
    for row in rows:
        cells = [cell.strip('"') for cell in row]
        if cells[0] == "D" and cells[3] == "4002":
            hour = int(cells[2]) - 1
            start = FEED_DAY_BEGINS_UTC.replace(hour=(5 + hour) % 24)
            day = date(2025, 11, 14 + (5 + hour) // 24)
            price = Decimal(cells[6]) / 1000
            prices[start.replace(day=day.day)] = price
    return prices
