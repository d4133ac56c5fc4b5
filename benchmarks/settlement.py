"""`python -m benchmarks.settlement`: a month of quarter-hours to statement lines.

Months of more and more meters are made in a temporary folder, the same every time, and
their days are settled and stored as the pipeline does. Then, in turns: decoding meter,
time and energy of every row without keeping a value; adding energy up by meter; and the
pipeline's own queries and functions, from validated usage and the hours' prices to
statement lines, and from the settled hours that are stored to statement lines. The
month with its gate is what `close_month` does before it issues anything: time, the
hours, and the check against usage. CPU seconds
are the best of the rounds. Memory is the most that a process ever held which did
nothing else, with a limit set for DuckDB.

Every meter's energy, exact amount and cents must be those of whole numbers alone, made
of the same files without DuckDB or Decimal. A loop over plain Decimals bills a few of
the meters beside it, and so does NREL's PySAM where it is installed.

Exit codes: 0 fine, 1 a limit was broken or a bill differs.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.settlement_data import Made, make_lake, meters_of
from benchmarks.settlement_peers import (
    decimal_bills,
    pysam_bills,
    some_series,
    whole_number_bills,
)
from benchmarks.settlement_work import (
    GROUP,
    MEMORY_MB,
    MONTHLY,
    ROLLUP,
    SCAN,
    STRAIGHT,
    WORKS,
    Bills,
    Lines,
    bills_of,
)

EXIT_OK, EXIT_FOUND = 0, 1
LEAST_ROWS = 3_000_000
# With fewer, what starting a query costs weighs more than the rows.
LEAST_ROWS_TO_JUDGE = 10_000_000
MOST_TIMES = {STRAIGHT: (8, SCAN), ROLLUP: (2, GROUP)}
MOST_MB = 1000
MOST_BEND = 1.5
MB_KIB = 1_000_000 / 1024
MILLION = 1_000_000


@dataclass(frozen=True)
class Measured:
    """What one size took.

    Args:
        made: Its size.
        seconds: CPU by work, best of the rounds.
        bills: What came out, by work.
    """

    made: Made
    seconds: dict[str, float]
    bills: dict[str, Bills]


def main() -> int:
    """Make the months, measure, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=30_000_000, help="rows of usage")
    parser.add_argument(
        "--rounds", type=int, default=3, help="of which the best counts"
    )
    parser.add_argument("--lakes", type=Path, help="use this folder, and keep it")
    parser.add_argument("--hold", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.hold:
        return hold(given.hold[0], Path(given.hold[1]))
    broken: list[str] = []
    sizes: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="ter-settlement-") as folder:
        for rows in sizes_to(given.rows):
            root = (given.lakes or Path(folder)) / str(rows)
            sizes.append(measure(root, rows, given.rounds))
            broken += report(sizes[-1]) + compare(root, sizes[-1])
        broken += measure_memory(root)
        report_peers(root, sizes[-1].bills[STRAIGHT])
    broken += report_growth(sizes)
    for limit in broken:
        print(f"  BROKEN {limit}")
    return EXIT_FOUND if broken else EXIT_OK


