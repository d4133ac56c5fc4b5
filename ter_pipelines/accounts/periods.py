"""Periods of whole days, both ends included: which overlap, what they leave out."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol, TypeVar

from ter_pipelines.vocab.clock import DAY

Period = tuple[date, date]


class HasPeriod(Protocol):
    """Something with a first and a last day."""

    @property
    def period(self) -> Period:
        """Give the first and the last day."""


Dated = TypeVar("Dated", bound=HasPeriod)


def in_force(dated: Iterable[Dated], day: date) -> Dated | None:
    """Give the one whose period has a day; None if none has."""
    for item in dated:
        first, last = item.period
        if first <= day <= last:
            return item
    return None


def find_overlapping(dated: Sequence[HasPeriod]) -> list[int]:
    """Give the positions of those that share a day with one that begins earlier.

    >>> from ter_pipelines.accounts.account import Tag
    >>> tags = [Tag(date(2018, 6, 30), date(2018, 7, 31), 1),
    ...         Tag(date(2018, 6, 1), date(2018, 6, 30), 1)]
    >>> find_overlapping(tags)
    [0]
    """
    ordered = sorted(range(len(dated)), key=lambda i: dated[i].period)
    found, covered_to = [], date.min
    for i in ordered:
        first, last = dated[i].period
        if first <= covered_to:
            found.append(i)
        covered_to = max(covered_to, last)
    return sorted(found)


def find_gaps(dated: Sequence[HasPeriod]) -> list[Period]:
    """Give the periods between the first day and the last that no one has."""
    gaps: list[Period] = []
    covered_to: date | None = None
    for first, last in sorted(item.period for item in dated):
        if covered_to is not None and first > covered_to + DAY:
            gaps.append((covered_to + DAY, first - DAY))
        covered_to = last if covered_to is None else max(covered_to, last)
    return gaps


def find_uncovered(wanted: Iterable[Period], dated: Sequence[HasPeriod]) -> date | None:
    """Give the first day of the wanted periods that none has in force; None if none."""
    for first, last in sorted(wanted):
        day = first
        while day <= last:
            found = in_force(dated, day)
            if found is None:
                return day
            day = found.period[1] + DAY
    return None
