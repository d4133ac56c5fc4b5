"""CMEP written the plain way, value by value with the csv module: what ours must equal.

It knows the specification's defaults alone and checks nothing.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ter_pipelines.formats.cmep import CmepReading, CmepRecord

HOUR = timedelta(hours=1)
MAX_TRIPLES = 48


@dataclass(frozen=True)
class Hour:
    """A settled hour; heard and missing in seconds."""

    import_kwh: Decimal
    export_kwh: Decimal
    heard: int = 3600
    missing: int = 0
    quality: str = ""


def records_of_meter(
    meter_id: str,
    hours: Mapping[datetime, Hour],
    days: Iterable[Sequence[datetime]],
    opening_kwh: tuple[Decimal, Decimal],
    purpose: str = "OK",
) -> list[CmepRecord]:
    """Make a meter's records, day by day."""
    registers = dict(zip(("KWH", "GKWH"), opening_kwh, strict=True))
    found = []
    for starts in days:
        closing = dict(registers)
        flags = [_flag(hours.get(start)) for start in starts]
        energies = {
            "KWH": [_energy(hours.get(s), "import_kwh") for s in starts],
            "GKWH": [_energy(hours.get(s), "export_kwh") for s in starts],
        }
        for units, values in energies.items():
            closing[units] += sum(v for v in values if v is not None)
            triples = [
                CmepReading(start + HOUR, flag, value)
                for start, flag, value in zip(starts, flags, values, strict=True)
            ]
            found.append(_record(meter_id, purpose, units, triples))
        for units, opening in registers.items():
            heard = ["E" if flag == "N" else flag for flag in flags]
            flag = next(worst for worst in ("R", "E", "A", "") if worst in heard)
            triples = [
                CmepReading(starts[0], flag, opening),
                CmepReading(starts[-1] + HOUR, flag, closing[units]),
            ]
            found.append(_record(meter_id, purpose, f"{units}REG", triples))
        registers = closing
    return found


def write_records(records: Iterable[CmepRecord], *, made_at_utc: datetime) -> bytes:
    """Write records with the csv module, 48 readings a line."""
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\r\n")
    made_at = made_at_utc.strftime("%Y%m%d%H%M")
    for record in records:
        for i in range(0, len(record.readings), MAX_TRIPLES):
            few = record.readings[i : i + MAX_TRIPLES]
            fields = [
                "MEPMD01", "19970819", "NHEC", "", "NISCMDM", "", made_at,
                record.meter_id, record.purpose, "E", record.units,
                f"{record.constant:f}", record.interval, str(len(few)),
            ]  # fmt: skip
            for reading in few:
                end = reading.end_utc.astimezone(UTC).strftime("%Y%m%d%H%M")
                fields += [end, reading.flag, number(reading.value)]
            lines.writerow(fields)
    return text.getvalue().encode("ascii")


def number(value: Decimal | None) -> str:
    """Write every digit that counts, three places at least, a zero as 0."""
    if value is None:
        return ""
    if not value:
        return "0"
    whole, _, places = f"{value:f}".partition(".")
    return f"{whole}.{places.rstrip('0').ljust(3, '0')}"


def _record(
    meter_id: str, purpose: str, units: str, triples: Sequence[CmepReading]
) -> CmepRecord:
    interval = "" if units.endswith("REG") else "00000100"
    return CmepRecord(meter_id, purpose, units, Decimal(1), interval, tuple(triples))


def _flag(hour: Hour | None) -> str:
    if hour is None or not hour.heard:
        return "N"
    return "R" if hour.missing else hour.quality


def _energy(hour: Hour | None, name: str) -> Decimal | None:
    if hour is None or not hour.heard:
        return None
    found: Decimal = getattr(hour, name)
    return found
