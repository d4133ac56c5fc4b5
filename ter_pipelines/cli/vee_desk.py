"""What `ter vee` works on: the lake's usage, and the registry that keeps decisions."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from ter_pipelines.cli.at_hand import registry_at_hand
from ter_pipelines.metering.mapping import MeterMap, read_meter_map
from ter_pipelines.metering.vee.edits import (
    ACCEPT,
    ANY_DIRECTION,
    DIRECTIONS,
    EDIT,
    RERUN,
    Action,
    Edit,
)
from ter_pipelines.metering.vee.series import overlap, seconds_of
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.vee_edits import land_edit
from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import (
    Span,
    day_span,
    days_between,
    iso_utc,
    operating_day_of,
    parse_instant,
)
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.programme import Programme

SOURCE = "ter-vee"
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Order:
    """What a person asks for, as typed.

    Args:
        action: `accept`, `reject` or `edit`.
        begin: Instant, or local day.
        end: Instant, or local day; not part of it.
        reason: Why.
        by: Who.
        energy_kwh: Of an edit.
    """

    action: Action
    begin: str
    end: str
    reason: str
    by: str
    energy_kwh: Decimal | None = None


class Channels(NamedTuple):
    """A device, and one direction of it; an empty one stands for each it has."""

    ven_id: str
    device_id: str
    direction: str

    def has(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row of usage or of the log is of it."""
        return (
            row["ven_id"] == self.ven_id
            and row["device_id"] == self.device_id
            and self.direction in {ANY_DIRECTION, row["direction"]}
        )

    def __str__(self) -> str:
        """Give it as a person types it."""
        direction = f":{self.direction}" if self.direction else ""
        return f"{self.ven_id}/{self.device_id}{direction}"


@dataclass(frozen=True)
class Desk:
    """Reads the lake and keeps decisions in the registry."""

    lake: Lake
    registry: Registry
    programme: Programme

    def channel(self, name: str) -> Channels:
        """Find what a person typed: `[VEN/]DEVICE[:DIRECTION]`.

        Raises:
            InputError: If no meter list names the device, or several VENs have one.
        """
        meter_map = read_meter_map(self.lake.read(tables.METER_MAPPING))
        found = find_channels(meter_map, name)
        if len(found) == 1:
            return found[0]
        if not found:
            raise InputError(
                f"device {name!r}: no meter list names it; expected a device of the "
                "list, VEN/DEVICE, or either with :delivered, :received or :net"
            )
        choice = ", ".join(str(channel) for channel in found)
        raise InputError(f"device {name!r}: got several, expected one of {choice}")

    def span(self, begin: str, end: str) -> Span:
        """Read a time.

        Raises:
            InputError: If an end is no instant and no day, or it does not begin before
                it ends.
        """
        span = Span(self._instant(begin, "--from"), self._instant(end, "--to"))
        if span.start_utc >= span.end_utc:
            raise InputError(f"--from {begin} --to {end}: expected --to to be later")
        return span

    def days(self, span: Span) -> list[date]:
        """Give the local days of a time."""
        zone = self.programme.zone
        first = operating_day_of(span.start_utc, zone)
        return days_between(first, operating_day_of(span.end_utc - _MOMENT, zone))

    def decide(self, order: Order, channel: Channels, now: datetime) -> dict[str, Any]:
        """Keep a decision about a device's intervals.

        Raises:
            InputError: If the time is not made of whole intervals, there is nothing
                to decide, or it does not say of which channel.
        """
        span = self.span(order.begin, order.end)
        usage = self._usage(channel, span)
        _require_whole_intervals(usage, span, channel)
        _require_sense(usage, span, order, channel)
        edit = Edit(
            action=order.action,
            **channel._asdict(),
            span=span,
            energy_kwh=order.energy_kwh,
            reason=order.reason,
            made_by=order.by,
            made_at=now,
        )
        return self._keep(edit, len(usage))

    def rerun(self, first: date, last: date, reason: str, by: str) -> dict[str, Any]:
        """Ask for days to be judged again.

        Raises:
            InputError: If they are no days of the programme.
        """
        now = datetime.now(UTC)
        earliest = self.programme.first_operating_day
        today = operating_day_of(now, self.programme.zone)
        if not earliest <= first <= last <= today:
            raise InputError(
                f"--from {first} --to {last}: expected days in order, from {earliest} "
                f"to {today}"
            )
        begin, end = (day_span(day, self.programme.zone) for day in (first, last))
        span = Span(begin.start_utc, end.end_utc)
        edit = Edit(action=RERUN, span=span, reason=reason, made_by=by, made_at=now)
        return self._keep(edit, None)

    def _keep(self, edit: Edit, intervals: int | None) -> dict[str, Any]:
        kept = land_edit(self.registry, edit, source=SOURCE)
        return {
            "submission": kept.id,
            "action": edit.action,
            "ven_id": edit.ven_id,
            "device_id": edit.device_id,
            "direction": edit.direction,
            "begins_at": edit.span.start_utc,
            "ends_at": edit.span.end_utc,
            "days": [str(day) for day in self.days(edit.span)],
            "intervals": intervals,
        }

    def _usage(self, channel: Channels, span: Span) -> list[dict[str, Any]]:
        """Give a device's rows that touch a time, in order."""
        rows = self.lake.read(tables.VALIDATED_USAGE, self.days(span))
        return [
            row
            for row in rows.sort("interval_start_utc").iter_rows(named=True)
            if channel.has(row) and overlap(_span_of(row), span)
        ]

    def _instant(self, text: str, option: str) -> datetime:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            pass
        else:
            return day_span(day, self.programme.zone).start_utc
        try:
            return parse_instant(text)
        except (ValueError, OverflowError) as error:
            raise InputError(
                f"{option}: got {text!r}, expected an instant such as "
                f"2025-11-03T05:00:00Z, or a local day such as 2025-11-03"
            ) from error


