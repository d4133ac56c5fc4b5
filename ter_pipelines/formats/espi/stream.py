"""A feed in pieces: its resources one after the other, in little memory.

Document types are refused, entities and the network are off, and size and depth have
limits. Readings are handed on in slices, so that a block may be as long as it likes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from lxml import etree

from ter_pipelines.formats.espi.links import Place
from ter_pipelines.vocab.errors import FormatError

ATOM = "{http://www.w3.org/2005/Atom}"
ESPI = "{http://naesb.org/espi}"
ENTRY = f"{ATOM}entry"
BLOCK = f"{ESPI}IntervalBlock"
INTERVAL = f"{ESPI}interval"
READING = f"{ESPI}IntervalReading"
USAGE_POINT = f"{ESPI}UsagePoint"
METER_READING = f"{ESPI}MeterReading"
READING_TYPE = f"{ESPI}ReadingType"
SUMMARIES = (f"{ESPI}UsageSummary", f"{ESPI}ElectricPowerUsageSummary")
MAX_BYTES = 1 << 30

_PIECES = (ENTRY, BLOCK, USAGE_POINT, METER_READING, READING_TYPE, *SUMMARIES)
Element = etree._Element  # noqa: SLF001 - lxml has no public name for it
_MAX_HELD = 16 << 20
_CHUNK = 1 << 16
_SLICE = 4096


@dataclass(slots=True)
class Piece:
    """An entry or a resource that has ended, or a slice of a block that goes on.

    Args:
        tag: Qualified name of its element.
        element: Itself; empty again once the next piece is asked for.
        place: Where it stands.
        is_open: Whether more of it follows; its last child is unfinished then.
        readings_before: How many readings of the block were in earlier slices.
    """

    tag: str
    element: etree._Element
    place: Place
    is_open: bool = False
    readings_before: int = 0


@dataclass(slots=True)
class _Walk:
    """Where in the document the parser is."""

    name: str
    count: int = 0
    around: list[Piece] = field(default_factory=list)
    held: int = 0

    def start(self, element: etree._Element) -> None:
        if not self.count:
            self.refuse_document_type(element)
        self.count += 1
        tag = str(element.tag)
        outer = self.around[-1].place if self.around else None
        inside = (*outer.inside, outer.number) if outer else ()
        entry = outer.entry if outer else 0
        place = Place(self.count, self.count if tag == ENTRY else entry, inside)
        self.around.append(Piece(tag, element, place))

    def refuse_document_type(self, element: etree._Element) -> None:
        if element.getroottree().docinfo.internalDTD is not None:
            raise FormatError(f"{self.name}: got a document type, expected none")

    def end(self) -> Piece:
        self.held = 0
        piece = self.around.pop()
        piece.is_open = False
        return piece

    def long_block(self) -> Piece | None:
        """Give the block that the parser is in, if enough of it is there."""
        if self.around and self.around[-1].tag == BLOCK:
            piece = self.around[-1]
            if len(piece.element) > _SLICE:
                self.held = 0
                piece.is_open = True
                return piece
        return None


def pieces(
    stream: BinaryIO, name: str, *, max_bytes: int = MAX_BYTES
) -> Iterator[Piece]:
    """Give the pieces of a document in the order in which they end.

    Args:
        stream: The document.
        name: Of the file, for messages.
        max_bytes: The most it may have.

    Raises:
        FormatError: With file and line, if it is not well-formed XML, has a document
            type, or is too large.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=_PIECES,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    walk = _Walk(name)
    try:
        for chunk in _chunks(stream, walk, max_bytes):
            parser.feed(chunk)
            yield from _ended(parser, walk)
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise FormatError(f"{name}: {error.msg}") from None
    walk.refuse_document_type(root)
    if not walk.count and root.tag != f"{ATOM}feed":
        raise FormatError(f"{name}: got {root.tag}, expected an Atom feed")


def _chunks(stream: BinaryIO, walk: _Walk, max_bytes: int) -> Iterator[bytes]:
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        walk.held += len(chunk)
        if size > max_bytes:
            raise FormatError(f"{walk.name}: got over {max_bytes} bytes")
        if walk.held > _MAX_HELD:
            raise FormatError(
                f"{walk.name}: got {walk.held} bytes without the end of an entry or "
                "resource: this is no Green Button feed"
            )
        yield chunk


def _ended(parser: etree.XMLPullParser, walk: _Walk) -> Iterator[Piece]:
    events = cast("Iterator[tuple[str, Element]]", parser.read_events())
    for event, element in events:
        if event == "start":
            walk.start(element)
            continue
        piece = walk.end()
        yield piece
        element.clear(keep_tail=True)  # type: ignore[call-arg]
        _drop_before(element)
    if (block := walk.long_block()) is not None:
        yield block
        _drop_slice(block)


def _drop_before(element: etree._Element) -> None:
    """Forget what was handed on before an element; an entry's links stay."""
    parent = element.getparent()
    before = element.getprevious()
    is_entry = element.tag == ENTRY
    while (
        parent is not None
        and before is not None
        and (is_entry or before.tag in _PIECES)
    ):
        parent.remove(before)
        before = element.getprevious()


def _drop_slice(block: Piece) -> None:
    """Forget a slice; the block's own interval stays, and its unfinished child."""
    children = list(block.element)
    first = 1 if children[0].tag == INTERVAL else 0
    tags = [child.tag for child in children[first:-1]]
    block.readings_before += tags.count(READING)
    del block.element[first:-1]
