"""`python -m benchmarks.pages`: how long the pages take with many devices.

A lake is made in a temporary folder, the same every time, and the API started on it as
it is in production. Somebody signs in and opens every page: once as the first one
after the start, then again and again. What is printed is milliseconds as the browser
would see them, and how often over it took what the least page takes.

Exit codes: 0 fine, 1 a page took longer than it may.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe
from statistics import median

import requests

from benchmarks.pages_data import DAYS, make_lake
from ter_pipelines.registry.registry import Registry

EXIT_OK, EXIT_FOUND = 0, 1
ROUNDS = 9
MOST_MS = 500
TIMEOUT_SECONDS = 60
PAGES = {
    "sign-in form": "/pages/sign-in",
    "prices": "/pages/prices",
    "participation": "/pages/participation",
    "usage, two weeks": "/pages/usage",
    "usage, by name, page 7": "/pages/usage?order=name&page=7",
    "usage, a device found": "/pages/usage?find=thermostat-77",
    "usage, a day opened": f"/pages/usage/ven-77/thermostat-77/{DAYS[1]}",
}


def main() -> int:
    """Make the lake, open the pages, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=5000)
    parser.add_argument("--minutes", type=int, default=60, help="length of an interval")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ter-pages-") as folder:
        home = Path(folder)
        rows = make_lake(home / "data", given.devices, interval_minutes=given.minutes)
        print(f"{given.devices} devices, {len(DAYS)} days, {rows:,} intervals")
        user = ("bench", token_urlsafe())
        with _registry(home) as registry:
            registry.people.add(*user, ["operator"])
        measured = {name: measure(home, user, path) for name, path in PAGES.items()}
    return report(measured)


def measure(home: Path, user: tuple[str, str], path: str) -> list[int]:
    """Start the API, sign in and open a page again and again; milliseconds of each."""
    with _running(home) as url, requests.Session() as session:
        form = dict(zip(("name", "password"), user, strict=True))
        session.post(
            f"{url}/pages/sign-in",
            data=form,
            headers={"Origin": url},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        ).raise_for_status()
        taken = []
        for _ in range(ROUNDS):
            began = time.perf_counter_ns()
            answer = session.get(url + path, timeout=TIMEOUT_SECONDS)
            taken.append((time.perf_counter_ns() - began) // 1_000_000)
            answer.raise_for_status()
    return taken


def report(measured: dict[str, list[int]]) -> int:
    """Print what was measured; give the exit code."""
    least = min(median(taken) for taken in measured.values()) or 1
    print(f"{'page':<26}{'first':>9}{'median':>9}{'worst':>9}{'ratio':>8}")
    for name, (first, *others) in measured.items():
        typical = median(others)
        print(
            f"{name:<26}{first:>6} ms{typical:>6.0f} ms{max(others):>6} ms"
            f"{typical / least:>8.1f}"
        )
    too_slow = [name for name, taken in measured.items() if median(taken) > MOST_MS]
    for name in too_slow:
        print(f"  BROKEN {name}: more than {MOST_MS} ms")
    return EXIT_FOUND if too_slow else EXIT_OK


@contextmanager
def _registry(home: Path) -> Iterator[Registry]:
    registry = Registry(f"sqlite:///{home}/registry.sqlite", home / "landing")
    registry.migrate()
    try:
        yield registry
    finally:
        registry.close()


@contextmanager
def _running(home: Path) -> Iterator[str]:
    """Run the API; gives where it is."""
    with subprocess.Popen(
        [sys.executable, "-m", "ter_pipelines.api", "--port", "0"],
        env={"TER_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as api:
        assert api.stdout is not None  # noqa: S101 - it was asked for
        try:
            yield api.stdout.readline().split()[-1].rstrip("/")
        finally:
            api.terminate()


if __name__ == "__main__":
    sys.exit(main())
