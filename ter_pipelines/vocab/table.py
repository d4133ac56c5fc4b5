"""What a table of the lake is: its columns, its grain, its partitions.

The tables themselves are described in `tables`.
"""

from dataclasses import dataclass
from typing import Literal

from ter_pipelines.vocab.units import AMOUNT_PLACES, ENERGY_PLACES, PRICE_PLACES

Schema = Literal["raw", "core", "out"]
Partition = Literal["operating_day", "billing_month"]

ENERGY = f"DECIMAL(18,{ENERGY_PLACES})"
PRICE = f"DECIMAL(18,{PRICE_PLACES})"
AMOUNT = f"DECIMAL(38,{AMOUNT_PLACES})"
MONEY = "DECIMAL(18,2)"
TELEMETRY = "DECIMAL(38,9)"
POWER = "DECIMAL(12,3)"
INSTANT = "TIMESTAMP WITH TIME ZONE"
TEXT = "VARCHAR"
COUNT = "INTEGER"
SEQUENCE = "BIGINT"
DATE = "DATE"
FLAG = "BOOLEAN"


@dataclass(frozen=True)
class Column:
    """A column.

    Args:
        name: In the files and views.
        type: In SQL.
        meaning: For people.
        unit: Where it has one.
        absent: What stands for it, in SQL, in files that were written before it was:
            `NULL`, or a value where it is never empty. Empty if every file must have
            it.
    """

    name: str
    type: str
    meaning: str
    unit: str = ""
    absent: str = ""


@dataclass(frozen=True)
class Table:
    """A table of the lake.

    Args:
        schema: `raw`, `core` or `out`.
        name: What one row is, in the field's words.
        meaning: One sentence for the UI and the data dictionary.
        grain: What makes a row the only one of its kind.
        partition: What a file holds; None for one file.
        columns: In the order they are stored.
        sorted_by: The order of rows within a file.
    """

    schema: Schema
    name: str
    meaning: str
    grain: str
    partition: Partition | None
    columns: tuple[Column, ...]
    sorted_by: tuple[str, ...]

    @property
    def asset_key(self) -> list[str]:
        """Give the asset key, schema first."""
        return [self.schema, self.name]

    @property
    def path(self) -> str:
        """Give `schema/name`, which is also the folder."""
        return f"{self.schema}/{self.name}"

    @property
    def column_names(self) -> list[str]:
        """Give the stored column names in order."""
        return [column.name for column in self.columns]

    def __str__(self) -> str:
        """Give `schema/name`."""
        return self.path


SOURCE = (
    Column("source", TEXT, "Where the row came from."),
    Column("received_at", INSTANT, "When the system acknowledged it."),
)
INTERVAL = (
    Column("interval_start_utc", INSTANT, "Start of the half-open interval."),
    Column("duration_seconds", COUNT, "Length of the interval.", "s"),
)
DEVICE = (
    Column("ven_id", TEXT, "OpenADR virtual end node, or the kind of other source."),
    Column("device_id", TEXT, "Resource behind it: device, usage point, host, meter."),
)
DIRECTION = Column("direction", TEXT, "delivered, received, or net of the two.")
CHANNEL = (*DEVICE, DIRECTION)
