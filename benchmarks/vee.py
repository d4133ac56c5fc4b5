"""`python -m benchmarks.vee`: every rule and every estimate over a month of usage.

A month of quarter-hours is made in a temporary folder, the same every time, with gaps
and faults. Then, in turns: reading the rows, a day after the other, as anything in the
lake is read; decoding their columns without keeping a value, the least there is; and
all rules and all estimates: what sets decide, and what the rules of single channels do
with the rest. CPU seconds are the best of the rounds. Memory is the most that a process
ever held which did nothing else. At last channels with every kind of fault and gap, and
some without, are judged and estimated by the rules of single channels alone: states,
rules, energies, methods and what they rest on must be the same.

Exit codes: 0 fine, 1 a limit was broken or a result differs.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.vee_compare import find_differences
from benchmarks.vee_data import DAYS, Made, make_lake, meters_of
from benchmarks.vee_month import Outcome, rules_of, validate_month
from ter_pipelines.store.engine import connect, view_sql
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables

EXIT_OK, EXIT_FOUND = 0, 1
ROUNDS = 3
MOST_TIMES_READING = 6
MOST_MB = 1000
MB_KIB = 1_000_000 / 1024
OF_A_KIND = 4
# With fewer, what starting a query costs weighs more than the rows.
LEAST_ROWS_TO_JUDGE = 10_000_000
_USED = (
    "meter_id", "ven_id", "device_id", "direction", "interval_start_utc",
    "duration_seconds", "energy_kwh", "quality", "marks", "version", "received_at",
)  # fmt: skip
READING, DECODING, OURS = "reading the rows", "decoding, nothing kept", "all of VEE"


@dataclass(frozen=True)
class Round:
    """CPU seconds of each work, and what ours gave."""

    seconds: dict[str, float]
    outcome: Outcome


def main() -> int:
    """Make the month, measure, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=30_000_000, help="rows of usage")
    parser.add_argument("--lake", type=Path, help="use this folder, and keep it")
    parser.add_argument("--hold", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.hold:
        return hold(given.hold)
    with tempfile.TemporaryDirectory(prefix="ter-vee-") as folder:
        root = given.lake or Path(folder)
        made = make_lake(root, meters_of(given.rows))
        print(
            f"{made.rows} rows of {meters_of(given.rows)} meters, {made.missing} "
            f"missing, {sum(map(len, made.faulty.values()))} faults"
        )
        peak_mb = measure_memory(root)
        best = measure(root)
        broken = report(best, peak_mb, made.rows)
        broken += compare(Lake(root), best.outcome, made)
    for limit in broken:
        print(f"  BROKEN {limit}")
    return EXIT_FOUND if broken else EXIT_OK


def read(root: Path) -> None:
    """Read the rows, a day after the other."""
    lake = Lake(root)
    for day in DAYS:
        lake.read(tables.INTERVAL_USAGE, [day])


def decode(root: Path) -> None:
    """Decode the columns that VEE uses; keep no value."""
    usage = tables.INTERVAL_USAGE
    counts = ", ".join(f"count({column})" for column in _USED)
    views = {usage: view_sql(usage, root, has_files=True)}
    with connect(":memory:", views) as connection:
        usage_of_all = connection.table("core.interval_usage")
        usage_of_all.aggregate(counts).fetchall()


def validate(root: Path) -> Outcome:
    """Do all of VEE."""
    lake = Lake(root)
    return validate_month(lake, rules_of(lake), DAYS)


def measure(root: Path) -> Round:
    """Run everybody in turns; keep the best of each."""
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, work in ((READING, read), (DECODING, decode)):
            seconds = _timed(work, root)[0]
            best[name] = min(best.get(name, seconds), seconds)
        seconds, outcome = _timed(validate, root)
        best[OURS] = min(best.get(OURS, seconds), seconds)
    return Round(best, outcome)


def report(best: Round, peak_mb: int, rows: int) -> list[str]:
    """Print what was measured; name the limits that were broken."""
    reading, decoding = best.seconds[READING], best.seconds[DECODING]
    for name, seconds in best.seconds.items():
        print(
            f"  {name:<24}{seconds:7.2f} CPU s{seconds / reading:7.2f} x reading"
            f"{seconds / decoding:7.2f} x decoding"
        )
    passed = best.outcome.passed
    verdicts = passed.survey.days.group_by("verdict").len().sort("verdict").rows()
    told = ", ".join(f"{count} {verdict}" for verdict, count in verdicts)
    print(f"  channels' days: {told}; {len(best.outcome.judged)} for the rules alone")
    by_method = passed.estimates.made.group_by("method").len().sort("method").rows()
    told = ", ".join(f"{count} {method}" for method, count in by_method)
    print(f"  estimated by sets: {told}; {best.outcome.notes.height} notes")
    print(f"  peak memory {peak_mb} MB")
    broken = []
    is_slow = best.seconds[OURS] > MOST_TIMES_READING * reading
    if is_slow and rows >= LEAST_ROWS_TO_JUDGE:
        broken.append(f"over {MOST_TIMES_READING} x the CPU of reading the rows")
    if peak_mb > MOST_MB:
        broken.append(f"over {MOST_MB} MB")
    return broken


def compare(lake: Lake, outcome: Outcome, made: Made) -> list[str]:
    """Compare channels of every kind with what the rules alone make of them."""
    kinds = {**made.faulty, "long gap": made.with_long_gaps, "any": made.some}
    names = {name for of_kind in kinds.values() for name in of_kind[:OF_A_KIND]}
    differing = find_differences(lake, outcome, rules_of(lake), names)
    print(f"  {len(names)} meters compared with the rules alone, of {len(kinds)} kinds")
    missing = outcome.passed.survey.holes.height
    print(f"  {missing} of {made.missing} missing intervals seen as gaps by sets")
    return differing


def measure_memory(root: Path) -> int:
    """Do all of VEE in a process of its own; give the most it held, MB."""
    command = [sys.executable, "-m", "benchmarks.vee", "--hold", str(root)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
    return round(int(done.stdout) / MB_KIB)


def hold(root: Path) -> int:
    """Do all of VEE; print the most that was held, KiB."""
    validate(root)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return EXIT_OK


def _timed(work: Callable[[Path], Any], root: Path) -> tuple[float, Any]:
    began = time.process_time()
    result = work(root)
    return time.process_time() - began, result


if __name__ == "__main__":
    sys.exit(main())
