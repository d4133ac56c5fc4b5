"""A CMEP file that we wrote, read back as columns, many values at once.

It knows nothing but the form that we write: what departs from it is refused. Files of
partners are for `reader`.
"""

from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import BinaryIO

import polars as pl

from ter_pipelines.formats.cmep.hours import KWH, SAID
from ter_pipelines.formats.cmep.records import HEADER_FIELDS, TRIPLE_FIELDS
from ter_pipelines.vocab.clock import HOUR
from ter_pipelines.vocab.errors import FormatError

PIECE_BYTES = 1 << 22

_METER, _UNITS, _COUNT = 7, 10, 13
_LINE_END = b"\r\n"


def scan_file(source: BinaryIO, zone: tzinfo) -> Iterator[pl.DataFrame]:
    """Read a file piece by piece.

    Args:
        source: The file, open in binary mode.
        zone: Of its times.

    Yields:
        Rows of `SAID` in the order of the file; `value` is empty where missing.

    Raises:
        FormatError: If a line is not as we write it.
    """
    rest = b""
    while piece := source.read(PIECE_BYTES):
        body, end, rest = (rest + piece).rpartition(_LINE_END)
        if end:
            yield _read(body, zone)
    if rest:
        raise FormatError(f"CMEP file: got {rest[:80]!r} at its end, expected CR LF")


def _read(body: bytes, zone: tzinfo) -> pl.DataFrame:
    try:
        lines = pl.Series(body.decode("ascii").split("\r\n"))
        fields = lines.str.split(",")
        head = pl.DataFrame(
            {
                "line": pl.int_range(len(lines), eager=True),
                "fields": fields,
                "meter_id": fields.list.get(_METER),
                "units": fields.list.get(_UNITS),
                "count": fields.list.get(_COUNT).cast(pl.Int32),
            }
        )
        more = fields.list.len() - (HEADER_FIELDS + TRIPLE_FIELDS * head["count"])
        if not more.is_in([0, 1]).all():
            raise FormatError("CMEP file: got a line with more or fewer fields")
        parts = [_triples(part) for part in head.partition_by("count")]
        said = pl.concat(parts).sort("line", maintain_order=True)
        return _placed(said, zone).select(SAID.names())
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise FormatError(f"CMEP file: got what we do not write: {error}") from error


def _triples(part: pl.DataFrame) -> pl.DataFrame:
    """Give the triples of lines that all have as many."""
    count = part["count"][0]
    flat = part["fields"].list.slice(HEADER_FIELDS, TRIPLE_FIELDS * count).explode()
    line = pl.int_range(pl.len()) // count
    values = flat.gather_every(TRIPLE_FIELDS, 2)
    return pl.DataFrame(
        {
            "stamp": flat.gather_every(TRIPLE_FIELDS, 0),
            "flag": flat.gather_every(TRIPLE_FIELDS, 1),
            "value": values.replace("", None).cast(KWH),
        }
    ).with_columns(
        *(pl.lit(part[name]).gather(line).alias(name) for name in _OF_A_LINE),
        (pl.int_range(pl.len(), dtype=pl.Int32) % count).alias("place"),
    )


def _placed(said: pl.DataFrame, zone: tzinfo) -> pl.DataFrame:
    """Give each triple its instant; an empty time is an hour after the one before."""
    is_empty = pl.col("stamp") == ""
    first = pl.when(~is_empty).then("stamp").forward_fill()
    instant = first.str.to_datetime("%Y%m%d%H%M", time_unit="us", exact=True)
    if zone == UTC:
        placed = instant.dt.replace_time_zone("UTC")
    else:
        again = pl.col("stamp").cum_count().over("meter_id", "units", "stamp") > 1
        choice = pl.when(again).then(pl.lit("latest")).otherwise(pl.lit("earliest"))
        placed = instant.dt.replace_time_zone(str(zone), ambiguous=choice)
        placed = placed.dt.convert_time_zone("UTC")
    later = pl.when(is_empty).then(pl.col("place") * HOUR).otherwise(0 * HOUR)
    return said.with_columns((placed + later).alias("end_utc"))


_OF_A_LINE = ("line", "meter_id", "units")
