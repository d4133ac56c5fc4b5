"""A month of landed data for a benchmark.

Prices and meters are in a registry, reports in the inbox of a VTN that runs as a
process of its own.
"""

import hashlib
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO

from ter_pipelines.demo import examples
from ter_pipelines.demo.outside import running_devices
from ter_pipelines.formats.price_sources import ISO_NE_DA_CSV, TER_SCHEDULE_JSON
from ter_pipelines.price_book import PriceBook
from ter_pipelines.registry.registry import Registry, utc_now
from ter_pipelines.registry.submissions import NewSubmission
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.settings import Settings
from ter_pipelines.vocab.clock import days_of_month, iso_utc
from ter_pipelines.vocab.errors import RemoteError
from ter_pipelines.vocab.plain_rate import plain_rate
from ter_pipelines.vocab.programme import Programme
from vtn_service.contract import CONTROL_PREFIX, VenEnrolment

METERS_FORMAT = "ter-meters-json"
FILLED_WITHIN_SECONDS = 900
STOPPED_WITHIN_SECONDS = 15
_READY = re.compile(r"devices (\S+)/\{token\}\S* control (\S+)")


@dataclass(frozen=True)
class RunningVtn:
    """A VTN at work: where devices find it, and the pipeline's client of it."""

    devices_url: str
    client: Vtn


def well_behaved_devices(count: int) -> list[examples.Device]:
    """Give the example's devices, each with a meter and none with a quirk."""
    return [
        replace(device, meter_id=f"TER{number:04d}", quirk="")
        for number, device in enumerate(examples.devices(count), start=1)
    ]


def price_files() -> dict[date, tuple[str, bytes]]:
    """Give the format and the bytes of every day's prices in the example month."""
    posted = {d: (TER_SCHEDULE_JSON, body) for d, body in examples.schedules().items()}
    return {**posted, examples.FEED_DAY: (ISO_NE_DA_CSV, examples.feed_file())}


def land_prices_and_meters(
    registry: Registry, devices: Sequence[examples.Device]
) -> None:
    """Put the month's prices and one meter list into the registry."""
    registry.migrate()
    for day, (format_name, body) in sorted(price_files().items()):
        registry.land(
            NewSubmission(
                kind="prices",
                source="benchmark",
                format=format_name,
                submitted_by="benchmark",
                body=body,
                received_at=utc_now(),
                operating_day=day,
            )
        )
    registry.land(
        NewSubmission(
            kind="meters",
            source="benchmark",
            format=METERS_FORMAT,
            submitted_by="benchmark",
            body=examples.meter_list(list(devices)),
            received_at=utc_now(),
        )
    )


@contextmanager
def running_vtn(settings: Settings) -> Iterator[RunningVtn]:
    """Run a VTN on free loopback ports, its store in the home folder."""
    key = secrets.token_urlsafe(32)
    environ = {
        **settings.child_environ(),
        "VTN_STORE": str(settings.home / "vtn.sqlite"),
        "VTN_HOST": "127.0.0.1",
        "VTN_PORT": "0",
        "VTN_CONTROL_PORT": "0",
        "VTN_CONTROL_KEY": key,
    }
    with (settings.home / "vtn.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "vtn_service"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        devices_url, control_url = _addresses(process.stdout, settings.home)
        yield RunningVtn(devices_url, Vtn(control_url, lambda: key))
    finally:
        process.terminate()
        try:
            process.wait(STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def report_the_month(
    vtn: RunningVtn,
    devices: Sequence[examples.Device],
    programme: Programme,
    folder: Path,
) -> None:
    """Let every device report every day of the month through the OpenADR door."""
    tokens = {device.ven_id: secrets.token_urlsafe(24) for device in devices}
    for ven_id, token in tokens.items():
        digest = hashlib.sha256(token.encode()).hexdigest()
        vtn.client.enrol(VenEnrolment(ven_id, "", digest))
    book = PriceBook(programme, plain_rate(programme))
    fleet = {
        "vtn_url": vtn.devices_url,
        "zone": programme.zone.key,
        "history_prices": {
            str(day): _priced_hours(book, day, format_name, body)
            for day, (format_name, body) in sorted(price_files().items())
        },
    }
    wanted = len(devices) * len(days_of_month(examples.MONTH))
    deadline = time.monotonic() + FILLED_WITHIN_SECONDS
    with running_devices(devices, tokens, fleet, folder):
        while (got := _count_reports(vtn.client)) < wanted:
            if time.monotonic() > deadline:
                raise RemoteError(
                    f"report inbox: got {got} reports, expected {wanted}; see {folder}"
                )
            time.sleep(0.5)


def _addresses(stdout: IO[str] | None, home: Path) -> tuple[str, str]:
    said = stdout.readline() if stdout else ""
    found = _READY.search(said)
    if found is None:
        raise RemoteError(f"VTN did not start: got {said!r}; see {home / 'vtn.log'}")
    return found[1], found[2].removesuffix(CONTROL_PREFIX)


def _priced_hours(
    book: PriceBook, day: date, format_name: str, body: bytes
) -> list[list[str]]:
    prices: dict[str, Decimal] = {}
    for hour in book.read(format_name, body, day).hours:
        start = iso_utc(hour.interval_start_utc)
        prices[start] = prices.get(start, Decimal(0)) + hour.price_per_kwh
    return [[start, str(price)] for start, price in sorted(prices.items())]


def _count_reports(client: Vtn) -> int:
    return sum(1 for _ in client.report_heads(0))
