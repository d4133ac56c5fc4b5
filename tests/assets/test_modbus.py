"""The asset of meter readings: a local day, and what bounds it on either side."""

from datetime import date, timedelta
from decimal import Decimal

import dagster as dg
import pytest

from ter_pipelines.assets.modbus import meter_reading
from ter_pipelines.settings import read_settings
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span
from ter_pipelines.vocab.modbus import Meaning, MeterReading
from tests.assets.conftest import Installation

ZONE = read_settings({}).read_programme().zone
COUNTER = Meaning("REGISTER", "received", Decimal("0.001"), Decimal(2**32))


def reading(
    day: date, minutes: float, value: str | None, measurement: str = "export_energy"
) -> MeterReading:
    """Make a reading some minutes after a day's local midnight."""
    is_energy = measurement == "export_energy"
    return MeterReading(
        host_id="solar-1",
        measurement=measurement if value else "",
        read_at=day_span(day, ZONE).start_utc + timedelta(minutes=minutes),
        value=Decimal(value) if value else None,
        unit="Wh" if is_energy else "V",
        quality="GOOD" if value else "TIMEOUT",
        explanation="" if value else "no answer in 3 s",
        meaning=COUNTER if is_energy and value else Meaning(),
        interval_seconds=900,
    )


def stored(installation: Installation, day: date) -> list[dict[str, object]]:
    """Materialize a day; give its rows."""
    result = dg.materialize(
        [meter_reading],
        partition_key=str(day),
        resources={
            "lake": installation.lake,
            "registry": installation.registry,
            "programme": installation.programme,
        },
    )
    assert result.success
    return installation.lake.read(tables.METER_READING, [day]).rows(named=True)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 11, 3), 24), (date(2025, 11, 2), 25), (date(2026, 3, 8), 23)],
)
def test_a_day_has_its_readings_and_those_that_bound_it(
    installation: Installation, day: date, hours: int
) -> None:
    length = 60 * hours
    minutes = (
        -300,
        -200,
        -90,
        -50,
        -5,
        0,
        10,
        length - 1,
        length,
        length + 5,
        length + 9,
    )
    book = installation.registry.modbus
    book.store_readings([reading(day, m, str(m + 1000)) for m in minutes])
    book.store_readings([reading(day, m, "230", "voltage") for m in (-5, 5, length)])

    rows = stored(installation, day)

    energy = [row["value"] for row in rows if row["measurement"] == "export_energy"]
    around = (-200, -90, -50, -5, 0, 10, length - 1, length, length + 5)
    assert energy == [Decimal(m + 1000) for m in around]
    assert [r["value"] for r in rows if r["measurement"] == "voltage"] == [Decimal(230)]


def test_a_reading_keeps_what_intervals_need(installation: Installation) -> None:
    day = date(2025, 11, 3)
    installation.registry.modbus.store_readings([reading(day, 5, "0.12345678949")])

    (row,) = stored(installation, day)

    assert (row["role"], row["direction"], row["interval_seconds"]) == (
        "REGISTER", "received", 900,
    )  # fmt: skip
    assert (row["step"], row["rolls_over_at"]) == (Decimal("0.001"), Decimal(2**32))
    assert row["value"] == Decimal("0.123456789")
    assert (row["source"], row["received_at"]) == ("modbus", row["read_at"])


def test_a_failed_poll_is_a_row_with_its_reason(installation: Installation) -> None:
    day = date(2025, 11, 3)
    installation.registry.modbus.store_readings([reading(day, 5, None)])

    (row,) = stored(installation, day)

    assert (row["measurement"], row["value"], row["quality"]) == ("", None, "TIMEOUT")
    assert row["explanation"] == "no answer in 3 s"
    assert row["role"] == ""


def test_a_partition_says_up_to_which_reading_it_is_made(
    installation: Installation,
) -> None:
    day = date(2025, 11, 3)
    book = installation.registry.modbus
    book.store_readings([reading(day, 5, "1")])
    book.store_readings([reading(day + timedelta(days=30), 5, "2")])

    stored(installation, day)

    made = installation.lake.stored(tables.METER_READING, day)
    assert made is not None
    assert made.inputs == {"reading_seq": str(book.newest_reading_id())}


def test_a_day_without_meters_is_empty(installation: Installation) -> None:
    assert stored(installation, date(2025, 11, 3)) == []
