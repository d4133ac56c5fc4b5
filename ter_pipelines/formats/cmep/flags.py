"""Quality flags and their dialects: a letter, and in some systems a mask behind it.

Sensus adds a decimal bit mask (`R4`, `N32`), Yukon two pairs of digits (`R 00 00`).
NISC marks every good reading `A`, which elsewhere says adjusted.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ter_pipelines.formats.cmep.records import ADJUSTED, RAW

BY_SPECIFICATION, SENSUS, NISC = "specification", "sensus", "nisc"
SENSUS_VERSION = "20080501"

_FLAG = re.compile(r"|([RNEA])([0-9]{0,10})(?: [0-9A-F]{2})*")
_SENDERS = {"SENSUS": SENSUS, "DCSI": NISC}
_UNUSABLE = {5: "missing", 9: "overflow", 12: "test mode"}
_MARKS = {1: "OUTAGE", 2: "RESTORATION"}
_ODD = {
    7: "out of service", 8: "time adjusted", 10: "long interval",
    11: "short interval", 13: "register rollover", 14: "register reset",
    15: "clock out of step", 16: "meter installed", 17: "meter removed",
}  # fmt: skip


@dataclass(frozen=True)
class CmepFlag:
    """A flag taken apart.

    Args:
        letter: `R`, `E`, `A`, `N`, or empty.
        mask: The number behind it; 0 without one.
    """

    letter: str
    mask: int = 0


@lru_cache
def read_flag(text: str) -> CmepFlag:
    """Take a flag apart.

    Raises:
        ValueError: If it is in no known dialect.

    >>> read_flag("N32"), read_flag("R 00 00")
    (CmepFlag(letter='N', mask=32), CmepFlag(letter='R', mask=0))
    """
    found = _FLAG.fullmatch(text)
    if not found:
        raise ValueError(f"got flag {text[:20]!r}, expected R, E, A, N or none")
    return CmepFlag(found[1] or "", int(found[2] or 0))


def dialect_of(sender_id: str, version: str) -> str:
    """Tell whose flags a line has, from its sender and record version."""
    if version == SENSUS_VERSION:
        return SENSUS
    return _SENDERS.get(sender_id, BY_SPECIFICATION)


def quality(text: str, dialect: str) -> str:
    """Give a flag as the specification's letter; a good reading of NISC's is raw.

    >>> quality("A64", SENSUS), quality("A", NISC), quality("", SENSUS)
    ('A', 'R', '')
    """
    letter = read_flag(text).letter
    return RAW if (letter, dialect) == (ADJUSTED, NISC) else letter


def unusable(flag: CmepFlag, dialect: str) -> str:
    """Name what the mask says against using the value; empty if nothing."""
    return _named(flag, dialect, _UNUSABLE)


def marks(text: str, dialect: str) -> str:
    """Give the marks of usage that the mask stands for, by comma.

    What overflowed or was sent in test mode is `unusable` and needs none.

    >>> marks("R6", SENSUS), marks("R6", NISC)
    ('OUTAGE,RESTORATION', '')
    """
    return _named(read_flag(text), dialect, _MARKS).replace(" ", "")


def odd(flag: CmepFlag, dialect: str) -> str:
    """Name what the mask says that a person may want to know; empty if nothing."""
    return _named(flag, dialect, _ODD)


def _named(flag: CmepFlag, dialect: str, names: dict[int, str]) -> str:
    """Name the bits that are set; only Sensus says what its bits mean."""
    if dialect != SENSUS:
        return ""
    return ", ".join(name for bit, name in names.items() if flag.mask >> bit & 1)
