"""When the triples of a record are: instants, and the time each value covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ter_pipelines.formats.cmep.findings import (
    BAD_TIME,
    CONTRADICTED_INTERVAL,
    REFUSED,
    REMARKED,
    REPEATED_HOUR,
    UNKNOWN_INTERVAL,
    LineRefusedError,
    Notes,
)
from ter_pipelines.formats.cmep.intervals import (
    instants_of,
    interval_between,
    is_empty,
    require_year,
    step,
)
from ter_pipelines.formats.cmep.profile import CmepProfile
from ter_pipelines.formats.cmep.records import STAMP, Triple, is_register

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Placed:
    """When a triple is.

    Args:
        triple: As sent.
        end_utc: End of its interval, or the instant of a register reading.
        duration_seconds: Length of its interval; 0 for a register reading.
    """

    triple: Triple
    end_utc: datetime
    duration_seconds: int


class TimeReader:
    """Places the triples of one record; a time that is no time goes to the notes."""

    def __init__(
        self, units: str, interval: str, profile: CmepProfile, notes: Notes
    ) -> None:
        """Take what the header and the partner's profile say about times."""
        self.units = units
        self.interval = interval
        self.profile = profile
        self.notes = notes

    def place(self, triples: Sequence[Triple]) -> list[Placed]:
        """Place the triples whose time can be told, in the order of the record.

        Raises:
            LineRefusedError: If the length of the intervals cannot be told.
        """
        stamps = self._stamps(triples)
        if is_register(self.units):
            return [Placed(triple, stamp, 0) for triple, stamp in stamps]
        interval = self._length(triples, sorted({stamp for _, stamp in stamps}))
        placed = []
        before = None
        for triple, stamp in stamps:
            start, end = self._span(stamp, before, interval)
            placed.append(Placed(triple, end, (end - start) // _SECOND))
            before = stamp
        return placed

    def _stamps(self, triples: Sequence[Triple]) -> list[tuple[Triple, datetime]]:
        found = []
        before: datetime | None = None
        for triple in triples:
            try:
                stamp = self._stamp(triple, before)
            except ValueError as error:
                self.notes.add(
                    BAD_TIME, REFUSED, str(error), triple.number, str(triple)
                )
                before = None
                continue
            found.append((triple, stamp))
            before = stamp
        self._remark_contradiction(found)
        return found

    def _stamp(self, triple: Triple, before: datetime | None) -> datetime:
        if triple.stamp:
            return self._chosen(triple, before)
        if before:
            return require_year(step(before, self.interval, self.profile.zone))
        place = "in the first triple" if triple.number == 1 else "to count from"
        raise ValueError(f"got no time {place}, expected CCYYMMDDHHMM")

    def _chosen(self, triple: Triple, before: datetime | None) -> datetime:
        """Read a given time; the order decides which hour of autumn's two it is."""
        zone = self.profile.zone
        instants = instants_of(triple.stamp, zone)
        if len(instants) == 1:
            return instants[0]
        if self.profile.refuses_repeated_hour:
            raise ValueError(f"got time {triple.stamp}, which {zone} has twice")
        if before and not is_empty(self.interval):
            due = step(before, self.interval, zone)
            if due in instants:
                return due
        later = [i for i in instants if not before or i > before] or instants
        if len(later) > 1:
            self.notes.add(
                REPEATED_HOUR,
                REMARKED,
                f"got time {triple.stamp}, which {zone} has twice; "
                f"read as the earlier, {later[0]:%Y-%m-%dT%H:%MZ}",
                triple.number,
            )
        return later[0]

    def _remark_contradiction(self, found: Sequence[tuple[Triple, datetime]]) -> None:
        """Say where the times first do not keep the stated interval."""
        if is_empty(self.interval):
            return
        for (last, before), (triple, stamp) in pairwise(found):
            follows = triple.number == last.number + 1
            if follows and stamp != step(before, self.interval, self.profile.zone):
                self.notes.add(
                    CONTRADICTED_INTERVAL,
                    REMARKED,
                    f"{stamp:{STAMP}} is not {self.interval} after the time before",
                    triple.number,
                )
                return

    def _length(self, triples: Sequence[Triple], stamps: Sequence[datetime]) -> str:
        """Tell the length of the intervals.

        The stated one holds unless the times come closer than it; then the times
        count, and likewise if none is stated.
        """
        is_stated = not is_empty(self.interval)
        if is_stated and (
            any(not triple.stamp for triple in triples)
            or all(
                step(before, self.interval, self.profile.zone) <= after
                for before, after in pairwise(stamps)
            )
        ):
            return self.interval
        found = interval_between(stamps)
        if stamps and not found:
            raise LineRefusedError(
                UNKNOWN_INTERVAL,
                f"got interval {self.interval or 'none'} and times that tell no other, "
                "expected MMDDHHMM in field 13",
            )
        return found

    def _span(
        self, stamp: datetime, before: datetime | None, interval: str
    ) -> tuple[datetime, datetime]:
        zone = self.profile.zone
        if self.profile.is_start_stamped:
            return stamp, step(stamp, interval, zone)
        if before and step(before, interval, zone) == stamp:
            return before, stamp
        return step(stamp, interval, zone, times=-1), stamp
