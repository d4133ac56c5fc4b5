"""The proof: every bill once more, in plain Python, from outside evidence only.

Evidence is what the devices logged that they sent and the price files as they were
published. Nothing of the program's pricing, metering, settlement or file reading is
used here: a second opinion must not share the first one's mistakes.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
WH_PER = {"none": Decimal(1), "k": Decimal(1000), "M": Decimal(1000000)}
Hours = dict[datetime, Decimal]


@dataclass
class Proof:
    """What was compared, and what was found different.

    Args:
        meters: Bills compared.
        intervals: Hourly values compared, in bills and in CMEP files.
        cents: Sum of all compared bills, import and export apart, in cents.
        differences: One line each.
    """

    meters: int = 0
    intervals: int = 0
    cents: int = 0
    differences: list[str] = field(default_factory=list)

    def compare(self, subject: str, got: object, expected: object) -> None:
        """Note a difference."""
        if got != expected:
            self.differences.append(f"{subject}: got {got}, expected {expected}")


def prove(
    *,
    usage: Mapping[str, Hours],
    prices: Hours,
    bills: Sequence[Mapping[str, Any]],
    cmep_bodies: Sequence[bytes],
) -> Proof:
    """Hold the bills and the newest CMEP file against the evidence.

    Args:
        usage: Meter to its hours: start in UTC to net kWh.
        prices: Start in UTC to price per kWh.
        bills: As the analyst sees them.
        cmep_bodies: Every CMEP file of the month; each must be readable, the last one
            must say what the devices sent.
    """
    proof = Proof()
    by_meter = {bill["meter_id"]: bill for bill in bills}
    proof.compare("meters with a bill", sorted(by_meter), sorted(usage))
    for meter_id in sorted(set(by_meter) & set(usage)):
        _prove_bill(proof, by_meter[meter_id], usage[meter_id], prices)
    for number, body in enumerate(cmep_bodies, start=1):
        files_usage = _read_cmep(proof, body, f"CMEP file {number}")
        if number == len(cmep_bodies):
            _prove_cmep(proof, files_usage, usage)
    if not cmep_bodies:
        proof.differences.append("CMEP files: got none, expected at least one")
    return proof


def sent_usage(log_folder: Path, devices: Iterable[Any]) -> dict[str, Hours]:
    """Read what each listed device sent and had acknowledged: meter to hours, kWh.

    A later value for the same hour takes the place of the earlier one.
    """
    usage: dict[str, Hours] = defaultdict(dict)
    for device in devices:
        if device.meter_id is None:
            continue
        for report in _reports(log_folder / f"{device.ven_id}.jsonl"):
            wh = WH_PER[report["scale"]]
            for start, seconds, value in report["intervals"]:
                if seconds != HOUR.total_seconds():
                    raise ValueError(f"{device.ven_id}: interval of {seconds} s")
                kwh = Decimal(value) * wh / 1000
                usage[device.meter_id][datetime.fromisoformat(start)] = kwh
    return dict(usage)


def values_sent(log_folder: Path, ven_id: str) -> int:
    """Count the hourly values one device had acknowledged."""
    reports = _reports(log_folder / f"{ven_id}.jsonl")
    return sum(len(report["intervals"]) for report in reports)


def published_prices(
    schedules: Iterable[bytes], feed: bytes, feed_day: date, zone: ZoneInfo, place: str
) -> Hours:
    """Read the price files as published: start in UTC to price per kWh."""
    prices: Hours = {}
    for body in schedules:
        for entry in json.loads(body)["schedule"]["prices"]:
            start = datetime.fromisoformat(entry["datetime"]).astimezone(UTC)
            prices[start] = Decimal(entry["price"])
    midnight = datetime(feed_day.year, feed_day.month, feed_day.day, tzinfo=zone)
    for row in csv.reader(feed.decode().splitlines()):
        if row[0] == "D" and row[3] == place:
            start = midnight.astimezone(UTC) + (int(row[2]) - 1) * HOUR
            prices[start] = Decimal(row[6]) / 1000
    return prices


def _reports(log: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [x for x in lines if x["event"] == "report_sent" and x["acknowledged"]]


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _prove_bill(
    proof: Proof, bill: Mapping[str, Any], hours: Hours, prices: Hours
) -> None:
    taken = {start: kwh for start, kwh in hours.items() if kwh > 0}
    given = {start: -kwh for start, kwh in hours.items() if kwh < 0}
    cost = _cents(sum((k * prices[t] for t, k in taken.items()), Decimal(0)))
    credit = _cents(-sum((k * prices[t] for t, k in given.items()), Decimal(0)))
    meter_id = bill["meter_id"]
    expected = {
        "import_kwh": sum(taken.values(), Decimal(0)),
        "import_amount": cost,
        "export_kwh": sum(given.values(), Decimal(0)),
        "export_amount": credit,
        "total": cost + credit,
    }
    for name, value in expected.items():
        proof.compare(f"{meter_id} {name}", bill[name], value)
    proof.meters += 1
    proof.intervals += len(hours)
    proof.cents += int((abs(cost) + abs(credit)) * 100)


def _read_cmep(proof: Proof, body: bytes, subject: str) -> dict[str, Hours]:
    """Read a file back: (meter, units) as `meter units` to end stamp to value."""
    found: dict[str, Hours] = defaultdict(dict)
    lines = body.decode("ascii").split("\r\n")
    proof.compare(f"{subject}, text after the last CR LF", lines.pop(), "")
    for line in lines:
        fields = line.split(",")
        head, triples = fields[:14], fields[14:]
        proof.compare(
            f"{subject}, triples of {line[:60]}", len(triples), 3 * int(head[13])
        )
        proof.compare(f"{subject}, line fits", len(line) + 2 <= 2048, True)  # noqa: FBT003, PLR2004
        for stamp, flag, value in zip(*[iter(triples)] * 3, strict=True):
            end = datetime.strptime(f"{stamp}+0000", "%Y%m%d%H%M%z")
            if flag != "N":
                found[f"{head[7]} {head[10]}"][end] = Decimal(value)
    return found


def _prove_cmep(
    proof: Proof, found: Mapping[str, Hours], usage: Mapping[str, Hours]
) -> None:
    for meter_id, hours in usage.items():
        for units, sign in (("KWH", 1), ("GKWH", -1)):
            expected = {t + HOUR: max(sign * k, Decimal(0)) for t, k in hours.items()}
            got = found.get(f"{meter_id} {units}", {})
            for end in sorted(expected.keys() | got.keys()):
                subject = f"CMEP {meter_id} {units} {end:%Y%m%d%H%M}"
                proof.compare(subject, got.get(end), expected.get(end))
            proof.intervals += len(expected)
            register = found.get(f"{meter_id} {units}REG", {})
            moved = (
                max(register.values()) - min(register.values()) if register else None
            )
            proof.compare(
                f"CMEP {meter_id} {units}REG", moved, sum(expected.values(), Decimal(0))
            )
