"""When the hour of a row of a price file begins."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ter_pipelines.formats.price_files.csv_profile import CsvTime, Names
from ter_pipelines.vocab.clock import HOUR
from ter_pipelines.vocab.strict_json import shown

Cell = Callable[[Names], str]

_YEARS = range(2000, 2200)
_LABEL = re.compile(r"([0-9]{1,2})(?::00(?::00)?)?(.*)", re.DOTALL)
_HOURS = {"begin": range(24), "hour-ending": range(1, 25)}


class StartReader:
    """Reads the beginnings of one location's hours, row after row."""

    def __init__(self, time: CsvTime) -> None:
        """Take how a row says when its hour is."""
        self.time = time
        self.before: datetime | None = None
        self.is_second = False

    def start_of(self, cell: Cell) -> datetime:
        """Give the UTC start of a row's hour.

        Args:
            cell: Gives the row's text of a column.

        Raises:
            ValueError: If it has no time, or one that its clock skips or does not
                tell from another.
        """
        wall, is_marked = self._wall(cell)
        stamp, zone = self.time.stamp, self.time.zone
        if stamp == "hour-ending":
            wall -= HOUR
        if self.time.flag_column:
            is_marked = cell(self.time.flag_column) == self.time.flag
        instant = wall
        if zone is not None:
            instant = self._instant(wall, zone, is_marked=is_marked)
        if stamp == "end":
            instant -= HOUR
        return instant

    def _wall(self, cell: Cell) -> tuple[datetime, bool]:
        """Read the clock's time; one without an offset is written as if it were UTC.

        Returns:
            The time, and whether its label marks it as a repeated one.
        """
        wall = _parsed(cell(self.time.column), self.time)
        if not self.time.hour_column:
            return wall, False
        hour, is_marked = self._hour(cell(self.time.hour_column))
        return wall + timedelta(hours=hour), is_marked

    def _hour(self, label: str) -> tuple[int, bool]:
        hours = _HOURS[self.time.stamp]
        suffix = self.time.label_suffix if self.time.repeated_hour == "label" else ""
        match = _LABEL.fullmatch(label)
        if not match or int(match[1]) not in hours or match[2] not in {"", suffix}:
            also = f", or with {suffix} for the repeated one" if suffix else ""
            raise ValueError(
                f"got hour {shown(label)}, expected {hours[0]:02d} to "
                f"{hours[-1]:02d}{also}"
            )
        return int(match[1]), match[2] != ""

    def _instant(self, wall: datetime, zone: ZoneInfo, *, is_marked: bool) -> datetime:
        instants = _instants(wall, zone)
        if not instants:
            raise ValueError(f"got {_shown(wall)}, which the clocks of {zone.key} skip")
        if self.time.repeated_hour == "order":
            return self._by_order(wall, instants, zone)
        if len(instants) == 1:
            if is_marked:
                raise ValueError(
                    f"got {_shown(wall)} as a repeated hour, but {zone.key} has it once"
                )
            return instants[0]
        if self.time.repeated_hour == "refuse":
            raise ValueError(
                f"got {_shown(wall)}, which {zone.key} has twice; expected the profile "
                "to say what tells them apart"
            )
        return instants[is_marked]

    def _by_order(
        self, wall: datetime, instants: list[datetime], zone: ZoneInfo
    ) -> datetime:
        before, self.before = self.before, wall
        if before is None or wall > before:
            self.is_second = False
            return instants[0]
        if wall < before:
            raise ValueError(
                f"got {_shown(wall)} after {_shown(before)}, expected rows in order of "
                "time, which alone tells repeated hours apart"
            )
        if len(instants) == 1 or self.is_second:
            times = "once" if len(instants) == 1 else "twice"
            raise ValueError(f"got {_shown(wall)} again, but {zone.key} has it {times}")
        self.is_second = True
        return instants[1]


def _parsed(text: str, time: CsvTime) -> datetime:
    try:
        if text.isascii():
            read = datetime.strptime(text, time.format)  # noqa: DTZ007
            wall = read.replace(tzinfo=UTC) if time.zone else read.astimezone(UTC)
            if wall.year in _YEARS:
                return wall
    except (ValueError, OverflowError):
        pass
    raise ValueError(
        f"got time {shown(text)}, expected one as {time.format} of the years "
        f"{_YEARS[0]} to {_YEARS[-1]}"
    )


def _shown(wall: datetime) -> str:
    return f"{wall:%Y-%m-%dT%H:%M}"


def _instants(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """Give the instants, in order, at which clocks of a zone show a time."""
    found: list[datetime] = []
    for fold in (0, 1):
        instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        is_shown = instant.astimezone(zone).replace(tzinfo=UTC, fold=0) == wall
        if is_shown and instant not in found:
            found.append(instant)
    return found
