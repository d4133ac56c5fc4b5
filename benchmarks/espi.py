"""`python -m benchmarks.espi`: read a large Green Button feed, beside a bare parser.

A feed of quarter hours, a block a day, is made in a temporary folder, the same every
time. CPU seconds are the best of several rounds, taken in turns. The bare parser is
lxml's `iterparse` over every element, doing nothing; `etree.parse`, which only builds
the tree and holds it whole, stands beside it, and so does greenbutton-objects where it
is installed. Memory is the most a process of its own ever held.

Exit codes: 0 fine, 1 a limit was broken or a reading was lost.
"""

import argparse
import importlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from benchmarks.espi_feed import write_feed
from ter_pipelines.formats.espi import Readings, UsageBook, read_feed, survey_feed

EXIT_OK, EXIT_FOUND = 0, 1
MB = 1_000_000
SMALL_MB = 10
ROUNDS = 3
MOST_TIMES_BARE = 4
LEAST_TIMES_CONTENDER = 5
MOST_GROWTH_MB = 5
BARE, TREE, OURS = "iterparse, no work", "etree.parse, whole tree", "ours, typed rows"
CONTENDER = "greenbutton-objects"
Work = Callable[[Path], int]


@dataclass(frozen=True)
class Measured:
    """CPU seconds of the best round, and the readings that were found."""

    seconds: float
    readings: int


def main() -> int:
    """Make the feeds, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=50, help="size of the large feed")
    parser.add_argument("--hold", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.hold:
        return hold(given.hold[0], Path(given.hold[1]))
    if given.mb <= SMALL_MB:
        parser.error(f"--mb: got {given.mb}, expected over {SMALL_MB}")
    with tempfile.TemporaryDirectory(prefix="ter-espi-") as folder:
        large, small = Path(folder) / "large.xml", Path(folder) / "small.xml"
        readings = write_feed(large, given.mb * MB)
        write_feed(small, SMALL_MB * MB)
        print(f"{given.mb} MB, {readings} readings of a quarter of an hour")
        is_flat = measure_memory(small, large)
        broken = find_broken(measure_speed(large), readings)
    for limit in broken:
        print(f"  BROKEN {limit}")
    return EXIT_OK if is_flat and not broken else EXIT_FOUND


def parse_bare(file: Path) -> int:
    """Parse without any work; keep nothing."""
    for _, _ in etree.iterparse(str(file)):
        pass
    return 0


def parse_tree(file: Path) -> int:
    """Parse into one tree."""
    etree.parse(str(file))
    return 0


def survey(file: Path) -> int:
    """Do the first pass."""
    with file.open("rb") as stream:
        survey_feed(stream, file.name)
    return 0


def read(file: Path) -> int:
    """Do both passes; count the rows."""
    with file.open("rb") as stream:
        surveyed = survey_feed(stream, file.name)
        stream.seek(0)
        items = read_feed(stream, surveyed)
        return sum(len(each.rows) for each in items if isinstance(each, Readings))


def sum_up(file: Path) -> int:
    """Do both passes, tell repeats from versions, sum up; count the intervals."""
    book = UsageBook()
    with file.open("rb") as stream:
        surveyed = survey_feed(stream, file.name)
        stream.seek(0)
        for each in read_feed(stream, surveyed):
            if isinstance(each, Readings):
                book.add(each)
    return sum(summary.distinct for summary in book.summaries())


def find_contender() -> Work | None:
    """Give greenbutton-objects' reader, if it is installed."""
    try:
        parse_feed = importlib.import_module("greenbutton_objects.parse").parse_feed
    except ImportError:
        return None

    def count(file: Path) -> int:
        points = parse_feed(str(file))
        meters = [meter for point in points for meter in point.meterReadings]
        return sum(1 for meter in meters for _ in meter.intervalReadings)

    return count


WORKS: Mapping[str, Work] = {
    BARE: parse_bare,
    TREE: parse_tree,
    "ours, first pass alone": survey,
    OURS: read,
    "ours, told apart, summed": sum_up,
}


def measure_speed(file: Path) -> dict[str, Measured]:
    """Run everybody in turns; print what each took beside the others."""
    contender = find_contender()
    works = {**WORKS, CONTENDER: contender} if contender else dict(WORKS)
    best: dict[str, Measured] = {}
    for _ in range(ROUNDS):
        for name, work in works.items():
            began = time.process_time()
            readings = work(file)
            taken = Measured(time.process_time() - began, readings)
            best[name] = min(best.get(name, taken), taken, key=lambda m: m.seconds)
    size = file.stat().st_size / MB
    for name, found in best.items():
        print(
            f"  {name:<26}{found.seconds:6.2f} CPU s {size / found.seconds:6.0f} MB/s"
            f"{found.seconds / best[BARE].seconds:7.2f} x iterparse"
            f"{found.seconds / best[TREE].seconds:7.2f} x etree.parse"
        )
    if contender is None:
        print(f"  {CONTENDER:<26}is not installed: not compared")
    return best


def find_broken(best: Mapping[str, Measured], readings: int) -> list[str]:
    """Name the limits that were broken."""
    ours = best[OURS]
    broken = []
    if ours.seconds > MOST_TIMES_BARE * best[BARE].seconds:
        broken.append(f"ours takes over {MOST_TIMES_BARE} x a bare iterparse")
    if CONTENDER in best:
        least = LEAST_TIMES_CONTENDER * ours.seconds
        if best[CONTENDER].seconds < least:
            broken.append(f"ours is not {LEAST_TIMES_CONTENDER} x {CONTENDER}")
    if ours.readings != readings:
        broken.append(f"ours found {ours.readings} of {readings} readings")
    return broken


def measure_memory(small: Path, large: Path) -> bool:
    """Print the peaks of both files; tell whether reading takes the same for both."""
    peaks = {
        name: [peak_mb(name, file) for file in (small, large)]
        for name in (OURS, "ours, told apart, summed", TREE)
    }
    idle = peak_mb("nothing", small)
    print(f"  peak memory, of which {idle:.0f} MB are the program itself:")
    for name, (of_small, of_large) in peaks.items():
        print(f"  {name:<26}{of_small:6.0f} MB, then {of_large:6.0f} MB")
    of_small, of_large = peaks[OURS]
    return of_large - of_small <= MOST_GROWTH_MB


def peak_mb(name: str, file: Path) -> float:
    """Run one of the works in a process of its own; give the most it held, MB."""
    command = [sys.executable, "-m", "benchmarks.espi", "--hold", name, str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
    return int(done.stdout) / 1000


def hold(name: str, file: Path) -> int:
    """Do one of the works, or nothing; print the most that was held, kB."""
    if name in WORKS:
        WORKS[name](file)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    print(peak)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
