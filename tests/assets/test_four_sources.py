"""A month of usage from four kinds of source settles in one run, gaps and all.

Every device is constant, so that each bill is a product one can check by hand:
November 2025 has 721 hours in New York, and every hour costs 0.10 USD/kWh.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.formats.cmep import read_cmep
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.usage_files import land_cmep, land_green_button
from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import HOUR, days_of_month, interval_starts_utc
from ter_pipelines.vocab.modbus import GOOD, REGISTER, Meaning, MeterReading, ModbusHost
from tests.assets.conftest import Installation, VtnInMemory, failed_checks
from tests.formats.cmep_lines import body_of, line
from tests.formats.espi_feeds import HOUSE, house, reading

MONTH, DAYS = "2025-11", days_of_month("2025-11")
HOURS = 721
RECEIVED = datetime(2025, 12, 1, 4, 58, tzinfo=UTC)  # two minutes to midnight
QUARTER = timedelta(minutes=15)
GAP_DAY = date(2025, 11, 12)
METERS = f"""{{"meters": [
    {{"meter_id": "M1", "ven_id": "ven-1", "device_id": "device-1"}},
    {{"meter_id": "M2", "ven_id": "ven-2", "device_id": "device-1"}},
    {{"meter_id": "M3", "ven_id": "ven-3", "device_id": "device-1"}},
    {{"meter_id": "M4", "ven_id": "green-button", "device_id": "{HOUSE}"}},
    {{"meter_id": "M5", "ven_id": "modbus", "device_id": "solar-1"}},
    {{"meter_id": "M6", "ven_id": "cmep", "device_id": "E100245"}}
]}}"""


@dataclass
class Month:
    """A month that was settled, billed and exported, and the checks that failed."""

    lake: Lake
    failed: dict[str, list[str]]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    folder: Path = tmp_path_factory.mktemp("month")
    programme = read_settings({}).read_programme()
    programme = replace(
        programme,
        first_operating_day=DAYS[0],
        vee=replace(programme.vee, gap_policy="estimate"),
    )
    registry = Registry(f"sqlite:///{folder}/registry.sqlite", folder / "landing")
    registry.migrate()
    installation = Installation(
        Lake(folder / "data"), registry, VtnInMemory(), programme
    )
    _let_everything_arrive(installation)
    failed = {}
    for job, first, last in (
        ("publish_prices", DAYS[0], DAYS[-1]),
        ("map_meters", "", ""),
        ("settle_usage", DAYS[0], DAYS[-1]),
        ("close_month", f"{MONTH}-01", f"{MONTH}-01"),
    ):
        result = installation.run(job, first, last)
        assert result.success, job
        failed[job] = failed_checks(result)
    yield Month(installation.lake, failed)
    registry.close()


def test_each_meter_is_billed_for_every_hour_of_the_month(month: Month) -> None:
    statement = month.lake.read(tables.STATEMENT, [MONTH])
    totals = {
        row["meter_id"]: (row["amount"], row["state"])
        for row in statement.iter_rows(named=True)
        if row["line_code"] == "total"
    }

    assert totals == {
        "M1": (Decimal("72.10"), "COMPLETE"),  # 1 kWh an hour, one hour interpolated
        "M2": (Decimal("144.20"), "COMPLETE"),
        "M3": (Decimal("-72.10"), "COMPLETE"),  # gives 1 kWh an hour
        "M4": (Decimal("36.05"), "COMPLETE"),  # 0.5 kWh, five hours from like days
        "M5": (Decimal("-72.10"), "COMPLETE"),  # solar, three hours by its register
        "M6": (Decimal("216.30"), "COMPLETE"),  # 3 kWh, one hour N in the file
    }


def test_each_gap_was_estimated_as_its_length_and_device_ask(
    month: Month,
) -> None:
    usage = month.lake.read(tables.VALIDATED_USAGE, [GAP_DAY])
    estimated = [
        (row["meter_id"], row["method"], str(row["energy_kwh"].normalize()))
        for row in usage.iter_rows(named=True)
        if row["state"] == "ESTIMATED"
    ]

    meters = [meter for meter, _, _ in estimated]
    assert {meter: meters.count(meter) for meter in meters} == {
        "M1": 1, "M4": 5, "M5": 12, "M6": 1,
    }  # fmt: skip
    assert {(meter, kwh) for meter, _, kwh in estimated} == {
        ("M1", "1"), ("M4", "0.5"), ("M5", "0.25"), ("M6", "3"),
    }  # fmt: skip


def test_estimates_are_flagged_in_the_file_for_the_meter_data_system(
    month: Month,
) -> None:
    log = month.lake.read(tables.CMEP_FILE, [MONTH])
    body = (month.lake.root / log["path"][0]).read_bytes()
    flags: dict[str, list[str]] = {}
    for record in read_cmep(body, is_strict=True):
        if record.record.units in {"KWH", "GKWH"}:
            got = [reading.flag for reading in record.record.readings]
            flags.setdefault(record.record.meter_id, []).extend(got)

    estimated = {meter: got.count("E") for meter, got in flags.items()}
    # Two lines a meter, import and export, tell each hour.
    assert estimated == {"M1": 2, "M2": 0, "M3": 0, "M4": 10, "M5": 6, "M6": 2}
    assert log["import_kwh"][0] == HOURS * Decimal("6.5")
    assert log["export_kwh"][0] == HOURS * Decimal(2)


def test_what_could_not_be_used_is_in_quarantine_with_its_reason(
    month: Month,
) -> None:
    refused = month.lake.read(tables.QUARANTINED_USAGE, DAYS)

    assert sorted(refused["reason"]) == ["time.fractional", "usage.no_new_value"]
    assert "nothing_is_quarantined" in month.failed["settle_usage"]


def test_only_what_was_wrong_is_found(month: Month) -> None:
    assert month.failed["close_month"] == []
    assert set(month.failed["settle_usage"]) == {
        "nothing_is_quarantined",
        "usage_is_plausible",  # the days with gaps have too few intervals
    }


def _let_everything_arrive(installation: Installation) -> None:
    installation.post_meters(METERS)
    zone = installation.programme.zone
    for day in DAYS:
        hours = len(interval_starts_utc(day, zone))
        installation.post_prices(day, ["0.10"] * hours)
        first: list[str | None] = ["1.000"] * hours
        if day == GAP_DAY:
            first[7] = None
        installation.report(day, first, ven_id="ven-1")
        installation.report(day, ["2.000"] * hours, ven_id="ven-2")
        installation.report(day, ["-1.000"] * hours, ven_id="ven-3")
    starts = [start for day in DAYS for start in interval_starts_utc(day, zone)]
    assert len(starts) == HOURS
    _land_house(installation, starts)
    _read_solar(installation, starts)
    _land_cmep(installation, starts)


def _land_house(installation: Installation, starts: list[datetime]) -> None:
    hours = [s for s in starts if not _gap(starts, s, first=10, hours=5)]
    readings = [reading(500, int(start.timestamp()), 3600) for start in hours]
    body = house(*readings, reading(1, "1762000000.5", 3600)).encode()
    land_green_button(
        installation.registry,
        body,
        source="test",
        submitted_by="test",
        received_at=RECEIVED,
    )


def _read_solar(installation: Installation, starts: list[datetime]) -> None:
    """Let a counter of what solar gave be read every quarter of an hour."""
    book = installation.registry.modbus
    book.add_host(ModbusHost("solar-1", "127.0.0.1", 502, 1, "sdm630", 900, 900))
    meaning = Meaning(REGISTER, "received", Decimal("0.01"))
    quarters = range((starts[-1] + HOUR - starts[0]) // QUARTER + 1)
    book.store_readings(
        [
            MeterReading(
                "solar-1",
                "export_energy",
                at,
                Decimal("0.25") * quarter,
                "kWh",
                GOOD,
                "",
                meaning,
                900,
            )
            for quarter in quarters
            for at in [starts[0] + quarter * QUARTER]
            if not _inside_gap(starts, at, first=12, hours=3)
        ]
    )


def _land_cmep(installation: Installation, starts: list[datetime]) -> None:
    missing = _midnight(starts) + 6 * HOUR
    triples = [
        f"{start + HOUR:%Y%m%d%H%M},{'N,' if start == missing else ',3.000'}"
        for start in starts
    ]
    lines = [
        line(",".join(triples[i : i + 24]), meter="E100245")
        for i in range(0, len(triples), 24)
    ]
    land_cmep(
        installation.registry,
        body_of(*lines),
        installation.programme.cmep_in,
        source="test",
        submitted_by="test",
        received_at=RECEIVED,
    )


def _midnight(starts: list[datetime]) -> datetime:
    """Give local midnight of the day with the gaps; hours count from there."""
    return next(s for s in starts if s >= datetime(2025, 11, 12, 5, tzinfo=UTC))


def _gap(starts: list[datetime], at: datetime, *, first: int, hours: int) -> bool:
    begin = _midnight(starts) + first * HOUR
    return begin <= at < begin + hours * HOUR


def _inside_gap(
    starts: list[datetime], at: datetime, *, first: int, hours: int
) -> bool:
    """Tell whether an instant lies between the readings on both sides of a gap."""
    begin = _midnight(starts) + first * HOUR
    return begin < at < begin + hours * HOUR
