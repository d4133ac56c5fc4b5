"""What the simulator's tests run: a real VTN, a simulator process, a flaky door."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from vtn_service.contract import (
    Event,
    EventInterval,
    EventSignal,
    EventStatus,
    Report,
    VenEnrolment,
)

CONTROL_KEY = "control-key-for-tests"
LONGEST_WAIT_SECONDS = 30.0
QUIRKS = {
    "ven-k": ("battery", "k", "sends_a_day_twice"),
    "ven-none": ("ev", "none", "leaves_a_two_hour_gap"),
    "0012": ("heat_pump", "M", "sends_two_days_out_of_order"),
}
DAYS = ("2025-11-01", "2025-11-02", "2025-11-03")
Line = dict[str, Any]


def wait_for(is_so: Callable[[], bool]) -> None:
    """Poll until it is so; fail after a bounded time."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@dataclass(frozen=True)
class Vtn:
    """A running VTN."""

    devices_url: str
    control_url: str

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
        """Ask the control door; give its JSON."""
        request = Request(  # noqa: S310
            f"{self.control_url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {CONTROL_KEY}",
                "Content-Type": "application/json",
            },
        )
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read())

    def enrol(self, ven_id: str, token: str = "") -> str:
        """Put a VEN on the roster; give its token."""
        token = token or f"token-of-{ven_id}"
        digest = hashlib.sha256(token.encode()).hexdigest()
        enrolment = VenEnrolment(ven_id=ven_id, ven_name="", token_sha256=digest)
        self.call("PUT", f"/vens/{ven_id}", enrolment.to_json())
        return token

    def opt_of(self, ven_id: str, told: Sequence[EventInterval]) -> tuple[str, int]:
        """Give the answer to the event told, and the revision answered."""
        first, last = told[0].start_utc[:10], told[-1].start_utc[:10]
        page = self.call("GET", f"/events?first_day_utc={first}&last_day_utc={last}")
        [status] = [s for s in map(EventStatus.from_json, page) if s.ven_id == ven_id]
        return status.opt, status.opt_modification_number

    def reports(self, ven_id: str) -> list[Report]:
        """Give a VEN's stored reports in order."""
        span = "start_utc=2025-10-01T00:00:00Z&end_utc=2025-12-01T00:00:00Z"
        page = self.call("GET", f"/reports?{span}&after_seq=0&limit=1000")
        reports = [Report.from_json(body) for body in page]
        return [report for report in reports if report.ven_id == ven_id]


@contextmanager
def running_vtn(folder: Path) -> Iterator[Vtn]:
    """Run a VTN on free ports in a folder."""
    environ = {
        **os.environ,
        "VTN_STORE": str(folder / "vtn.sqlite"),
        "VTN_PORT": "0",
        "VTN_CONTROL_PORT": "0",
        "VTN_CONTROL_KEY": CONTROL_KEY,
        "VTN_POLL_SECONDS": "1",
    }
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "vtn_service"],
            env=environ, stdout=subprocess.PIPE, stderr=log, text=True,
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        words = process.stdout.readline().split()
        devices, control = words[words.index("devices") + 1], words[-1]
        yield Vtn(devices.split("/{token}")[0], control)
        process.terminate()


@dataclass(frozen=True)
class Simulation:
    """A simulator process and its journals."""

    process: subprocess.Popen[str]
    folder: Path
    event: Event

    def journal(self, ven_id: str, event: str) -> list[Line]:
        """Give a device's journal lines of one kind."""
        path = self.folder / f"{ven_id}.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines]
        return [line for line in found if line["event"] == event]

    def stop(self) -> tuple[int, str]:
        """Send SIGTERM; give exit code and what was said."""
        self.process.send_signal(signal.SIGTERM)
        _, remarks = self.process.communicate(timeout=15)
        return self.process.returncode, remarks


def simulate(folder: Path, fleet: object) -> Simulation:
    """Start a simulator on a fleet file in a folder."""
    event = tomorrows_event()
    path = folder / "fleet.json"
    path.write_text(json.dumps(fleet))
    arguments = ["--fleet", str(path), "--log-folder", str(folder / "logs")]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "vtn_service.simulator", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    return Simulation(process, folder / "logs", event)


def fleet_of(url: str, tokens: dict[str, str], days: tuple[str, ...] = DAYS) -> Line:
    """Give a fleet file of these devices."""
    devices = []
    for ven_id, token in tokens.items():
        kind, scale, quirk = QUIRKS.get(ven_id, ("battery", "k", ""))
        devices.append(
            {"ven_id": ven_id, "token": token, "device_id": f"device-{ven_id}",
             "kind": kind, "unit": "Wh", "scale": scale, "quirk": quirk}
        )  # fmt: skip
    history = {day: priced_hours(day) for day in days}
    return {"vtn_url": url, "zone": "America/New_York", "history_prices": history,
            "devices": devices}  # fmt: skip


def priced_hours(day: str) -> list[list[str]]:
    """Give a local day's hours: 25 on 2 November; dear at 17:00."""
    first_hour = 4 if day <= "2025-11-02" else 5
    start = datetime.fromisoformat(day).replace(tzinfo=UTC, hour=first_hour)
    count = 25 if day == "2025-11-02" else 24
    starts = [start + timedelta(hours=i) for i in range(count)]
    return [
        [f"{at:%Y-%m-%dT%H:%M:%SZ}", "0.48650" if at.hour == 22 else f"0.03{i:02d}"]
        for i, at in enumerate(starts)
    ]


def tomorrows_event() -> Event:
    """Give a price event that starts in a day, with prices that keep their zeros."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    starts = [now + timedelta(hours=24 + i) for i in range(24)]
    prices = EventSignal(
        signal_name="ELECTRICITY_PRICE",
        signal_type="price",
        item_name="currencyPerKWh",
        item_units="USD",
        intervals=[
            EventInterval(f"{at:%Y-%m-%dT%H:%M:%SZ}", 3600, f"-0.0{i:02d}00")
            for i, at in enumerate(starts)
        ],
    )
    return Event("http://example.com/programmes/ter", signals=[prices])


@contextmanager
def flaky_door(vtn_url: str, *, refused_reports: int) -> Iterator[str]:
    """Pass everything on to the VTN, but answer the first reports with 500."""
    left = [refused_reports]

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Pass on, or refuse."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if b"oadrUpdateReport" in body and left[0]:
                left[0] -= 1
                self.send_error(500)
                return
            request = Request(  # noqa: S310
                vtn_url + self.path, data=body,
                headers={"Content-Type": self.headers["Content-Type"]},
            )  # fmt: skip
            with urlopen(request, timeout=10) as answer:  # noqa: S310
                content = answer.read()
            self.send_response(200)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
