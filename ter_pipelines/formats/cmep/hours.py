"""What a CMEP file says of meters, as columns: hours and registers, not yet text.

Registers are derived, never kept: the opening stands at a day's start, the closing is
the opening plus the day's energy, so a repeat counts nothing twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.vocab.clock import HOUR
from ter_pipelines.vocab.cmep_out import CmepOut
from ter_pipelines.vocab.units import ENERGY_PLACES

KWH = pl.Decimal(38, ENERGY_PLACES)
VALID, ADJUSTED, ESTIMATED, RAW, MISSING = range(5)
DIRECTIONS = ("KWH", "GKWH")
SAID = pl.Schema(
    {
        "meter_id": pl.String(),
        "units": pl.String(),
        "end_utc": pl.Datetime("us", "UTC"),
        "flag": pl.String(),
        "value": KWH,
    }
)

_INSTANT = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Days:
    """Local days that follow each other.

    Args:
        starts: The starts of the hours of each day, UTC.
        settled: Those of them that were settled: a meter of which nothing is known then
            was not in service.
    """

    starts: Sequence[Sequence[datetime]]
    settled: frozenset[datetime] = frozenset()

    @property
    def hours(self) -> int:
        """Count the hours of all days."""
        return sum(len(day) for day in self.starts)

    def frame(self) -> pl.DataFrame:
        """Give a row an hour: its day, its place in it, its start and its end."""
        rows = [
            (number, place, start, start + HOUR)
            for number, day in enumerate(self.starts)
            for place, start in enumerate(day)
        ]
        schema = {
            "day": pl.Int32(),
            "place": pl.Int32(),
            "interval_start_utc": _INSTANT,
            "end_utc": _INSTANT,
        }
        return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True)
class Meters:
    """What is known of some meters.

    Args:
        openings: A row a meter in the order of the file: `meter_id`, and its registers
            at the first hour, `import_kwh` and `export_kwh`.
        hours: Settled hours of these meters: `meter_id`, `interval_start_utc`,
            `import_kwh`, `export_kwh`, `heard_seconds`, `missing_seconds`, `quality`.
        earlier: What earlier versions of the file said (`SAID`), newest only.
    """

    openings: pl.DataFrame
    hours: pl.DataFrame
    earlier: pl.DataFrame

    def of(self, first: int, count: int) -> "Meters":
        """Give some of the meters, with what is known of them."""
        openings = self.openings.slice(first, count)
        few = openings.select("meter_id")
        return Meters(
            openings,
            self.hours.join(few, on="meter_id", how="semi"),
            self.earlier.join(few, on="meter_id", how="semi"),
        )


def hours_of(meters: Meters, days: Days, profile: CmepOut) -> pl.DataFrame:
    """Give the hours that each meter was in service, or that may yet be settled.

    A validated hour is VALID, one of estimates or adjusted values is what they are; one
    that was heard in part is RAW, one that was not heard is MISSING and has no energy.
    A valid hour that was sent with other energy before is ADJUSTED, and stays so.

    Args:
        meters: The meters.
        days: The days.
        profile: With the flag of an adjusted value in earlier versions, and the zone.

    Returns:
        `meter`, its number in the file, `day`, `place`, `end_utc`, `state`, and the
        energies `KWH` and `GKWH`.
    """
    heard = pl.col("heard_seconds").fill_null(0) > 0
    quality = pl.col("quality")
    hours = _hours_told(meters, days, profile.zone).select(
        "meter_id", "meter", "day", "place", "end_utc",
        pl.when(~heard).then(pl.lit(MISSING, pl.UInt8))
        .when(pl.col("missing_seconds") > 0).then(pl.lit(RAW, pl.UInt8))
        .when(quality == "E").then(pl.lit(ESTIMATED, pl.UInt8))
        .when(quality == "A").then(pl.lit(ADJUSTED, pl.UInt8))
        .otherwise(pl.lit(VALID, pl.UInt8)).alias("state"),
        pl.when(heard).then(pl.col("import_kwh").cast(KWH)).alias("KWH"),
        pl.when(heard).then(pl.col("export_kwh").cast(KWH)).alias("GKWH"),
    )  # fmt: skip
    return _marked(hours, meters.earlier, profile.flags.adjusted, suffix="")


def registers_of(
    hours: pl.DataFrame, meters: Meters, adjusted: str, *, has_opening: bool
) -> pl.DataFrame:
    """Give the registers of every day: its closing, and its opening if wanted.

    They stand at both ends of the hours that are told of a day, with the worst state of
    these. A missing hour is estimated there: the register knows only what was heard.

    Returns:
        As `hours_of`; `place` 0 is the opening, 1 the closing.
    """
    rank = pl.col("state").replace({MISSING: ESTIMATED}).max()
    days = (
        hours.group_by("meter", "day", maintain_order=True)
        .agg(
            *(pl.col(units).fill_null(0).sum().cast(KWH) for units in DIRECTIONS),
            rank.alias("state"),
            pl.col("end_utc").min().alias("first"),
            pl.col("end_utc").max().alias("last"),
        )
        .with_columns(pl.lit(meters.openings["meter_id"]).gather("meter"))
    )
    grown = days.with_columns(
        pl.col(units).cum_sum().over("meter") + pl.lit(opened.cast(KWH)).gather("meter")
        for units, opened in zip(
            DIRECTIONS, meters.openings["import_kwh", "export_kwh"], strict=True
        )
    )
    kept = ("meter_id", "meter", "day", "state")
    closing = grown.select(*kept, pl.col("last").alias("end_utc"), *DIRECTIONS)
    parts = [closing.with_columns(pl.lit(1, pl.Int32).alias("place"))]
    if has_opening:
        opening = grown.select(
            *kept,
            (pl.col("first") - HOUR).alias("end_utc"),
            *(pl.col(u) - days[u] for u in DIRECTIONS),
        )
        parts.insert(0, opening.with_columns(pl.lit(0, pl.Int32).alias("place")))
    both = pl.concat(parts).sort("meter", "day", "place")
    return _marked(both, meters.earlier, adjusted, suffix="REG")


def _hours_told(meters: Meters, days: Days, zone: ZoneInfo | None) -> pl.DataFrame:
    """Give a row for every hour that is told of each meter, with what was settled.

    An hour that was settled without the meter is none of it. It is told as missing
    where an earlier version of the file told something of it, and where its local time
    is repeated by an hour of the meter, which would be taken for it.
    """
    numbered = meters.openings.select("meter_id").with_row_index("meter")
    grid = numbered.join(days.frame(), how="cross", maintain_order="left_right")
    keys = ["meter_id", "interval_start_utc"]
    if grid.height == meters.hours.height and grid[keys].equals(meters.hours[keys]):
        return grid.hstack(meters.hours.drop(keys))
    known = grid.join(
        meters.hours, on=keys, how="left", maintain_order="left", validate="m:1"
    )
    told = meters.earlier.filter(pl.col("units") == DIRECTIONS[0])
    told = told.select("meter_id", "end_utc", is_told=pl.lit(value=True)).unique()
    known = known.join(
        told, on=["meter_id", "end_utc"], how="left", maintain_order="left"
    )
    settled = pl.Series(sorted(days.settled), dtype=_INSTANT)
    is_gone = (
        pl.col("heard_seconds").is_null()
        & pl.col("is_told").is_null()
        & pl.col("interval_start_utc").is_in(settled.implode())
    )
    return known.filter(~is_gone | _is_repeated(is_gone, zone))


def _is_repeated(is_gone: pl.Expr, zone: ZoneInfo | None) -> pl.Expr:
    """Tell whether an hour's local end is that of the next, which is not gone."""
    if zone is None:
        return pl.lit(value=False)
    local = pl.col("end_utc").dt.convert_time_zone(str(zone)).dt.replace_time_zone(None)
    is_same = (local == local.shift(-1)) & ~is_gone.shift(-1)
    return is_same.over("meter").fill_null(value=False)