def sizes_to(rows: int) -> list[int]:
    """Give the sizes up to one, each ten times the one before.

    >>> sizes_to(30_000_000)
    [3000000, 30000000]
    """
    sizes = [rows]
    while sizes[0] // 10 >= LEAST_ROWS:
        sizes.insert(0, sizes[0] // 10)
    return sizes


def measure(root: Path, rows: int, rounds: int) -> Measured:
    """Make a month, and run everybody in turns; keep the best of each."""
    made = make_lake(root, meters_of(rows))
    best: dict[str, float] = {}
    bills: dict[str, Bills] = {}
    for _ in range(rounds):
        for name, work in WORKS.items():
            seconds, found = _timed(work(root))
            best[name] = min(best.get(name, seconds), seconds)
            if found:
                bills[name] = found
    return Measured(made, best, bills)


def report(of: Measured) -> list[str]:
    """Print what was measured; name the limits that were broken."""
    made, seconds = of.made, of.seconds
    print(f"{made.rows} quarter-hours of {made.meters} meters, {made.hours} hours")
    for name, spent in seconds.items():
        print(
            f"  {name:<26}{spent:8.2f} CPU s{spent / seconds[SCAN]:7.2f} x scan"
            f"{spent / seconds[GROUP]:7.2f} x group"
            f"{made.rows / spent / MILLION:8.1f} M rows/s"
        )
    print(
        f"  making the hours, once a day: {made.settling_seconds:.2f} CPU s to settle, "
        f"{made.storing_seconds:.2f} CPU s to store"
    )
    return [
        f"{made.rows} rows, {name}: over {most} x {least}"
        for name, (most, least) in MOST_TIMES.items()
        if seconds[name] > most * seconds[least] and made.rows >= LEAST_ROWS_TO_JUDGE
    ]


def compare(root: Path, of: Measured) -> list[str]:
    """Hold every bill against whole numbers; name the works that differ."""
    expected = whole_number_bills(root)
    differing = [name for name, bills in of.bills.items() if bills != expected]
    print(f"  {len(expected)} meters' bills held against whole numbers, each way")
    return [f"{of.made.rows} rows, {name}: a bill differs" for name in differing]


def measure_memory(root: Path) -> list[str]:
    """Do each work in a process of its own; name those that held too much."""
    broken = []
    for name in (STRAIGHT, ROLLUP, MONTHLY):
        command = [sys.executable, "-m", "benchmarks.settlement", "--hold", name]
        done = subprocess.run(  # noqa: S603 - ourselves
            [*command, str(root)], check=True, capture_output=True, text=True
        )
        peak_mb = round(int(done.stdout) / MB_KIB)
        print(f"  {name:<26}{peak_mb:8} MB, where DuckDB may take {MEMORY_MB}")
        if peak_mb > MOST_MB:
            broken.append(f"{name}: over {MOST_MB} MB")
    return broken


def hold(name: str, root: Path) -> int:
    """Do one work; print the most that was held, KiB."""
    for _ in WORKS[name](root):
        pass
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(status.partition("VmHWM:")[2].split()[0])
    return EXIT_OK


def report_peers(root: Path, bills: Bills) -> None:
    """Let others bill a few of the meters; print bills a CPU second."""
    series = some_series(root, bills)
    of_decimals, speed = decimal_bills(series)
    ours = {name: (bills[name].import_nano, bills[name].export_nano) for name in series}
    told = "the same" if of_decimals == ours else "NOT THE SAME"
    print(f"  plain Decimals, {len(series)} meters: {speed:.0f} bills/s, {told}")
    if (of_pysam := pysam_bills(series)) is None:
        print("  PySAM is not installed: pip install -c constraints.txt nrel-pysam")
    else:
        print(
            f"  PySAM Utilityrate5: {of_pysam[0]:.0f} bills/s, within "
            f"{of_pysam[1]:.0e} of the exact amount"
        )


def report_growth(sizes: Sequence[Measured]) -> list[str]:
    """Print how CPU grows with the rows; name what bends."""
    broken = []
    print("ns of CPU a row, and bills a CPU second")
    for name in (SCAN, GROUP, STRAIGHT, ROLLUP, MONTHLY):
        per_row = [each.seconds[name] / each.made.rows * 1e9 for each in sizes]
        speeds = [each.made.meters / each.seconds[name] for each in sizes]
        print(f"  {name:<26}{_told(per_row, '.1f')} ns{_told(speeds, '.0f')} bills/s")
        judged = [
            each
            for each, size in zip(per_row, sizes, strict=True)
            if size.made.rows >= LEAST_ROWS_TO_JUDGE
        ]
        if judged and judged[-1] > MOST_BEND * judged[0]:
            broken.append(f"{name}: {MOST_BEND} x the CPU a row of a smaller month")
    return broken


def _timed(parts: Iterator[Lines]) -> tuple[float, Bills]:
    """Do a work part by part; what keeping its bills takes does not count."""
    spent, bills = 0.0, Bills()
    while True:
        began = time.process_time()
        part = next(parts, None)
        spent += time.process_time() - began
        if part is None:
            return spent, bills
        bills |= bills_of(part)


def _told(values: Sequence[Any], form: str) -> str:
    return "".join(f"{value:>10{form}}" for value in values)


if __name__ == "__main__":
    sys.exit(main())
