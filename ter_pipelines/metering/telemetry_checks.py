"""What is to be seen in a day's telemetry: unknown points, doubtful values."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from ter_pipelines.metering.points import is_plausible
from ter_pipelines.metering.readings import Row
from ter_pipelines.metering.vee.series import SUSPECT
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.points import UNCATALOGUED, TelemetrySettings
from ter_pipelines.vocab.units import plain

_Group = tuple[str, ...]


def find_uncatalogued(rows: Iterable[Row], day: date) -> list[Finding]:
    """Name what is reported and no point of the catalogue, with one value of each."""
    groups = _grouped(
        (row for row in rows if row["point"] == UNCATALOGUED),
        lambda row: (row["point_reference"], row["unit"]),
    )
    return [
        Finding(
            "telemetry.uncatalogued",
            f"{ven_id} {device_id}",
            {
                "point_reference": reference,
                "unit": unit,
                "values": len(group),
                "such_as": plain(group[0]["value"]),
                "day": str(day),
            },
        )
        for (ven_id, device_id, reference, unit), group in groups.items()
    ]


def find_doubtful(
    rows: Iterable[Row], settings: TelemetrySettings, day: date
) -> list[Finding]:
    """Name values of known points beyond what is plausible, or doubted by the source.

    The rows are those of `core/telemetry`.
    """

    def why(row: Row) -> str:
        point = settings.points[row["point"]]
        is_good = is_plausible(row["value"], point)
        return "telemetry.doubted" if is_good else "telemetry.implausible"

    groups = _grouped(
        (r for r in rows if r["quality"] == SUSPECT and r["point"] != UNCATALOGUED),
        lambda row: (row["point_reference"], row["point"], why(row)),
    )
    return [
        Finding(
            code,
            f"{ven_id} {device_id}",
            {
                "point_reference": reference,
                "point": point,
                "values": len(group),
                "lowest": plain(min(row["value"] for row in group)),
                "highest": plain(max(row["value"] for row in group)),
                "unit": group[0]["unit"],
                "day": str(day),
            },
        )
        for (ven_id, device_id, reference, point, code), group in groups.items()
    ]


def _grouped(
    rows: Iterable[Row], by: Callable[[Row], _Group]
) -> Mapping[_Group, list[Mapping[str, Any]]]:
    """Put rows of a device and of one kind together, in order of their names."""
    groups: dict[_Group, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["ven_id"], row["device_id"], *by(row)].append(row)
    return dict(sorted(groups.items()))
