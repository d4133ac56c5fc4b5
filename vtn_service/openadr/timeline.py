"""Where the intervals of a report begin that do not say so themselves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vtn_service.openadr.instants import parse_duration, parse_instant

_WHOLE = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Times:
    """What an interval says of its time.

    Args:
        start_text: Its own start, which always counts; empty if it has none.
        duration_text: How long it is; empty if nobody knows.
        number_text: Its uid, which may be a number or anything else.
    """

    start_text: str
    duration_text: str
    number_text: str


def first_number(intervals: Sequence[Times], report_duration: str) -> int:
    """Tell which number the interval at a report's start has: 0, or 1.

    Some count from 1. Intervals without a start that are exactly the numbers 1 to n
    do, unless the report says that it is of another length than they are together. A
    1 alone does only if the report says its length: it may be the second of the day.
    """
    numbers = sorted(i.number_text for i in intervals)
    if any(i.start_text for i in intervals) or numbers != sorted(
        str(number) for number in range(1, len(intervals) + 1)
    ):
        return 0
    stated = parse_duration(report_duration)
    if not stated:
        return int(len(intervals) > 1)
    lengths = [parse_duration(i.duration_text) for i in intervals]
    known = [length.total_seconds() for length in lengths if length is not None]
    is_whole = len(known) == len(lengths) and sum(known) == stated.total_seconds()
    return int(is_whole)


class Timeline:
    """The intervals of one report in time, placed one after the other as they come.

    The first begins with the report, each next one where the one before it ends. A
    number (uid) that says another place in the row counts from the report's start, in
    steps of the one duration that all intervals have.
    """

    def __init__(self, report_start: str, first_number: int = 0) -> None:
        """Begin where the report begins.

        Args:
            report_start: Empty if it does not say.
            first_number: Of the interval that begins there.
        """
        self._report_start = report_start
        self._first_number = first_number
        self._last: tuple[str, str] | None = None
        self._next_number = first_number
        self._durations: set[str] = set()

    def place(self, times: Times) -> str:
        """Give the start of the next interval as text; empty if nothing tells it."""
        self._durations.add(times.duration_text)
        is_number = _WHOLE.fullmatch(times.number_text)
        number = int(times.number_text) if is_number else self._next_number
        if times.start_text:
            start = times.start_text
        elif number == self._next_number:
            start = _later(*self._last, 1) if self._last else self._report_start
        else:
            start = self._start_of(number, times.duration_text)
        self._last = start, times.duration_text
        self._next_number = number + 1
        return start

    def _start_of(self, number: int, duration_text: str) -> str:
        if len(self._durations) > 1:
            return ""
        steps = number - self._first_number
        return _later(self._report_start, duration_text, steps)


def _later(start_text: str, duration_text: str, times: int) -> str:
    start, length = parse_instant(start_text), parse_duration(duration_text)
    later = _shifted(start, length, times) if start and length is not None else None
    if later is None:
        return ""
    return later.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _shifted(start: datetime, length: timedelta, times: int) -> datetime | None:
    try:
        return start + times * length
    except OverflowError:
        return None
