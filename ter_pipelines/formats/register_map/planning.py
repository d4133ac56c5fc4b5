"""Which reads get all measurements: few, none too long, no number torn apart."""

from collections.abc import Iterable
from dataclasses import dataclass

from ter_pipelines.formats.register_map.entries import HOLDING, Entry, RegisterMap
from ter_pipelines.formats.register_map.sunspec import HEADER


@dataclass(frozen=True, order=True)
class Read:
    """One request: consecutive registers of one function code.

    Args:
        function: 3 or 4.
        address: First register.
        count: How many.
        measurements: Whose numbers it holds.
    """

    function: int
    address: int
    count: int
    measurements: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """Give the register after the last."""
        return self.address + self.count


def plan_reads(entries: Iterable[Entry], device: RegisterMap) -> list[Read]:
    """Give the reads for some measurements of a device, in order of address.

    Each number's registers, and each scale factor's, lie within one read. Registers
    that nobody asked for are read along where at most `most_gap` of them lie between.
    A measurement stands with the read of its number. Of a SunSpec model its header is
    read too, to see that it still stands there.
    """
    pieces = [piece for entry in entries for piece in pieces_of(entry)]
    if device.sunspec_model is not None:
        pieces.append(Read(HOLDING, 0, HEADER))
    reads: list[Read] = []
    for piece in sorted(pieces):
        last = reads[-1] if reads else None
        if last is not None and _fits(last, piece, device):
            names = last.measurements + piece.measurements
            count = max(last.end, piece.end) - last.address
            reads[-1] = Read(last.function, last.address, count, names)
        else:
            reads.append(piece)
    return reads


def pieces_of(entry: Entry) -> list[Read]:
    """Give the registers of one measurement: its number's, then its scale factor's."""
    number = Read(
        entry.function, entry.address, entry.number.words, (entry.measurement,)
    )
    if entry.scale_factor is None:
        return [number]
    return [number, Read(entry.function, entry.scale_factor, 1)]


def _fits(last: Read, piece: Read, device: RegisterMap) -> bool:
    return (
        piece.function == last.function
        and piece.address - last.end <= device.most_gap
        and max(last.end, piece.end) - last.address <= device.most_registers
    )
