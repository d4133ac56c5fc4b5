"""Points of a VEN's reports in time: which of them measure two things side by side.

A device may be registered anew under other names, or report one thing under two.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ter_pipelines.metering.readings import Row
from ter_pipelines.vocab.clock import iso_utc

_ReportOf = tuple[str, str, str]  # VEN, device, name of the report
_Point = tuple[str, str]  # report specifier, rID


@dataclass(frozen=True)
class _Life:
    """When a point lived: from its first registration to when it was last heard."""

    registrations: frozenset[str]
    heard_at: str

    def joined(self, other: "_Life") -> "_Life":
        return _Life(
            self.registrations | other.registrations,
            max(self.heard_at, other.heard_at),
        )

    def overlaps(self, other: "_Life") -> bool:
        return not self.registrations.isdisjoint(other.registrations) or (
            min(self.registrations) < other.heard_at
            and min(other.registrations) < self.heard_at
        )


Lives = Mapping[_ReportOf, Mapping[_Point, _Life]]


def _report_of(row: Row) -> _ReportOf:
    name = row["report_name"].removeprefix("METADATA_")
    return row["ven_id"], row["resource_id"], name


def point_of(row: Row) -> _Point:
    """Name a point in full: an rID is unique only within its specifier."""
    return row["report_specifier_id"], row["r_id"]


def lives_in(rows: Iterable[Row]) -> Lives:
    """Give when each point of each report lived."""
    heard = {
        (_report_of(row), point_of(row), row["registered_at"], row["received_at"])
        for row in rows
    }
    lives: dict[_ReportOf, dict[_Point, _Life]] = defaultdict(dict)
    for report, point, registered_at, received_at in heard:
        life = _Life(frozenset({registered_at}), iso_utc(received_at))
        lives[report][point] = life.joined(lives[report].get(point, life))
    return lives


def stand_side_by_side(a: Row, b: Row, lives: Lives) -> bool:
    """Tell whether two values are of two points that a device has at one time.

    A point lives from its registration to its last report. Two that live at one time
    measure two things, such as import and export, whether they were registered under
    one specifier or two, in one message or two. One that was heard no more once the
    other was registered was replaced by it: a restart makes new specifiers and rIDs.

    The one point of a device's telemetry and the one point of its history are the
    same under two names: the history tells the telemetry again.
    """
    if point_of(a) == point_of(b):
        return False
    if not lives[_report_of(a)][point_of(a)].overlaps(
        lives[_report_of(b)][point_of(b)]
    ):
        return False
    is_one_report = _report_of(a) == _report_of(b)
    return is_one_report or not (_is_alone(a, lives) and _is_alone(b, lives))


def _is_alone(row: Row, lives: Lives) -> bool:
    """Tell whether a point is its device's only one at its time in such a report."""
    of_report = lives[_report_of(row)]
    mine = of_report[point_of(row)]
    return sum(mine.overlaps(life) for life in of_report.values()) == 1
