"""Rows that devices send beside energy, for the tests, and what becomes of them."""

from ter_pipelines.metering.readings import Row
from ter_pipelines.metering.telemetry import DayOfTelemetry, sort_out_telemetry
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.points import shipped_settings
from tests.metering.reported import DAY, meter_of_all, value_row

SHIPPED = shipped_settings()


def power_row(hours: float = 0, value: str = "5000", **changes: object) -> Row:
    said = {"r_id": "POWER", "unit": "W", "scale": "none", **changes}
    return value_row(hours, value, **said)


def status_row(
    hours: float = 0, online: str = "true", override: str = "false", **changes: object
) -> Row:
    said = {
        "report_name": "TELEMETRY_STATUS", "r_id": "status", "unit": "", "scale": "",
        "report_type": "x-resourceStatus", "duration_text": "",
        "online": online, "manual_override": override, **changes,
    }  # fmt: skip
    return value_row(hours, "", **said)


def kept(*rows: Row) -> DayOfTelemetry:
    result = sort_out_telemetry(rows, meter_of_all, DAY, SHIPPED)
    assert result.accounted_for == len(rows)
    assert frame_of(tables.TELEMETRY_VALUE, result.values).height == len(result.values)
    return result


def values(result: DayOfTelemetry) -> list[tuple[str, str, str]]:
    return [
        (row["point"], f"{row['value'].normalize():f}", row["quality"])
        for row in result.values
    ]
