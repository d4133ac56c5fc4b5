"""The second pass over a feed: its readings and summaries, or why they are none."""

from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from ter_pipelines.formats.espi.blocks import (
    BlockReader,
    Texts,
    collect,
    readings_of,
    shown,
)
from ter_pipelines.formats.espi.elements import line_of
from ter_pipelines.formats.espi.numbers import UnusableError
from ter_pipelines.formats.espi.records import Quarantined, Readings, UsageSummary
from ter_pipelines.formats.espi.stream import (
    BLOCK,
    MAX_BYTES,
    SUMMARIES,
    Piece,
    pieces,
)
from ter_pipelines.formats.espi.summaries import read_summary
from ter_pipelines.formats.espi.survey import Survey

Item = Readings | UsageSummary | Quarantined


def read_feed(
    stream: BinaryIO, survey: Survey, *, max_bytes: int = MAX_BYTES
) -> Iterator[Item]:
    """Read a feed that was surveyed, block by block, in its own order.

    Readings that say the same twice are given twice; `UsageBook` tells them apart.

    Args:
        stream: The same file again, from its start.
        survey: What `survey_feed` found in it.
        max_bytes: The most it may have.

    Raises:
        FormatError: If the file is not what it was.
    """
    for piece in pieces(stream, survey.name, max_bytes=max_bytes):
        if piece.tag == BLOCK:
            yield from _block(piece, survey)
        elif piece.tag in SUMMARIES:
            yield _summary(piece, survey)


def _block(block: Piece, survey: Survey) -> Iterator[Item]:
    links = survey.links_of(block.place)
    try:
        meaning = survey.meaning_of(block.place)
    except UnusableError as error:
        yield from _unmeant(block, survey.name, links.label, error)
        return
    reader = BlockReader(survey.name, links.label, meaning.reading_type)
    reader.read(block)
    if reader.rows:
        yield Readings(
            meaning.usage_point,
            meaning.reading_type,
            links.label,
            links.updated_utc,
            reader.rows,
        )
    yield from reader.quarantined


def _unmeant(
    block: Piece, file: str, entry: str, error: UnusableError
) -> Iterator[Quarantined]:
    """Quarantine every reading of a block that nobody can assign."""
    for element in readings_of(block):
        texts: Texts = {}
        with suppress(UnusableError):
            collect(element, texts)
        line = line_of(element)
        yield Quarantined(file, entry, line, error.reason, str(error), *shown(texts))


def _summary(piece: Piece, survey: Survey) -> UsageSummary | Quarantined:
    links = survey.links_of(piece.place)
    try:
        usage_point = survey.usage_point_of(piece.place, links)
        return read_summary(piece.element, usage_point, links.label)
    except UnusableError as error:
        reason, message = error.reason, str(error)
    except ValueError as error:
        reason, message = "summary.malformed", str(error)
    line = line_of(piece.element)
    return Quarantined(survey.name, links.label, line, reason, message)
