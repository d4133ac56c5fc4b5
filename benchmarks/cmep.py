"""`python -m benchmarks.cmep`: write and read a month of CMEP files.

Meters with a month of hours, the same every time, are written by what the pipeline
writes with (`find_unsendable`, then `write_batch`), and by Python's csv module from the
same columns; the bytes must be equal. Beside it stands the csv module alone, handed
fields that are text already. Then the file is put on the disk as the lake does, beside
the disk's own speed, and read back by `scan_file`, by the reader of partners' files,
and by polars splitting lines at commas and nothing more. CPU seconds are the best of
several rounds, taken in turns, but one for the slow csv module; seconds by the clock
stand beside them.

Exit codes: 0 fine, 1 a limit was broken or bytes differ.
"""

import argparse
import csv
import io
import itertools
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.formats.cmep import (
    KWH,
    SAID,
    CmepLine,
    Days,
    Message,
    Meters,
    find_unsendable,
    read_lines,
    scan_file,
    write_batch,
)
from ter_pipelines.store.durable import put_pieces
from ter_pipelines.vocab.clock import days_of_month, interval_starts_utc
from ter_pipelines.vocab.cmep_out import CmepOut
from tests.formats.plain_cmep import Hour, records_of_meter, write_records

EXIT_OK, EXIT_FOUND = 0, 1
MB = 1_000_000
ROUNDS = 7
LEAST_TIMES_CSV = 5
LEAST_MB_PER_SECOND = 100
MADE_AT = datetime(2025, 12, 3, 11, tzinfo=UTC)
OPENING = (Decimal("1234.500000"), Decimal("88.250000"))
MESSAGE = Message("NHEC", "NISCMDM", "OK", MADE_AT)
PROFILE = CmepOut()
DAYS = Days(
    [
        interval_starts_utc(day, ZoneInfo("America/New_York"))
        for day in days_of_month("2025-11")
    ]
)
OURS, PLAIN, CSV_ALONE = "ours", "csv module", "csv module, fields ready"
Work = Callable[[], object]


@dataclass(frozen=True)
class Taken:
    """CPU seconds and seconds by the clock of the best round."""

    cpu: float
    clock: float


def main() -> int:
    """Make the meters, write, read and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meters", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    given = parser.parse_args()
    meters = make_meters(given.meters)
    body = write(meters)
    print(f"{given.meters} meters, November 2025: {len(body) / MB:.1f} MB")
    broken = measure_writing(meters, body)
    with tempfile.TemporaryDirectory(prefix="ter-cmep-", dir=given.folder) as folder:
        broken += measure_disk(meters, body, Path(folder))
    measure_reading(body)
    for limit in broken:
        print(f"  BROKEN {limit}")
    return EXIT_FOUND if broken else EXIT_OK


def make_meters(count: int) -> Meters:
    """Make meters that take and give, in watt-hours, four hours in five."""
    chance = random.Random(1)  # noqa: S311 - not for secrets
    ids = pl.DataFrame({"meter_id": [f"M{number:07d}" for number in range(count)]})
    hours = ids.join(
        DAYS.frame().select("interval_start_utc"),
        how="cross",
        maintain_order="left_right",
    )
    wh = [
        chance.randrange(1, 4000) if chance.random() < 4 / 5 else 0
        for _ in range(hours.height)
    ]
    energy = pl.Series(wh).cast(pl.Decimal(18, 0)).cast(KWH) * Decimal("0.001")
    energy = energy.cast(pl.Decimal(18, 6))
    openings = ids.with_columns(
        pl.lit(OPENING[0]).cast(KWH).alias("import_kwh"),
        pl.lit(OPENING[1]).cast(KWH).alias("export_kwh"),
    )
    hours = hours.with_columns(
        energy.alias("import_kwh"),
        energy.reverse().alias("export_kwh"),
        pl.lit(3600, pl.Int32).alias("heard_seconds"),
        pl.lit(0, pl.Int32).alias("missing_seconds"),
        pl.lit("").alias("quality"),
    )
    return Meters(openings, hours, SAID.to_frame())


def write(meters: Meters) -> bytes:
    """Write as the pipeline does: look for what cannot be sent, then write."""
    if find_unsendable(meters, DAYS, PROFILE):
        raise AssertionError("every meter can be sent")
    return write_batch(meters, DAYS, MESSAGE, PROFILE)


def write_plainly(meters: Meters) -> bytes:
    """Write the same with the csv module, value by value."""
    rows = meters.hours.select(
        "meter_id", "interval_start_utc", "import_kwh", "export_kwh"
    ).iter_rows()
    records = [
        record
        for meter_id, of_meter in itertools.groupby(rows, key=lambda row: row[0])
        for record in records_of_meter(
            meter_id,
            {start: Hour(taken, given) for _, start, taken, given in of_meter},
            DAYS.starts,
            OPENING,
        )
    ]
    return write_records(records, made_at_utc=MADE_AT)


def write_fields(lines: list[list[str]]) -> int:
    """Write fields that are text already with the csv module."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return len(text.getvalue().encode("ascii"))


