"""How often points are asked to be sampled: at a rate that they offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from vtn_service.openadr.instants import HOUR, parse_duration
from vtn_service.store.offers import Offer


@dataclass(frozen=True)
class _Rated:
    """A point with the shortest and the longest period it can be sampled at."""

    offer: Offer
    lowest: timedelta
    highest: timedelta

    @property
    def has_hour(self) -> bool:
        return self.lowest <= HOUR <= self.highest


def points_by_rate(
    points: Sequence[Offer], *, wants_hour: bool
) -> dict[timedelta, list[Offer]]:
    """Give the points by the period to ask for, in as few periods as can be.

    It is the hour if that is wanted and offered, else the shortest that all offer.
    Only where points have none in common are there several.
    """
    return {
        _period_of(part, wants_hour=wants_hour): [point.offer for point in part]
        for part in _parted(_rated(points), wants_hour=wants_hour)
    }


def _parted(points: Sequence[_Rated], *, wants_hour: bool) -> list[Sequence[_Rated]]:
    """Part points so that those of a part have a period in common, and parts none.

    In the order of the longest periods, a point belongs to the part before it unless
    its shortest is longer than the longest of that part's first.
    """
    if max(p.lowest for p in points) <= min(p.highest for p in points):
        return [points]
    hourly = [p for p in points if wants_hour and p.has_hour]
    others = [p for p in points if not (wants_hour and p.has_hour)]
    parts: list[list[_Rated]] = []
    for point in sorted(others, key=lambda p: p.highest):
        if not parts or point.lowest > parts[-1][0].highest:
            parts.append([])
        parts[-1].append(point)
    return [hourly, *parts] if hourly else [*parts]


def _period_of(points: Sequence[_Rated], *, wants_hour: bool) -> timedelta:
    lowest = max(point.lowest for point in points)
    if lowest > timedelta(0) and not (wants_hour and all(p.has_hour for p in points)):
        return lowest
    return min(HOUR, *(point.highest for point in points))


def _rated(points: Sequence[Offer]) -> list[_Rated]:
    """Give points with their rates; a minimum counts where the maximum is below it."""
    texts = {text for point in points for text in (point.min_period, point.max_period)}
    periods = {text: _period(text) for text in texts}
    rated = []
    for point in points:
        lowest = periods[point.min_period]
        highest = periods[point.max_period] or timedelta.max
        rated.append(_Rated(point, lowest, max(lowest, highest)))
    return rated


def _period(text: str) -> timedelta:
    return max(parse_duration(text) or timedelta(0), timedelta(0))
