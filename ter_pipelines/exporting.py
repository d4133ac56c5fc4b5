"""Exports: the settled hours of some days as a CMEP file, each version once.

A file is written when it would say something new; it then holds all of its days and
meters again, as RESEND, and marks what it says otherwise than before. Meters are taken
a few at a time, in order, so that a file of any size is written in the same memory.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.formats.cmep import (
    KWH,
    SAID,
    Days,
    Message,
    Meters,
    file_name,
    find_unsendable,
    scan_file,
    write_batch,
)
from ter_pipelines.store.durable import written_in
from ter_pipelines.store.frames import content_sha256, frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc, iso_utc
from ter_pipelines.vocab.cmep_out import NONE
from ter_pipelines.vocab.errors import FormatError, InputError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.table import Table

HOURS_A_BATCH = 360_000
NOTHING = Decimal(0)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Content:
    """What a file is to say.

    Args:
        sent: Its meters, in order.
        refused: Meters that cannot stand in it, with the reason.
        kwh: Energy of the meters in it by units, `KWH` and `GKWH`.
        usage_sha256: Hash of its hours, meters and registers.
    """

    sent: Sequence[str]
    refused: Mapping[str, str]
    kwh: Mapping[str, Decimal]
    usage_sha256: str


@dataclass(frozen=True)
class Export:
    """A month or a day that is sent as a file.

    Args:
        lake: Where everything is.
        programme: With who sends to whom and the partner's profile.
        table: The send log.
        partition: The month or day in it.
        days: The operating days.
        job_base: Smallest job number of the partition; versions are counted from it.
        most_versions: Job numbers it has.
        hours_a_batch: Meters are taken together until they have so many hours.
    """

    lake: Lake
    programme: Programme
    table: Table
    partition: str
    days: Sequence[date]
    job_base: int
    most_versions: int
    hours_a_batch: int = HOURS_A_BATCH

    def log(self) -> Sequence[Row]:
        """Give the files that were written, the newest last."""
        log = self.lake.read(self.table, [self.partition]).sort("version")
        return log.rows(named=True)

    def content(self, meters: Sequence[str]) -> Content:
        """Find out what a file of these meters would say now."""
        refused: dict[str, str] = {}
        hours = hashlib.sha256()
        kwh = dict.fromkeys(("KWH", "GKWH"), NOTHING)
        for batch in self._batches(meters):
            few = self._meters(batch)
            found = find_unsendable(few, self._days, self.programme.cmep_out)
            refused |= found
            said = few.hours.filter(~pl.col("meter_id").is_in(found.keys()))
            hours.update(said.write_csv(include_header=False).encode())
            kwh["KWH"] += _total(said, "import_kwh")
            kwh["GKWH"] += _total(said, "export_kwh")
        sent = [meter for meter in meters if meter not in refused]
        has_registers = self.programme.cmep_out.registers != NONE
        registers = content_sha256(self._opened(sent)) if has_registers else ""
        says = repr([hours.hexdigest(), registers, *self._unsettled()])
        return Content(sent, refused, kwh, hashlib.sha256(says.encode()).hexdigest())

    def write(self, content: Content, made_at: datetime) -> None:
        """Write a new version and its line in the send log.

        Raises:
            InputError: If the file cannot be written as the profile wants it.
            DiskFullError: If there is no room for it.
            FileExistsError: If somebody else wrote this version just now.
        """
        written_before = self.lake.versions(self.table, self.partition)
        profile = self.programme.cmep_out
        version = len(self.log()) + 1
        message = self._message(version, made_at)
        name = file_name(profile, message, self._job_number(version))
        lines: list[int] = []
        path, written = self.lake.write_file(
            self.table, self.partition, name, self._pieces(content, message, lines)
        )
        row = {
            "file_name": name,
            "path": path,
            "purpose": message.purpose,
            "version": version,
            "records": sum(lines),
            "size_bytes": written.size_bytes,
            "sha256": written.sha256,
            "import_kwh": content.kwh["KWH"],
            "export_kwh": content.kwh["GKWH"],
            "zone": str(profile.zone or UTC),
            "usage_sha256": content.usage_sha256,
            "made_at": made_at,
        }
        self.lake.publish(
            self.table,
            self.partition,
            frame_of(self.table, [row]),
            after=written_before,
        )

    def meters_sent(self) -> list[str]:
        """Name the meters of the newest file."""
        found: set[str] = set()
        for piece in self._said_before():
            found |= set(piece["meter_id"])
        return sorted(found)

    def find_unequal(self, content: Content) -> list[Finding]:
        """Read the newest file from the disk and hold it against what it should say."""
        log = self.log()
        if not log:
            return []
        newest = log[-1]
        name = newest["file_name"]
        if written_in(self.lake.root / newest["path"]).sha256 != newest["sha256"]:
            return [Finding("cmep.changed_on_disk", name)]
        read = dict.fromkeys(content.kwh, NOTHING)
        try:
            for piece in self._said_before():
                for units in read:
                    said = piece.filter(pl.col("units") == units)
                    read[units] += _total(said, "value")
        except FormatError as error:
            return [Finding("cmep.unreadable", name, {"why": str(error)})]
        return [
            Finding(
                "cmep.energy_differs",
                name,
                {"units": units, "read": str(read[units]), "settled": str(settled)},
            )
            for units, settled in content.kwh.items()
            if read[units] != settled
        ]

    def _message(self, version: int, made_at: datetime) -> Message:
        programme = self.programme
        profile = programme.cmep_out
        purpose = profile.purpose if version == 1 else profile.resend_purpose
        sender, receiver = programme.cmep_sender_id, programme.cmep_receiver_id
        return Message(sender, receiver, purpose, made_at)

    def _pieces(
        self, content: Content, message: Message, lines: list[int]
    ) -> Iterator[bytes]:
        before = _Before(self._said_before())
        for batch in self._batches(content.sent):
            meters = self._meters(batch, before.up_to(batch[-1]))
            profile = self.programme.cmep_out
            body = write_batch(meters, self._days, message, profile)
            lines.append(body.count(b"\r\n"))
            yield body

    def _said_before(self) -> Iterator[pl.DataFrame]:
        """Read the newest file, if there is one."""
        log = self.log()
        if not log:
            return
        zone: tzinfo = UTC
        if log[-1]["zone"] != str(UTC):
            zone = ZoneInfo(log[-1]["zone"])
        with (self.lake.root / log[-1]["path"]).open("rb") as file:
            yield from scan_file(file, zone)

    def _meters(
        self, batch: Sequence[str], before: pl.DataFrame | None = None
    ) -> Meters:
        values = {
            "first_day": self.days[0],
            "last_day": self.days[-1],
            "first_meter": batch[0],
            "last_meter": batch[-1],
        }
        hours = self.lake.run("billed_hour", values)
        hours = hours.filter(pl.col("meter_id").is_in(batch))
        empty = SAID.to_frame() if before is None else before
        return Meters(self._opened(batch), hours, empty)

    def _opened(self, meters: Sequence[str]) -> pl.DataFrame:
        """Give the registers of meters at the start of the first day."""
        asked = pl.DataFrame({"meter_id": meters}, schema={"meter_id": pl.String})
        kwh = (pl.col(c).cast(KWH).fill_null(0) for c in ("import_kwh", "export_kwh"))
        return asked.join(
            self._registers, on="meter_id", how="left", maintain_order="left"
        ).with_columns(*kwh)

    @cached_property
    def _registers(self) -> pl.DataFrame:
        return self.lake.run("register_opening", {"first_day": self.days[0]})

    def _job_number(self, version: int) -> int:
        if version >= self.most_versions:
            raise InputError(
                f"{self.table} of {self.partition}: got version {version}, expected "
                f"under {self.most_versions}: job numbers have seven digits"
            )
        return self.job_base + version

    def _unsettled(self) -> list[str]:
        """Name the hours of which nothing can be told yet."""
        every = (start for day in self._days.starts for start in day)
        return [iso_utc(start) for start in every if start not in self._days.settled]

    def _batches(self, meters: Sequence[str]) -> Iterable[Sequence[str]]:
        size = max(1, self.hours_a_batch // self._days.hours)
        return (meters[i : i + size] for i in range(0, len(meters), size))

    @cached_property
    def _days(self) -> Days:
        zone = self.programme.zone
        starts = [interval_starts_utc(day, zone) for day in self.days]
        stored = [d for d in self.days if self.lake.stored(tables.SETTLED_HOUR, d)]
        priced = self.lake.read(tables.PRICE_CURVE, stored)["interval_start_utc"]
        return Days(starts, frozenset(priced) if stored else frozenset())


class _Before:
    """What the version before said, handed out meter by meter as these are written."""

    def __init__(self, pieces: Iterator[pl.DataFrame]) -> None:
        self._pieces = pieces
        self._rest = SAID.to_frame()

    def up_to(self, meter_id: str) -> pl.DataFrame:
        """Give what was said of meters up to this one that was not given yet."""
        while self._rest.is_empty() or self._rest["meter_id"][-1] <= meter_id:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._rest = pl.concat([self._rest, piece])
        is_asked = self._rest["meter_id"] <= meter_id
        given, self._rest = self._rest.filter(is_asked), self._rest.filter(~is_asked)
        return given


def _total(frame: pl.DataFrame, column: str) -> Decimal:
    found = frame[column].cast(KWH).sum()
    return found if isinstance(found, Decimal) else NOTHING
