"""Three settled days, and what is exported of them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ter_pipelines.exporting import Export
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.cmep_out import CmepOut
from tests.assets.conftest import Installation

LONG_DAY = date(2025, 11, 2)
DAYS = [date(2025, 11, 1), LONG_DAY, date(2025, 11, 3)]
MONTH = "2025-11"
MADE_AT = datetime(2025, 11, 5, 6, tzinfo=UTC)
Row = Mapping[str, Any]


def wants(installation: Installation, profile: CmepOut) -> Installation:
    installation.programme = replace(
        installation.programme, first_operating_day=DAYS[0], cmep_out=profile
    )
    return installation


def settle(
    installation: Installation,
    day: date,
    meters: Sequence[str] = ("M1",),
    first: str = "1",
) -> None:
    """Settle 1 kWh an hour for some meters; the first hour of the first otherwise."""
    energy = dict.fromkeys(meters, Decimal(1)) | {meters[0]: Decimal(first)}
    rows = [
        {
            "meter_id": meter_id,
            "interval_start_utc": start,
            "duration_seconds": 3600,
            "import_kwh": energy[meter_id] if place == 0 else Decimal(1),
            "export_kwh": Decimal(0),
            "price_per_kwh": Decimal("0.10"),
            "import_amount": Decimal("0.10"),
            "export_amount": Decimal(0),
            "currency": "USD",
            "price_submission_id": 1,
            "usage_version": 1,
            "quality": "",
            "heard_seconds": 3600,
            "missing_seconds": 0,
        }
        for meter_id in meters
        for place, start in enumerate(
            interval_starts_utc(day, installation.programme.zone)
        )
    ]
    frame = frame_of(tables.SETTLED_HOUR, rows)
    installation.lake.replace(tables.SETTLED_HOUR, day, frame)


def settle_days(installation: Installation) -> None:
    for day in DAYS:
        settle(installation, day)


def correct(installation: Installation) -> None:
    """Let the first hour of the first day be heard otherwise."""
    settle(installation, DAYS[0], first="5")


def log_of(installation: Installation, day: date) -> list[Row]:
    log = installation.lake.read(tables.CMEP_DAY_FILE, [day]).sort("version")
    return list(log.iter_rows(named=True))


def lines_of(installation: Installation, row: Row) -> list[list[str]]:
    body = (installation.lake.root / row["path"]).read_bytes()
    assert hashlib.sha256(body).hexdigest() == row["sha256"]
    assert len(body) == row["size_bytes"]
    return [line.split(",") for line in body.decode().split("\r\n")[:-1]]


def export_of(installation: Installation, hours_a_batch: int) -> Export:
    return Export(
        installation.lake,
        installation.programme,
        tables.CMEP_DAY_FILE,
        str(DAYS[0]),
        [DAYS[0]],
        943600,
        100,
        hours_a_batch,
    )