@contextmanager
def open_desk() -> Iterator[Desk]:
    """Open the lake and the registry of this installation."""
    settings = read_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    registry = registry_at_hand(settings)
    try:
        registry.migrate()
        yield Desk(Lake(settings.lake_root), registry, settings.read_programme())
    finally:
        registry.close()


def find_channels(meter_map: MeterMap, name: str) -> list[Channels]:
    """Find what a name may mean: `[VEN/]DEVICE[:DIRECTION]`.

    >>> known = MeterMap({("ven-1", "ev"): [], ("ven-2", "ev"): []})
    >>> [str(channel) for channel in find_channels(known, "ven-2/ev:net")]
    ['ven-2/ev:net']
    """
    head, _, direction = name.rpartition(":")
    wanted = {name: ANY_DIRECTION}
    if direction in DIRECTIONS:
        wanted[head] = direction
    return [
        Channels(*device, wanted[spelled])
        for device in sorted(meter_map.by_device)
        for spelled in (device[1], "/".join(device))
        if spelled in wanted
    ]


def _require_whole_intervals(
    usage: Sequence[Mapping[str, Any]], span: Span, channel: Channels
) -> None:
    subject = f"{channel} from {iso_utc(span.start_utc)} to {iso_utc(span.end_utc)}"
    if not usage:
        raise InputError(
            f"{subject}: got no usage, expected judged intervals; a day that was never "
            "judged is with `ter vee run`"
        )
    for own in map(_span_of, usage):
        if own.start_utc < span.start_utc or own.end_utc > span.end_utc:
            raise InputError(
                f"{subject}: cuts the interval from {iso_utc(own.start_utc)} to "
                f"{iso_utc(own.end_utc)}, expected whole intervals"
            )


def _require_sense(
    usage: Sequence[Mapping[str, Any]], span: Span, order: Order, channel: Channels
) -> None:
    if order.action == ACCEPT and not any(map(_is_doubted, usage)):
        raise InputError(f"{channel}: nothing is doubted or changed there")
    directions = sorted({row["direction"] for row in usage})
    if order.action == EDIT and len(directions) > 1:
        raise InputError(
            f"{channel}: has {' and '.join(directions)}, expected one of them to be "
            f"named, such as {channel}:{directions[0]}"
        )
    covered = sum(row["duration_seconds"] for row in usage)
    if order.action == EDIT and covered != seconds_of(span):
        raise InputError(
            f"{channel}: {covered} s of {seconds_of(span)} s have intervals, expected "
            "all, or part of the energy would be nobody's"
        )


def _is_doubted(row: Mapping[str, Any]) -> bool:
    """Tell whether a rule doubts a value, or a person changed it."""
    was_doubted = row["state"] == "ESTIMATED" and row["version"] > 0
    return row["state"] == "SUSPECT" or was_doubted or " by " in row["method"]


def _span_of(row: Mapping[str, Any]) -> Span:
    start = row["interval_start_utc"]
    return Span(start, start + timedelta(seconds=row["duration_seconds"]))
