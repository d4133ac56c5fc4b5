"""A month of quarter-hours of many meters, with gaps and faults, as a lake holds it.

March 2026 in New York, whose 8th has 23 hours. The same every time: what is missing and
what is wrong is drawn with a fixed seed, in proportion to the number of meters.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.store.frames import schema_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, day_span, days_between
from ter_pipelines.vocab.table import Table

ZONE = ZoneInfo("America/New_York")
DAYS = days_between(date(2026, 3, 1), date(2026, 3, 31))
STEP = 900
FULL_METERS = 10_080
MISSING_OF_FULL = 68_681
LONG_GAPS_OF_FULL = 250
LONG_GAP = (48, 192)
SHORT_GAP = (1, 8)
FAULTS_OF_FULL = 4
REGISTER_EVERY = 20
SOME = 20
KINDS = (
    "spike", "beyond_limit", "negative", "double", "suspect_quality", "test_mode",
    "overflow", "outage", "off_the_grid", "wrong_length", "sum_check",
)  # fmt: skip
NOTED_KINDS = ("zero_day", "low_day")
_BEGIN = day_span(DAYS[0], ZONE).start_utc
_SLOTS = (day_span(DAYS[-1], ZONE).end_utc - _BEGIN) // timedelta(seconds=STEP)
_STARTS = [(day_span(day, ZONE).start_utc - _BEGIN) // timedelta(seconds=STEP)
           for day in [*DAYS, DAYS[-1] + DAY]]  # fmt: skip


@dataclass(frozen=True)
class Made:
    """What was made.

    Args:
        rows: Rows of usage.
        missing: Intervals that are not there.
        faulty: Meters by the kind of what is wrong with one of their days.
        with_long_gaps: Meters with a gap of half a day or more.
        some: Other meters, and some with a register.
    """

    rows: int
    missing: int
    faulty: dict[str, list[str]]
    with_long_gaps: list[str]
    some: list[str]


def meters_of(rows: int) -> int:
    """Give how many meters have about so many rows in the month."""
    return max(rows // _SLOTS, 40)


def make_lake(root: Path, meters: int) -> Made:
    """Write usage, register readings and the meter mapping."""
    lake = Lake(root)
    draw = random.Random(20260301)  # noqa: S311 - the same every time, not a secret
    gaps, long_gaps = _draw_gaps(draw, meters)
    faults = _draw_faults(draw, meters)
    lake.replace(tables.METER_MAPPING, "", _mapping(meters))
    dial = pl.DataFrame({"m": range(0, meters, REGISTER_EVERY)}, schema={"m": pl.Int64})
    dial = dial.with_columns(dial=pl.col("m") * 1_000_000_000)
    rows = 0
    for i, day in enumerate(DAYS):
        told = _told(i, meters)
        lake.replace(tables.REGISTER_READING, day, _readings(dial, day))
        dial = _counted(dial, told, faults, i)
        kept = told.join(gaps, on=["m", "slot"], how="anti")
        spoiled = _spoiled(kept, [fault for fault in faults if fault[2] == i])
        rows += lake.replace(tables.INTERVAL_USAGE, day, _usage(spoiled, day)).rows
    end = DAYS[-1] + DAY
    lake.replace(tables.REGISTER_READING, end, _readings(dial, end))
    by_kind: dict[str, list[str]] = {}
    for kind, meter, _, _ in faults:
        by_kind.setdefault(kind, []).append(name_of(meter))
    some = [name_of(m * meters // SOME) for m in range(SOME)]
    return Made(rows, gaps.height, by_kind, [name_of(m) for m in long_gaps], some)


def name_of(meter: int) -> str:
    """Give the name of a meter."""
    return f"MTR{1_000_000 + meter}"


Fault = tuple[str, int, int, int]  # kind, meter, day, interval of the day


def _draw_gaps(draw: random.Random, meters: int) -> tuple[pl.DataFrame, list[int]]:
    """Draw what is missing: long gaps first, short ones until it is enough."""
    wanted = MISSING_OF_FULL * meters // FULL_METERS
    missing: set[tuple[int, int]] = set()
    long_gaps = []
    for _ in range(max(LONG_GAPS_OF_FULL * meters // FULL_METERS, 2)):
        long_gaps.append(draw.randrange(meters))
        missing.update(_gap(draw, long_gaps[-1], LONG_GAP))
    while len(missing) < wanted:
        missing.update(_gap(draw, draw.randrange(meters), SHORT_GAP))
    listed = sorted(missing)
    frame = pl.DataFrame(listed, schema={"m": pl.Int64, "slot": pl.Int64}, orient="row")
    return frame, long_gaps


def _gap(
    draw: random.Random, meter: int, lengths: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    """Draw one gap of a meter."""
    first = draw.randrange(_SLOTS)
    last = min(first + draw.randint(*lengths), _SLOTS)
    return ((meter, slot) for slot in range(first, last))


def _draw_faults(draw: random.Random, meters: int) -> list[Fault]:
    """Draw what is wrong; sums are only checked where there is a register."""
    faults = []
    for kind in (*KINDS, *NOTED_KINDS):
        for _ in range(max(FAULTS_OF_FULL * meters // FULL_METERS, 1)):
            meter = draw.randrange(meters)
            if kind == "sum_check":
                meter -= meter % REGISTER_EVERY
            faults.append((kind, meter, draw.randrange(len(DAYS)), draw.randrange(90)))
    return faults


def _mapping(meters: int) -> pl.DataFrame:
    names = [name_of(meter) for meter in range(meters)]
    return pl.DataFrame({"meter_id": names, "device_id": names}).with_columns(
        ven_id=pl.lit("cmep"),
        valid_from=pl.lit(datetime(2026, 1, 1, tzinfo=UTC)),
        valid_to=pl.lit(None, pl.Datetime("us", "UTC")),
        submission_id=pl.lit(1, pl.Int64),
    )


def _told(day: int, meters: int) -> pl.DataFrame:
    """Give a day's energy, Wh, of every meter: a shape, a size and noise."""
    slots = range(_STARTS[day], _STARTS[day + 1])
    grid = pl.DataFrame({"m": range(meters)}, schema={"m": pl.Int64}).join(
        pl.DataFrame({"slot": slots}, schema={"slot": pl.Int64}), how="cross"
    )
    clock = (pl.col("slot") - _STARTS[day]) % 96
    shape = (
        40 + (clock - 30).abs().clip(0, 12) * 2 + (12 - (clock - 76).abs()).clip(0) * 8
    )
    noise = (pl.col("m") * 100_003 + pl.col("slot")).hash(seed=7) % 40
    size = (pl.col("m") * 7919) % 60 + 5
    return grid.with_columns(
        wh=shape.cast(pl.Int64) * size // 20 + noise.cast(pl.Int64)
    )