def _marked(
    said: pl.DataFrame, earlier: pl.DataFrame, adjusted: str, *, suffix: str
) -> pl.DataFrame:
    """Mark as adjusted what is valid and was sent otherwise before.

    A register was told twice at a midnight, as closing and as opening.
    """
    if earlier.is_empty():
        return said
    changed = pl.lit(value=False)
    keys = ["meter_id", "end_utc"]
    for units in DIRECTIONS:
        told = earlier.filter(pl.col("units") == f"{units}{suffix}")
        before = told.group_by(keys).agg(
            pl.col("value").last().alias(f"{units}_before"),
            ((pl.col("flag") == adjusted) & bool(adjusted))
            .any()
            .alias(f"{units}_flag"),
        )
        said = said.join(
            before, on=keys, how="left", maintain_order="left", validate="m:1"
        )
        differs = pl.col(f"{units}_before") != pl.col(units)
        is_marked = pl.col(f"{units}_flag")
        changed = changed | differs.fill_null(False) | is_marked.fill_null(False)  # noqa: FBT003
    return said.with_columns(
        pl.when((pl.col("state") == VALID) & changed)
        .then(pl.lit(ADJUSTED, pl.UInt8))
        .otherwise("state")
        .alias("state")
    ).drop(pl.selectors.ends_with("_before", "_flag"))
