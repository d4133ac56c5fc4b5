"""Makes the example month, the example devices and their meter list.

    python examples/make_examples.py [--into FOLDER]

November 2025 in America/New_York: 721 hours, 2 November has 25. Everything is Decimal
and drawn from a fixed seed, so running it again changes no byte.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.clock import DAY, days_of_month, interval_starts_utc

ZONE = ZoneInfo("America/New_York")
MONTH = "2025-11"
CSV_DAY = date(2025, 11, 14)
SEED = "ter-example-month"

# Cents per kWh by local hour on an ordinary day: cheap night, morning shoulder, quiet
# midday, evening peak.
ORDINARY_CENTS = (
    "3.45", "3.31", "3.22", "3.18", "3.26", "3.55", "4.85", "6.10", "5.65", "4.70",
    "4.15", "3.85", "3.70", "3.65", "3.95", "4.90", "7.80", "12.60", "11.90", "8.75",
    "6.60", "5.20", "4.35", "3.80",
)  # fmt: skip

# Cents per kWh of the peak hour on days when the grid is short.
SCARCE_PEAK_CENTS = {
    date(2025, 11, day): Decimal(cents)
    for day, cents in (
        (4, "31.40"), (6, "38.20"), (11, "44.75"), (12, "52.30"), (18, "36.90"),
        (19, "59.60"), (20, "41.15"), (25, "33.80"), (28, "47.50"),
    )
}  # fmt: skip
SHARE_OF_PEAK = {15: "0.22", 16: "0.55", 17: "1", 18: "0.93", 19: "0.44", 20: "0.22"}

# On these days the sun pushes midday prices below zero.
SUNNY_DAYS = frozenset(date(2025, 11, day) for day in (2, 8, 9, 15, 22, 23))
SUN_CENTS = {9: "2.10", 10: "3.60", 11: "4.85", 12: "5.15", 13: "4.40", 14: "2.30"}

NEXT_DAY = date(2025, 11, 2)
LOCATIONS = (
    ("4000", ".H.INTERNAL_HUB", "HUB", "0.00", "0.000"),
    ("4001", ".Z.MAINE", "LOAD ZONE", "-0.624", "-0.031"),
    ("4002", ".Z.NEWHAMPSHIRE", "LOAD ZONE", "-0.114", "-0.009"),
)
CSV_COLUMNS = (
    "Date", "Hour Ending", "Location ID", "Location Name", "Location Type",
    "Locational Marginal Price", "Energy Component", "Congestion Component",
    "Marginal Loss Component",
)  # fmt: skip
CSV_TYPES = ("Date", "String", "Number", "String", "String", *["$/MWh"] * 4)

# kind, scale, quirk; the position gives the identifiers.
DEVICES = (
    ("battery", "k", ""),
    ("ev", "none", ""),
    ("heat_pump", "M", ""),
    ("battery", "k", "sends_a_day_twice"),
    ("ev", "k", "sends_two_days_out_of_order"),
    ("heat_pump", "k", "leaves_a_two_hour_gap"),
    ("battery", "none", "not_in_the_meter_list"),
    ("ev", "k", ""),
    ("heat_pump", "none", ""),
    ("battery", "k", ""),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write every example file below the folder given, or beside this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=Path(__file__).parent)
    folder: Path = parser.parse_args(arguments).into
    prices = folder / "prices"
    prices.mkdir(parents=True, exist_ok=True)
    for day in days_of_month(MONTH):
        if day == CSV_DAY:
            name = f"WW_DALMP_ISO_{day:%Y%m%d}.csv"
            (prices / name).write_bytes(iso_ne_report(day, name))
        else:
            write_json(prices / f"{day}.json", schedule_of(day))
    write_json(prices / "next_day.json", next_day_shape())
    devices = [device(number) for number in range(1, len(DEVICES) + 1)]
    write_json(folder / "devices.json", {"devices": devices})
    write_json(folder / "meters.json", {"meters": meter_list(devices)})


def write_json(path: Path, content: object) -> None:
    """Write one JSON file, ended by a newline."""
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def drawn(subject: str, low: str, high: str) -> Decimal:
    """Give the number between low and high that belongs to a subject."""
    digest = hashlib.sha256(f"{SEED} {subject}".encode()).digest()
    share = Decimal(int.from_bytes(digest[:4], "big")) / Decimal(2**32)
    return Decimal(low) + (Decimal(high) - Decimal(low)) * share


def price_of(start: datetime) -> Decimal:
    """Give the price of the hour that starts then, USD per kWh to five places."""
    local = start.astimezone(ZONE)
    day = local.date()
    cents = Decimal(ORDINARY_CENTS[local.hour]) * drawn(f"level {day}", "0.86", "1.22")
    if day in SCARCE_PEAK_CENTS and local.hour in SHARE_OF_PEAK:
        scarce = SCARCE_PEAK_CENTS[day] * Decimal(SHARE_OF_PEAK[local.hour])
        cents = max(cents, scarce)
    if day in SUNNY_DAYS and local.hour in SUN_CENTS:
        cents -= Decimal(SUN_CENTS[local.hour])
    cents *= drawn(f"hour {start:%Y%m%d%H}", "0.96", "1.04")
    return (cents / 100).quantize(Decimal("0.00001"))


def schedule_of(day: date) -> dict[str, object]:
    """Give a day's schedule as the price partner posts it the day before."""
    entries = [
        {
            "datetime": start.astimezone(ZONE).isoformat(),
            "price": f"{price_of(start):f}",
        }
        for start in interval_starts_utc(day, ZONE)
    ]
    return {"schedule": {"date": f"{day - DAY}", "prices": entries}}