def _counted(
    dial: pl.DataFrame, told: pl.DataFrame, faults: list[Fault], day: int
) -> pl.DataFrame:
    """Move the dials on by what was used, and by more where a sum is to differ."""
    used = told.join(dial, on="m", how="semi").group_by("m").agg(pl.col("wh").sum())
    wrong = [m for kind, m, on, _ in faults if kind == "sum_check" and on == day]
    more = pl.when(pl.col("m").is_in(wrong)).then(700).otherwise(0)
    return dial.join(used, on="m").select("m", pl.col("dial") + pl.col("wh") + more)


def _readings(dial: pl.DataFrame, day: date) -> pl.DataFrame:
    at = day_span(day, ZONE).start_utc
    name = pl.format("MTR{}", pl.col("m") + 1_000_000)
    return _typed(
        tables.REGISTER_READING,
        dial.with_columns(
            meter_id=name,
            ven_id=pl.lit("cmep"),
            device_id=name,
            direction=pl.lit("delivered"),
            read_at=pl.lit(at),
            reading_kwh=_kwh(pl.col("dial")),
            step_kwh=_kwh(pl.lit(1, pl.Int64)),
            event=pl.lit(""),
            source=pl.lit("cmep"),
            source_reference=pl.lit("dial"),
            received_at=pl.lit(at + timedelta(hours=5)),
        ),
    )


def _spoiled(rows: pl.DataFrame, faults: list[Fault]) -> pl.DataFrame:
    """Put a day's faults in."""
    found = rows.with_columns(
        seconds=pl.lit(STEP, pl.Int32),
        late=pl.lit(0, pl.Int64),
        quality=pl.lit("RAW"),
        marks=pl.lit(""),
    )
    for kind, meter, day, at in faults:
        slot = _STARTS[day] + at
        found = _with_fault(found, kind, meter, slot)
    return found


def _with_fault(rows: pl.DataFrame, kind: str, meter: int, slot: int) -> pl.DataFrame:
    is_meter = pl.col("m") == meter
    here = is_meter & (pl.col("slot") == slot)
    changes: dict[str, dict[str, Any]] = {
        "spike": {"wh": 6_000},
        "beyond_limit": {"wh": 9_000},
        "negative": {"wh": -100},
        "suspect_quality": {"quality": "SUSPECT"},
        "test_mode": {"marks": "TEST_MODE"},
        "overflow": {"marks": "OVERFLOW"},
        "outage": {"marks": "OUTAGE"},
        "off_the_grid": {"late": 60},
        "wrong_length": {"seconds": 600},
        "zero_day": {"wh": 0},
        "low_day": {"wh": pl.col("wh") // 5},
    }
    where = is_meter if kind in NOTED_KINDS else here
    if kind == "double":
        twice = rows.filter(here).with_columns(wh=pl.col("wh") + 5)
        return pl.concat([rows, twice])
    return rows.with_columns(
        pl.when(where).then(value if isinstance(value, pl.Expr) else pl.lit(value))
        .otherwise(pl.col(name)).cast(rows.schema[name]).alias(name)
        for name, value in changes.get(kind, {}).items()
    )  # fmt: skip


def _usage(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    name = pl.format("MTR{}", pl.col("m") + 1_000_000)
    seconds = pl.col("slot") * STEP + pl.col("late")
    return _typed(
        tables.INTERVAL_USAGE,
        rows.with_columns(
            meter_id=name,
            ven_id=pl.lit("cmep"),
            device_id=name,
            direction=pl.lit("delivered"),
            interval_start_utc=pl.lit(_BEGIN) + pl.duration(seconds=seconds),
            duration_seconds=pl.col("seconds"),
            energy_kwh=_kwh(pl.col("wh")),
            version=pl.lit(1, pl.Int32),
            source=pl.lit("cmep"),
            source_reference=pl.format("file {} line {}", pl.lit(f"{day}"), "m"),
            received_at=pl.lit(day_span(day, ZONE).end_utc + timedelta(hours=5)),
        ),
    )


def _kwh(wh: pl.Expr) -> pl.Expr:
    one = pl.lit("0.001").str.to_decimal(scale=6)
    return wh.cast(pl.Decimal(18, 0)) * one


def _typed(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.col(n).cast(t) for n, t in schema_of(table).items())
