"""Rows of `raw/ven_report` for the tests: one good value, and what is changed in it."""

from datetime import UTC, datetime, timedelta

from ter_pipelines.metering.readings import Row
from ter_pipelines.metering.usage import DayOfUsage, sort_out
from ter_pipelines.vocab.clock import Span, iso_utc

MIDNIGHT = datetime(2025, 11, 3, 5, tzinfo=UTC)
DAY = Span(MIDNIGHT, MIDNIGHT + timedelta(hours=24))
RECEIVED = datetime(2025, 11, 4, 6, tzinfo=UTC)


def at(hours: float) -> datetime:
    """Give the instant so many hours after the local midnight of 3 November."""
    return MIDNIGHT + timedelta(hours=hours)


def value_row(hours: float = 0, value: str = "1.250", **changes: object) -> Row:
    """Give a good hourly value in kWh, changed as said."""
    return {
        "report_seq": 1,
        "position": 0,
        "received_at": RECEIVED,
        "ven_id": "ven-1",
        "report_specifier_id": "usage",
        "r_id": "r1",
        "resource_id": "0012",
        "report_name": "TELEMETRY_USAGE",
        "reading_type": "Direct Read",
        "report_type": "usage",
        "registered_at": "2025-10-01T00:00:00Z",
        "interval_start_text": iso_utc(at(hours)),
        "duration_text": "PT1H",
        "value_text": value,
        "unit": "kWh",
        "scale": "none",
        "data_quality": "",
        "confidence": "",
        "accuracy": "",
        "online": "",
        "manual_override": "",
        **changes,
    }


def meter_of_all(_device: tuple[str, str], _instant: datetime) -> str:
    """Map every device to one meter."""
    return "TER0001"


def sorted_out(*rows: Row) -> DayOfUsage:
    """Sort out rows; the fate of each must be known."""
    result = sort_out(rows, meter_of_all, DAY)
    assert result.accounted_for == len(rows)
    return result


def energies(result: DayOfUsage) -> list[tuple[str, int]]:
    """Give energies, in kWh, with their versions."""
    return [(str(row["energy_kwh"]), row["version"]) for row in result.usage]


def reasons(result: DayOfUsage) -> list[tuple[str, str]]:
    """Give why values are in quarantine, and which."""
    return [(row["reason"], row["source_reference"]) for row in result.quarantined]
