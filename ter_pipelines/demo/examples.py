"""The example files of the demonstration, and a server for its price file."""

import functools
import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.clock import (
    DAY,
    interval_starts_utc,
    iso_utc,
    operating_day_of,
)

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
MONTH = "2025-11"
FEED_DAY = date(2025, 11, 14)
FEED_FILE = "WW_DALMP_ISO_{yyyymmdd}.csv"


@dataclass(frozen=True)
class Device:
    """A simulated device, and the meter it is listed for, if it is."""

    ven_id: str
    device_id: str
    meter_id: str | None
    kind: str
    unit: str
    scale: str
    quirk: str


def schedules() -> dict[date, bytes]:
    """Give the body of POST /prices/ for every day of the month that has one."""
    files = sorted((EXAMPLES / "prices").glob(f"{MONTH}-*.json"))
    return {date.fromisoformat(file.stem): file.read_bytes() for file in files}


def feed_file() -> bytes:
    """Give the day-ahead price file of the day that has no schedule."""
    name = FEED_FILE.replace("{yyyymmdd}", f"{FEED_DAY:%Y%m%d}")
    return (EXAMPLES / "prices" / name).read_bytes()


def schedule_for(day: date, zone: ZoneInfo) -> bytes:
    """Make the schedule of any day from the example's shape of a day."""
    shape = json.loads((EXAMPLES / "prices" / "next_day.json").read_bytes())
    price_of = {
        (hour["local_hour"], hour["is_repeated"]): hour["price"]
        for hour in shape["hours"]
    }
    prices = [
        {
            "datetime": iso_utc(start),
            "price": price_of[local.hour, bool(local.fold)],
        }
        for start in interval_starts_utc(day, zone)
        for local in [start.astimezone(zone)]
    ]
    schedule = {"date": str(day - DAY), "unit": shape["unit"], "prices": prices}
    return json.dumps({"schedule": schedule}).encode()


def by_day(prices: Mapping[datetime, Decimal], zone: ZoneInfo) -> dict[str, Any]:
    """Give hourly prices as the devices' file has them: day to start and price."""
    days: dict[str, list[list[str]]] = {}
    for start, price in sorted(prices.items()):
        day = str(operating_day_of(start, zone))
        days.setdefault(day, []).append([iso_utc(start), str(price)])
    return days


def devices(count: int) -> list[Device]:
    """Give the example's devices, and more of the same kinds when asked for."""
    listed = json.loads((EXAMPLES / "devices.json").read_bytes())["devices"]
    first = [Device(**device) for device in listed[:count]]
    plain = [device for device in first if not device.quirk]
    more = [
        Device(
            f"ven-{number:02d}",
            f"{model.kind}-{number:02d}",
            f"TER{number:04d}",
            model.kind,
            model.unit,
            model.scale,
            "",
        )
        for number in range(len(first) + 1, count + 1)
        for model in [plain[number % len(plain)]]
    ]
    return first + more


def meter_list(fleet: list[Device]) -> bytes:
    """Make the body of POST /meters/ for the devices that have a meter."""
    names = ("meter_id", "ven_id", "device_id")
    listed = [{n: getattr(d, n) for n in names} for d in fleet if d.meter_id]
    return json.dumps({"meters": listed}).encode()


@contextmanager
def price_file_server() -> Iterator[str]:
    """Serve the example price files; give the address with `{yyyymmdd}` in it."""
    handler = functools.partial(_Quiet, directory=str(EXAMPLES / "prices"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{FEED_FILE}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
        """Say nothing; the caller sees what it got."""
