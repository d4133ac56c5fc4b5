"""Where the intervals of a report begin that do not say so themselves."""

import re
from datetime import UTC, datetime, timedelta

from vtn_service.openadr.instants import parse_duration, parse_instant

_WHOLE = re.compile(r"[0-9]{1,9}")


class Timeline:
    """The intervals of one report in time, placed one after the other as they come.

    The first begins with the report, each next one where the one before it ends. A
    number (uid) that says another place in the row counts from 0 at the report's
    start, in steps of the one duration that all intervals have.
    """

    def __init__(self, report_start: str) -> None:
        """Begin where the report begins; empty if it does not say."""
        self._report_start = report_start
        self._last: tuple[str, str] | None = None
        self._next_number = 0
        self._durations: set[str] = set()

    def place(self, *, start_text: str, duration_text: str, number_text: str) -> str:
        """Give the start of the next interval as text; empty if nothing tells it.

        Args:
            start_text: Its own start, which always counts; empty if it has none.
            duration_text: How long it is; empty if nobody knows.
            number_text: Its uid, which may be a number or anything else.
        """
        self._durations.add(duration_text)
        is_number = _WHOLE.fullmatch(number_text)
        number = int(number_text) if is_number else self._next_number
        if start_text:
            start = start_text
        elif number == self._next_number:
            start = _later(*self._last, 1) if self._last else self._report_start
        else:
            start = self._start_of(number, duration_text)
        self._last = start, duration_text
        self._next_number = number + 1
        return start

    def _start_of(self, number: int, duration_text: str) -> str:
        if len(self._durations) > 1:
            return ""
        return _later(self._report_start, duration_text, number)


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