def measure_writing(meters: Meters, body: bytes) -> list[str]:
    """Write in turns, print, and hold the bytes and the speeds against each other."""
    broken = []
    plain: list[bytes] = []
    taken = in_turns({PLAIN: lambda: plain.append(write_plainly(meters))}, rounds=1)
    if plain != [body]:
        broken.append("ours and the csv module's bytes differ")
    lines = [line.split(",") for line in body.decode("ascii").split("\r\n")[:-1]]
    taken |= in_turns(
        {OURS: lambda: write(meters), CSV_ALONE: lambda: write_fields(lines)}
    )
    print("writing, from columns to bytes:")
    for name, found in taken.items():
        ratio = found.cpu / taken[OURS].cpu
        print(f"  {name:<28}{_speed(body, found)}{ratio:8.1f} x the CPU of ours")
    if taken[PLAIN].cpu < LEAST_TIMES_CSV * taken[OURS].cpu:
        broken.append(f"ours is not {LEAST_TIMES_CSV} x the csv module")
    if len(body) / MB / taken[OURS].cpu < LEAST_MB_PER_SECOND:
        broken.append(f"ours writes under {LEAST_MB_PER_SECOND} MB a CPU second")
    return broken


def measure_disk(meters: Meters, body: bytes, folder: Path) -> list[str]:
    """Write the file as the lake does, beside the same bytes written and fsynced."""
    numbers = itertools.count()

    def ours() -> int:
        path = folder / f"{next(numbers)}.dat"
        written = put_pieces(path, (write(meters) for _ in range(1)))
        path.unlink()
        return written.size_bytes

    def bare() -> int:
        path = folder / f"{next(numbers)}.dat"
        with path.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        return len(body)

    taken = in_turns({"ours, hashed, fsynced, named": ours, "write and fsync": bare})
    print("on the disk:")
    for name, found in taken.items():
        print(f"  {name:<28}{_speed(body, found)}")
    return []


def measure_reading(body: bytes) -> None:
    """Read back in turns; print million values a CPU second."""
    values = sum(piece.height for piece in scan_file(io.BytesIO(body), UTC))
    few = body[: body.index(b"\r\n", len(body) // 20) + 2]
    some = sum(piece.height for piece in scan_file(io.BytesIO(few), UTC))

    def scan() -> int:
        return sum(piece.height for piece in scan_file(io.BytesIO(body), UTC))

    def split() -> int:
        lines = pl.read_csv(
            body,
            has_header=False,
            separator="\n",
            new_columns=["line"],
            quote_char=None,
        )
        return lines.select(pl.col("line").str.split(",")).explode("line").height

    def reader() -> int:
        items: Iterator[object] = read_lines(io.BytesIO(few))
        lines = (item for item in items if isinstance(item, CmepLine))
        return sum(len(line.record.readings) for line in lines)

    taken = in_turns({"ours": scan, "polars, split at commas": split})
    taken |= in_turns({"reader of partners' files": reader})
    print(f"reading {values / MB:.2f} million values:")
    for name, found in taken.items():
        read = some if name.startswith("reader") else values
        print(f"  {name:<28}{read / MB / found.cpu:8.2f} million values a CPU second")


def in_turns(works: Mapping[str, Work], rounds: int = ROUNDS) -> dict[str, Taken]:
    """Do each piece of work a few times, in turns; give the best of each."""
    best: dict[str, Taken] = {}
    for _ in range(rounds):
        for name, work in works.items():
            cpu, clock = time.process_time(), time.perf_counter()
            work()
            taken = Taken(time.process_time() - cpu, time.perf_counter() - clock)
            best[name] = min(best.get(name, taken), taken, key=lambda found: found.cpu)
    return best


def _speed(body: bytes, taken: Taken) -> str:
    size = len(body) / MB
    return (
        f"{size / taken.cpu:8.0f} MB/CPU s{size / taken.clock:8.0f} MB/s by the clock"
    )


if __name__ == "__main__":
    sys.exit(main())
