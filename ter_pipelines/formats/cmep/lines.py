"""Hours and registers as MEPMD01 lines, column by column.

Which readings share a line, and what their stamps are, is the same for all meters that
have readings at the same times (`alike`): it is worked out once and laid over them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from ter_pipelines.formats.cmep.hours import KWH
from ter_pipelines.formats.cmep.records import COMMODITY, STAMP
from ter_pipelines.vocab.clock import HOUR
from ter_pipelines.vocab.cmep_out import COMPACT, CmepOut

HOURLY = "00000100"


@dataclass(frozen=True)
class Part:
    """What the lines of one unit share.

    Args:
        units: Such as `KWH` or `GKWHREG`.
        column: Of the energies.
        number: Its place among the lines of a day.
        interval: Field 13; empty for registers.
    """

    units: str
    column: str
    number: int
    interval: str


@dataclass(frozen=True)
class Sheet:
    """What every line of a file shares.

    Args:
        start: The fields before the meter, with their commas.
        purpose: Field 9.
        triples: How many fit on a line.
        profile: Of the partner.
    """

    start: str
    purpose: str
    triples: int
    profile: CmepOut


def stamp_of(instant: datetime, profile: CmepOut) -> str:
    """Write an instant as a partner reads it."""
    return instant.astimezone(profile.zone or UTC).strftime(STAMP)


def alike(hours: pl.DataFrame, meters: pl.DataFrame, every: int) -> list[pl.DataFrame]:
    """Part meters by the hours that are told of them.

    Args:
        hours: As `hours_of` gives them.
        meters: `meter_id` and `meter`, its number, in order.
        every: How many hours there are.

    Returns:
        The meters that share all their hours, in order; a meter of which nothing is
        told is in none.
    """
    if hours.height == every * meters.height:
        return [meters]
    ends = pl.col("end_utc").dt.epoch("s").cast(pl.String).str.join(",")
    shapes = hours.group_by("meter").agg(ends.alias("shape"))
    found = meters.join(shapes, on="meter", maintain_order="left")
    return found.partition_by("shape", maintain_order=True, include_key=False)


def lines_of(
    frame: pl.DataFrame, meters: pl.DataFrame, part: Part, sheet: Sheet
) -> pl.DataFrame:
    """Write a unit's lines: those of the same count at a time, as these tile.

    Args:
        frame: A row a reading, as `hours_of` and `registers_of` give them.
        meters: `meter_id` and `meter`, its number, in order; all with readings at the
            same times.
        part: Which unit.
        sheet: What all lines share.

    Returns:
        `meter`, `day`, `part`, `line` and its `text`, without line end.
    """
    one = frame.head(frame.height // meters.height)
    slots = _slots(one.select("day", "end_utc"), part, sheet)
    slot = pl.int_range(pl.len()) % slots.height
    values = text_of(frame[part.column], sheet.profile).fill_null("")
    begins, states = _begins(slots, sheet.profile)
    found = frame.select(
        pl.concat_str(
            pl.lit(begins).gather(slot * states + pl.col("state")), pl.lit(values)
        ).alias("triple"),
        pl.lit(slots["count"]).gather(slot).alias("count"),
    )
    firsts = slots.filter("is_first").partition_by("count")
    return pl.concat(
        _lines_of_a_length(found, meters, first, part, sheet) for first in firsts
    )


def text_of(values: pl.Series, profile: CmepOut) -> pl.Series:
    """Write numbers: every digit that counts, at least so many places, a zero as 0."""
    short = values.cast(pl.Decimal(38, profile.least_decimals))
    text = short.cast(pl.String)
    is_short = short.cast(KWH) == values
    if not is_short.all():
        long = values.cast(pl.String).str.strip_chars_end("0")
        text = text.zip_with(is_short.fill_null(value=True), long)
    zero = pl.lit("0")
    return pl.select(pl.when(values == 0).then(zero).otherwise(text)).to_series()


def _slots(ends: pl.DataFrame, part: Part, sheet: Sheet) -> pl.DataFrame:
    """Say where each reading stands: a line ends where it is full or an hour lacks.

    Returns:
        `day`, `line` of it, `count` of readings on that, `is_first`, and the `stamp`.
    """
    stamps = [stamp_of(end, sheet.profile) for end in ends["end_utc"]]
    is_compact = sheet.profile.times == COMPACT and bool(part.interval)
    lacks = pl.col("end_utc").diff().over("day") != HOUR
    run = (lacks.fill_null(value=False) & bool(part.interval)).cum_sum().over("day")
    return (
        ends.with_columns(run.alias("run"), pl.Series("stamp", stamps, dtype=pl.String))
        .with_columns(place=pl.int_range(pl.len()).over("day", "run"))
        .with_columns(is_first=pl.col("place") % sheet.triples == 0)
        .with_columns(line=pl.col("is_first").cum_sum().over("day"))
        .select(
            "day",
            "line",
            "is_first",
            pl.when(pl.col("is_first") | pl.lit(not is_compact))
            .then("stamp")
            .otherwise(pl.lit("")),
            pl.len().over("day", "line").alias("count"),
        )
    )


def _lines_of_a_length(
    found: pl.DataFrame,
    meters: pl.DataFrame,
    first: pl.DataFrame,
    part: Part,
    sheet: Sheet,
) -> pl.DataFrame:
    count = first["count"][0]
    triples = found["triple"]
    if not (found["count"] == count).all():
        triples = triples.filter(found["count"] == count)
    head = f",{sheet.purpose},{COMMODITY},{part.units},1,{part.interval},{count}"
    return meters.join(first, how="cross", maintain_order="left_right").select(
        "meter",
        "day",
        pl.lit(part.number, pl.UInt8).alias("part"),
        "line",
        pl.concat_str(
            pl.lit(sheet.start),
            "meter_id",
            pl.lit(head),
            pl.lit(triples.reshape((-1, count)).arr.join("")),
        ).alias("text"),
    )


def _begins(slots: pl.DataFrame, profile: CmepOut) -> tuple[pl.Series, int]:
    """Give what stands before a value, slot by slot in each state, and their count."""
    flags = profile.flags
    letters = (flags.valid, flags.adjusted, flags.estimated, flags.raw, flags.missing)
    texts = [f",{stamp},{flag}," for stamp in slots["stamp"] for flag in letters]
    return pl.Series(texts, dtype=pl.String), len(letters)