def next_day_shape() -> dict[str, object]:
    """Give 25 prices by local hour, the repeated one too, for any day to take from."""
    hours = []
    for start in interval_starts_utc(NEXT_DAY, ZONE):
        local = start.astimezone(ZONE)
        ordinary = start + timedelta(days=17)
        hours.append(
            {
                "local_hour": local.hour,
                "is_repeated": bool(local.fold),
                "price": f"{price_of(start if local.fold else ordinary):f}",
            }
        )
    return {"unit": "USD/kWh", "hours": hours}


def iso_ne_report(day: date, name: str) -> bytes:
    """Give a day as ISO New England's day-ahead report, three locations an hour."""
    comments = (
        ("Example of a day-ahead hourly LMP report; the numbers are made up",),
        ("Filename:", name),
        (f"Report for: {day:%m/%d/%Y} - {day:%m/%d/%Y}",),
        (f"Report generated: {day - DAY:%m/%d/%Y} 12:45:32 EST",),
    )
    data = [
        row for start in interval_starts_utc(day, ZONE) for row in lmp_rows(day, start)
    ]
    lines = [
        *(csv_line("C", comment) for comment in comments),
        csv_line("H", CSV_COLUMNS),
        csv_line("H", CSV_TYPES),
        *(csv_line("D", row) for row in data),
        csv_line("T", (str(len(data)),)),
    ]
    return "".join(lines).encode("ascii")


def lmp_rows(day: date, start: datetime) -> list[tuple[str, ...]]:
    """Give an hour's rows; parts are rounded apart, so some miss the sum by a cent."""
    cent = Decimal("0.01")
    local = start.astimezone(ZONE)
    label = f"{local.hour + 1:02d}{'X' if local.fold else ''}"
    energy = price_of(start) * 1000
    rows = []
    for location_id, location, kind, congestion_text, loss_share in LOCATIONS:
        congestion = Decimal(congestion_text)
        loss = energy * Decimal(loss_share)
        parts = [part.quantize(cent) for part in (energy, congestion, loss)]
        lmp = (energy + congestion + loss).quantize(cent)
        numbers = [f"{number:f}" for number in (lmp, *parts)]
        rows.append((f"{day:%m/%d/%Y}", label, location_id, location, kind, *numbers))
    return rows


def csv_line(kind: str, fields: Sequence[str]) -> str:
    """Give one line of the report, every field in quotes."""
    return ",".join(f'"{field}"' for field in (kind, *fields)) + "\r\n"


def device(number: int) -> dict[str, str | None]:
    """Give one device by its position, from 1."""
    kind, scale, quirk = DEVICES[number - 1]
    listed = quirk != "not_in_the_meter_list"
    return {
        "ven_id": f"ven-{number:02d}",
        "device_id": f"{kind.replace('_', '-')}-{number:02d}",
        "meter_id": f"TER{number:04d}" if listed else None,
        "kind": kind,
        "unit": "Wh",
        "scale": scale,
        "quirk": quirk,
    }


def meter_list(devices: Sequence[dict[str, str | None]]) -> list[dict[str, str | None]]:
    """Give the metering partner's list: every device that has a meter."""
    names = ("meter_id", "ven_id", "device_id")
    return [{name: d[name] for name in names} for d in devices if d["meter_id"]]


if __name__ == "__main__":
    main()
