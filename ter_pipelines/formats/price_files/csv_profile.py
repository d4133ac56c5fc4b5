"""A profile: how a market writes its price file, a CSV, and how to read it."""

from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

Stamp = Literal["begin", "end", "hour-ending"]
RepeatedHour = Literal["order", "flag", "label", "refuse"]
Names = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CsvTime:
    """How a row says when its hour is.

    Args:
        column: Of the time, or of the date where the hour has a column of its own.
            A column's name is a list of spellings; a file must have one of them.
        format: Of the column, in Python's `strptime` codes.
        stamp: What the time is: the hour's `begin`; its `end`; or `hour-ending`, the
            beginning on the clock and one, so that a day's labels are 1 to 24.
        zone: Where a clock would show that time; None where it states its offset.
        hour_column: Column of the hour's label, such as `01`, `1:00` or `02X`.
        repeated_hour: What tells the two hours apart that autumn has of one time:
            the `order` of rows, a `flag` column, a suffix of the hour's `label`; or
            `refuse`.
        flag_column: Column that marks the second of the two.
        flag: What stands there.
        label_suffix: What stands after the label of the second of the two.
    """

    column: Names
    format: str
    stamp: Stamp
    zone: ZoneInfo | None
    hour_column: Names = ()
    repeated_hour: RepeatedHour = "refuse"
    flag_column: Names = ()
    flag: str = "Y"
    label_suffix: str = "X"


@dataclass(frozen=True, kw_only=True)
class CsvPart:
    """A part of the price that has a column of its own.

    Args:
        name: Of the component.
        column: Where it stands.
        sign: -1 where the file gives it with the opposite sign, else 1.
    """

    name: str
    column: Names
    sign: int = 1


@dataclass(frozen=True, kw_only=True)
class CsvFilter:
    """Only rows that have one of these values in the column are read."""

    column: Names
    keeps: Names


@dataclass(frozen=True, kw_only=True)
class PriceCsvProfile:
    """How a market writes its prices.

    Args:
        name: Of the profile.
        title: For people.
        zone: The market's, whose local day a file is.
        currency: ISO 4217 code.
        unit: Of every price, such as `USD/MWh`.
        price_column: The whole price.
        time: How a row says when its hour is.
        parts: Components with columns of their own.
        rest: Name of the component that is the price without the others; empty where
            the parts are the price, which is then checked.
        location_columns: Where a row says which location it is of; any may name the
            one that is wanted.
        filters: Which rows are read.
        delimiter: Between fields.
        decimal: Between a number's whole part and its fraction.
        skip_lines: Lines before the header.
        is_rounded: Round a price of more than 8 places per kWh, half away from zero,
            where it would be refused.
    """

    name: str
    title: str
    zone: ZoneInfo
    currency: str
    unit: str
    price_column: Names
    time: CsvTime
    parts: tuple[CsvPart, ...] = ()
    rest: str = ""
    location_columns: Names = ()
    filters: tuple[CsvFilter, ...] = ()
    delimiter: str = ","
    decimal: str = "."
    skip_lines: int = 0
    is_rounded: bool = False
