"""One answer of one device: the reads its map needs, and what they say together."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from ter_pipelines.formats.register_map import (
    Entry,
    Measured,
    Read,
    RegisterMap,
    doubt_if_dead,
    measure,
    no_value,
    plan_reads,
)
from ter_pipelines.formats.register_map.entries import HOLDING
from ter_pipelines.formats.register_map.planning import pieces_of
from ter_pipelines.resources.modbus.link import (
    ILLEGAL_ADDRESS,
    Link,
    NoAnswerError,
    RefusedError,
)
from ter_pipelines.resources.modbus.scan import Bases, offset_of
from ter_pipelines.vocab.modbus import OTHER_MODEL

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Wanted:
    """What is to be read of a kind of device, worked out once.

    Args:
        device: Its register map.
        entries: The measurements.
    """

    device: RegisterMap
    entries: Sequence[Entry]

    @cached_property
    def reads(self) -> list[Read]:
        """Give the reads that get them, by the map's own addresses."""
        return plan_reads(self.entries, self.device)

    @cached_property
    def pieces(self) -> dict[str, list[Read]]:
        """Give each measurement's own registers."""
        return {entry.measurement: pieces_of(entry) for entry in self.entries}


@dataclass(frozen=True)
class Answered:
    """One measurement and when the device gave it."""

    measured: Measured
    at: datetime


@dataclass
class _Answers:
    """What the reads of one poll brought: registers, or why there are none."""

    words: dict[tuple[int, int], int] = field(default_factory=dict)
    times: dict[tuple[int, int], datetime] = field(default_factory=dict)
    refused: dict[tuple[int, int], NoAnswerError | RefusedError] = field(
        default_factory=dict
    )

    @property
    def is_silent(self) -> bool:
        """Tell whether the device answered no more."""
        return any(isinstance(why, NoAnswerError) for why in self.refused.values())

    def take(self, read: Read, registers: Iterable[int], at: datetime) -> None:
        for i, word in enumerate(registers):
            self.words[read.function, read.address + i] = word
            self.times[read.function, read.address + i] = at

    def lack(self, read: Read, why: NoAnswerError | RefusedError, at: datetime) -> None:
        for address in range(read.address, read.end):
            self.refused[read.function, address] = why
            self.times[read.function, address] = at


async def read_device(
    link: Link,
    unit: int,
    wanted: Wanted,
    clock: Clock,
    bases: Bases | None = None,
) -> dict[str, Answered]:
    """Read some measurements of a device.

    Args:
        link: The connection.
        unit: The device behind it.
        wanted: Which measurements.
        clock: Tells when an answer came.
        bases: Where SunSpec models were found; filled and mended here.

    Returns:
        Every measurement, with a value or the reason why it has none.

    Raises:
        NoAnswerError: If nothing of it could be read, or a SunSpec device lacks the
            model of the map.
    """
    device = wanted.device
    bases = {} if bases is None else bases
    offset = await offset_of(link, unit, device, bases)
    reads = [_moved(read, offset) for read in wanted.reads]
    answers = _Answers()
    await _read_all(link, unit, reads, answers, clock)
    _require_model(unit, device, offset, answers, bases)
    torn = [read for read in reads if _is_torn(read, answers)]
    if torn and not answers.is_silent:
        pieces = list(dict.fromkeys(_pieces_in(torn, wanted, offset)))
        await _read_all(link, unit, pieces, answers, clock)
    return _answered(wanted, answers, offset)


def _answered(wanted: Wanted, answers: _Answers, offset: int) -> dict[str, Answered]:
    found = {
        entry.measurement: _measured(entry, wanted, answers, offset)
        for entry in wanted.entries
    }
    believed = doubt_if_dead(found, wanted.device)
    return {
        entry.measurement: Answered(
            believed[entry.measurement],
            answers.times[entry.function, entry.address + offset],
        )
        for entry in wanted.entries
    }


async def _read_all(
    link: Link, unit: int, reads: Sequence[Read], answers: _Answers, clock: Clock
) -> None:
    """Do the reads in order; a silence ends them."""
    for i, read in enumerate(reads):
        try:
            await _read_one(link, unit, read, answers, clock)
        except NoAnswerError as error:
            if not answers.times:
                raise
            for missed in reads[i:]:
                answers.lack(missed, error, clock())
            return


def _require_model(
    unit: int, device: RegisterMap, offset: int, answers: _Answers, bases: Bases
) -> None:
    """Look for the model again, next time, if it is no more where it was."""
    if device.sunspec_model is None:
        return
    number = answers.words.get((HOLDING, offset))
    if number != device.sunspec_model:
        bases.pop((unit, device.sunspec_model), None)
    if number not in {None, device.sunspec_model}:
        why = f"register {offset}: got model {number}, expected {device.sunspec_model}"
        raise NoAnswerError(OTHER_MODEL, why)


async def _read_one(
    link: Link, unit: int, read: Read, answers: _Answers, clock: Clock
) -> None:
    try:
        registers = await link.read(unit, read)
    except RefusedError as error:
        answers.lack(read, error, clock())
    else:
        answers.take(read, registers, clock())


def _is_torn(read: Read, answers: _Answers) -> bool:
    """Tell whether a read failed as a whole because of some register in it."""
    why = answers.refused.get((read.function, read.address))
    is_address = isinstance(why, RefusedError) and why.code == ILLEGAL_ADDRESS
    return is_address and len(read.measurements) > 1


def _pieces_in(torn: Iterable[Read], wanted: Wanted, offset: int) -> Iterable[Read]:
    pieces = [_moved(p, offset) for own in wanted.pieces.values() for p in own]
    for read in torn:
        for piece in pieces:
            is_inside = read.address <= piece.address < read.end
            if piece.function == read.function and is_inside:
                yield piece


def _measured(entry: Entry, wanted: Wanted, answers: _Answers, offset: int) -> Measured:
    for piece in wanted.pieces[entry.measurement] if answers.refused else ():
        place = (piece.function, piece.address + offset)
        if place not in answers.words:
            why = answers.refused[place]
            return no_value(entry, why.quality, why.explanation)
    return measure(entry, answers.words, offset=offset)


def _moved(read: Read, offset: int) -> Read:
    if not offset:
        return read
    return Read(read.function, read.address + offset, read.count, read.measurements)
