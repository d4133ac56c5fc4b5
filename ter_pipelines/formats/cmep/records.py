"""MEPMD01 records as rows, and the code words both directions know."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal

from ter_pipelines.vocab.strict_json import read_number

RECORD_TYPE = "MEPMD01"
RECORD_VERSION = "19970819"
COMMODITY = "E"
HEADER_FIELDS = 14
TRIPLE_FIELDS = 3
MAX_TRIPLES = 48
MAX_LINE = 2048
MAX_FIELD = 256
MAX_NUMBER = 16
STAMP = "%Y%m%d%H%M"

PURPOSES = frozenset(
    {"OK", "RESEND", "SUMMARY", "HISTORY", "PROFILE", "TEMPLATE", "REJECT"}
)
USAGE_PURPOSES = frozenset({"OK", "RESEND"})
COMMODITIES = frozenset("EGWS")
NON_NEGATIVE_UNITS = frozenset({"KWH", "GKWH"})

VALID = ""
RAW = "R"
ESTIMATED = "E"
ADJUSTED = "A"
MISSING = "N"
FLAGS = frozenset({VALID, RAW, ESTIMATED, ADJUSTED, MISSING})

_PULSES = "PULSE"
_EXACT = Context(prec=100)


def _units() -> frozenset[str]:
    """Give the units of the specification with the N, S and REG forms in use."""
    power = {"KW", "KVA", "KVAR", "GKW", "GKVA", "GKVAR"}
    energy = {
        f"{direction}{kind}"
        for direction in ("", "G", "N", "S")
        for kind in ("KWH", "KVAH", "KVARH")
    }
    registers = {f"{unit}REG" for unit in energy}
    other = {"PULSE", "VOLTS", "BTU", "THERM", "GAL", "CF", "CCF", "MCF", "ACFT"}
    more = {"LBS", "$", "GASREG", "GALREG", "CFREG", "CCFREG", "CCFC", "CCFCREG"}
    return frozenset(power | energy | registers | other | more)


UNITS = _units()


def is_register(units: str) -> bool:
    """Tell whether values are dial readings, which cover no time."""
    return units.endswith("REG")


def read_decimal(text: str) -> Decimal:
    """Read a plain number or one with an exponent letter E, e, D or d.

    Raises:
        ValueError: If it is not a finite number of bearable length.

    >>> read_decimal("1.5D2") == 150
    True
    """
    return read_number(text.replace("d", "E").replace("D", "E"))


@dataclass(frozen=True)
class Triple:
    """One triple as sent.

    Args:
        number: Its place in the record, from 1.
        stamp: Empty where it follows from the one before.
        flag: In the sender's dialect.
        value: Digits, or empty.
    """

    number: int
    stamp: str
    flag: str
    value: str

    def __str__(self) -> str:
        """Give the triple as it stands in the line."""
        return f"{self.stamp},{self.flag},{self.value}"


@dataclass(frozen=True)
class CmepReading:
    """One triple.

    Args:
        end_utc: End of the interval, or the instant of a register reading.
        flag: Quality: empty valid, `R` raw, `E` estimated, `A` adjusted, `N` missing;
            a file read may carry a mask behind the letter, such as `R4`.
        value: In the record's units before the constant; None where missing.
    """

    end_utc: datetime
    flag: str
    value: Decimal | None


@dataclass(frozen=True)
class CmepRecord:
    """Readings of one meter in one unit.

    Args:
        meter_id: At most 12 characters.
        purpose: Such as `OK` or `RESEND`.
        units: Such as `KWH`, `GKWH`, `KWHREG`.
        constant: Multiplier from value to engineering units.
        interval: Field 13, `MMDDHHMM` as a duration; empty for registers.
        readings: In order of time. A record of any length; the writer splits it.
    """

    meter_id: str
    purpose: str
    units: str
    constant: Decimal
    interval: str
    readings: tuple[CmepReading, ...]

    def measured(self, reading: CmepReading) -> Decimal | None:
        """Give a reading's value with the constant applied; pulses stay pulses."""
        is_plain = self.units == _PULSES or self.constant == 1
        if reading.value is None or is_plain:
            return reading.value
        return _EXACT.multiply(reading.value, self.constant)
