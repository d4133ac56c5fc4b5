"""Channels by number: a device on a meter, in a direction, as the meter mapping has it.

Numbers are of one reading of the mapping: they are never stored.
"""

from dataclasses import dataclass

import polars as pl

from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.ids import OTHER_SOURCES

KEY = ["meter_id", "ven_id", "device_id", "direction"]
DAY = "operating_day"
CHANNEL = "channel"
OWNER = "owner"
IS_ALIKE = "is_alike"
_OWNER = KEY[:3]
DIRECTIONS = ("delivered", "received", "net")


@dataclass(frozen=True)
class Channels:
    """The meter mapping with a number for each device on a meter.

    Args:
        owners: A row each, with its number; `is_alike` where no price or dispatch
            steers it, so that its days are alike.
        pieces: When each is mapped, microseconds since 1970.
    """

    owners: pl.DataFrame
    pieces: pl.DataFrame

    @classmethod
    def read(cls, lake: Lake) -> "Channels":
        """Read the mapping."""
        mapping = lake.read(tables.METER_MAPPING)
        owners = mapping.select(_OWNER).unique().with_row_index(OWNER)
        is_alike = pl.col("ven_id").is_in(sorted(OTHER_SOURCES))
        owners = owners.with_columns(is_alike.alias(IS_ALIKE))
        pieces = mapping.join(owners, on=_OWNER).select(
            OWNER,
            pl.col("valid_from").dt.epoch("us"),
            pl.col("valid_to").dt.epoch("us"),
        )
        return cls(owners, pieces)

    def numbered(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Give rows with their channel's number and its owner's, empty if unmapped."""
        direction = pl.col("direction").replace_strict(
            {name: number for number, name in enumerate(DIRECTIONS)},
            default=None,
            return_dtype=pl.UInt32,
        )
        number = pl.col(OWNER) * len(DIRECTIONS) + direction
        numbered = rows.join(self.owners, on=_OWNER, how="left")
        return numbered.with_columns(number.alias(CHANNEL))

    def whole_days(self, days: pl.DataFrame) -> pl.DataFrame:
        """Give owners and the days that lie wholly in one piece of their mapping.

        Args:
            days: A row each, with `day_start_us` and `day_end_us`.
        """
        is_covered = (pl.col("valid_from") <= pl.col("day_start_us")) & (
            pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("day_end_us"))
        )
        whole = self.pieces.join(days, how="cross").filter(is_covered)
        return whole.select(DAY, OWNER)

    def keys_of(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Give numbered rows with what makes their channel the only one of its kind."""
        name = (pl.col(CHANNEL) % len(DIRECTIONS)).replace_strict(
            dict(enumerate(DIRECTIONS)),
            return_dtype=pl.String,
        )
        owned = rows.with_columns(
            (pl.col(CHANNEL) // len(DIRECTIONS)).alias(OWNER), name.alias("direction")
        )
        return owned.join(self.owners, on=OWNER, how="left").drop(OWNER)
