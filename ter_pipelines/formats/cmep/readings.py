"""Flags and values of triples: what may be used, and what is kept back and why."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from ter_pipelines.formats.cmep import flags
from ter_pipelines.formats.cmep.findings import (
    BAD_FLAG,
    BAD_VALUE,
    FLAGGED_ODD,
    FLAGGED_UNUSABLE,
    REFUSED,
    REMARKED,
    REPEATED_TIME,
    LineRefusedError,
    Notes,
)
from ter_pipelines.formats.cmep.records import (
    MISSING,
    NON_NEGATIVE_UNITS,
    CmepReading,
    read_decimal,
)
from ter_pipelines.formats.cmep.times import Placed

Pair = tuple[Placed, CmepReading]


def read_values(
    placed: Sequence[Placed], units: str, dialect: str, notes: Notes
) -> list[Pair]:
    """Read flag and value of each triple; what may not be used goes to the notes.

    A time that stands twice counts once if both say the same, else not at all.
    """
    found = []
    for one in placed:
        try:
            found.append((one, _reading(one, units, dialect, notes)))
        except LineRefusedError as error:
            triple = one.triple
            notes.add(error.code, REFUSED, str(error), triple.number, str(triple))
    return _once_each(found, notes)


def _reading(one: Placed, units: str, dialect: str, notes: Notes) -> CmepReading:
    text = one.triple.flag
    try:
        flag = flags.read_flag(text)
    except ValueError as error:
        raise _refusal(BAD_FLAG, one, str(error)) from None
    if flag.letter == MISSING:
        return CmepReading(one.end_utc, text, None)
    if reason := flags.unusable(flag, dialect):
        raise _refusal(FLAGGED_UNUSABLE, one, f"got flag {text}, which says {reason}")
    reading = CmepReading(one.end_utc, text, _number(one, units))
    if reason := flags.odd(flag, dialect):
        remark = f"{_at(one)}: flag {text} says {reason}"
        notes.add(FLAGGED_ODD, REMARKED, remark, one.triple.number)
    return reading


def _number(one: Placed, units: str) -> Decimal:
    text = one.triple.value
    if not text:
        raise _refusal(
            BAD_VALUE, one, "got no value, expected one unless the flag is N"
        )
    try:
        number = read_decimal(text)
    except ValueError as error:
        raise _refusal(BAD_VALUE, one, str(error)) from None
    if number < 0 and units in NON_NEGATIVE_UNITS:
        raise _refusal(BAD_VALUE, one, f"got {text} {units}, expected none below zero")
    return number


def _refusal(code: str, one: Placed, reason: str) -> LineRefusedError:
    return LineRefusedError(code, f"{_at(one)}: {reason}")


def _at(one: Placed) -> str:
    return f"reading of {one.end_utc:%Y-%m-%dT%H:%MZ}"


def _once_each(found: Sequence[Pair], notes: Notes) -> list[Pair]:
    """Leave out a time that stands twice; neither is right if they differ."""
    by_end: dict[datetime, list[Pair]] = defaultdict(list)
    for pair in found:
        by_end[pair[1].end_utc].append(pair)
    if len(by_end) == len(found):
        return list(found)
    kept = []
    for end, pairs in by_end.items():
        is_same = len({reading for _, reading in pairs}) == 1
        kept += pairs[:1] if is_same else []
        for placed, _ in pairs[1:] if is_same else pairs:
            notes.add(
                REPEATED_TIME,
                REFUSED,
                f"got the time {end:%Y-%m-%dT%H:%MZ} {len(pairs)} times, "
                + ("with the same value" if is_same else "with different values"),
                placed.triple.number,
                str(placed.triple),
            )
    return kept
