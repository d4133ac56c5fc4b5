"""The first pass over a feed: what its readings will need to be understood.

Links may lead to entries that stand further down, so everything but the readings is
looked at before the first of them is given. A file that breaks off, or is no feed, is
found here.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, TypeVar

from lxml import etree

from ter_pipelines.formats.espi.elements import whole_of
from ter_pipelines.formats.espi.links import Family, Links, Place, Resource
from ter_pipelines.formats.espi.numbers import LONGEST_SECONDS, UnusableError
from ter_pipelines.formats.espi.records import ReadingType, UsagePoint
from ter_pipelines.formats.espi.stream import (
    ATOM,
    ENTRY,
    MAX_BYTES,
    METER_READING,
    READING_TYPE,
    USAGE_POINT,
    pieces,
)
from ter_pipelines.vocab.clock import parse_instant

MOST_POWERS_OF_TEN = 12
T = TypeVar("T")
OUTSIDE = Links()
_TYPE_FIELDS = {
    "flow_direction": "flowDirection",
    "uom": "uom",
    "interval_length": "intervalLength",
    "accumulation_behaviour": "accumulationBehaviour",
    "data_qualifier": "dataQualifier",
    "kind": "kind",
    "commodity": "commodity",
    "phase": "phase",
    "currency": "currency",
    "default_quality": "defaultQuality",
    "tou": "tou",
    "consumption_tier": "consumptionTier",
    "cpp": "cpp",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """Whose a block's readings are, and what their values mean."""

    usage_point: UsagePoint
    reading_type: ReadingType


@dataclass(slots=True)
class Survey:
    """The small resources of a feed, and how they hang together.

    Args:
        name: Of the file.
        links: Of each entry, by its number.
    """

    name: str
    links: dict[int, Links] = field(default_factory=dict)
    usage_points: Family[int | None] = field(
        default_factory=lambda: Family("usage point", "link.usage_point")
    )
    meter_readings: Family[None] = field(
        default_factory=lambda: Family("meter reading", "link.meter_reading")
    )
    reading_types: Family[ReadingType | str] = field(
        default_factory=lambda: Family("reading type", "link.reading_type")
    )
    _meanings: dict[tuple[int, ...], Meaning | UnusableError] = field(
        default_factory=dict
    )

    def links_of(self, place: Place) -> Links:
        """Give the links of the entry a resource stands in."""
        return self.links.get(place.entry, OUTSIDE)

    def meaning_of(self, block: Place) -> Meaning:
        """Say whose a block is, and what it means.

        Raises:
            UnusableError: If a link leads nowhere or to several.
        """
        meaning = self._meanings.get(block.inside)
        if meaning is None:
            meaning = self._meanings[block.inside] = self._try(block)
        if isinstance(meaning, UnusableError):
            raise UnusableError(meaning.reason, str(meaning))
        return meaning

    def usage_point_of(self, place: Place, links: Links) -> UsagePoint:
        """Find the usage point that a meter reading or summary belongs to.

        Raises:
            UnusableError: If there is none or more than one, or it has no name.
        """
        found = self.usage_points.parent_of(
            place, links, is_alone_enough=self._is_single
        )
        name = next(iter(found.links.own), found.links.entry_id)
        if not name:
            raise UnusableError(
                "link.usage_point", "usage point: got neither a self link nor an id"
            )
        return UsagePoint(name, found.content)

    @property
    def _is_single(self) -> bool:
        return len(self.meter_readings.members) <= 1

    def _try(self, block: Place) -> Meaning | UnusableError:
        links = self.links_of(block)
        try:
            if not self.meter_readings.members:
                return self._resolve(block, links)
            found = self.meter_readings.parent_of(block, links, is_alone_enough=True)
            own = found.links
            related = Links(own.own, own.up, tuple(found.related))
            return self._resolve(found.place, related)
        except UnusableError as error:
            return error

    def _resolve(self, place: Place, links: Links) -> Meaning:
        usage_point = self.usage_point_of(place, links)
        found = self.reading_types.parent_of(
            place, links, is_alone_enough=self._is_single
        )
        if isinstance(found.content, str):
            raise UnusableError("reading_type.malformed", found.content)
        return Meaning(usage_point, found.content)


def survey_feed(stream: BinaryIO, name: str, *, max_bytes: int = MAX_BYTES) -> Survey:
    """Look through a feed once.

    Args:
        stream: The file, from its start.
        name: Of the file, for messages.
        max_bytes: The most it may have.

    Raises:
        FormatError: With file and line, if it is not a whole, harmless XML document
            with ESPI resources in it.
    """
    survey = Survey(name)
    points: list[tuple[Place, int | None]] = []
    readings: list[tuple[Place, None]] = []
    types: list[tuple[Place, ReadingType | str]] = []
    for piece in pieces(stream, name, max_bytes=max_bytes):
        if piece.tag == ENTRY:
            number = len(survey.links) + 1
            survey.links[piece.place.number] = _links(piece.element, number)
        elif piece.tag == USAGE_POINT:
            points.append((piece.place, _service_kind(piece.element)))
        elif piece.tag == METER_READING:
            readings.append((piece.place, None))
        elif piece.tag == READING_TYPE:
            types.append((piece.place, _reading_type(piece.element)))
    _fill(survey, survey.usage_points, points)
    _fill(survey, survey.meter_readings, readings)
    _fill(survey, survey.reading_types, types)
    return survey


def _fill(survey: Survey, family: Family[T], seen: list[tuple[Place, T]]) -> None:
    for place, content in seen:
        family.add(Resource(place, survey.links_of(place), content))


def _links(entry: etree._Element, number: int) -> Links:
    by_rel: dict[str, list[str]] = {"self": [], "up": [], "related": []}
    for link in entry.iterchildren(f"{ATOM}link"):
        href = str(link.get("href", "")).strip().rstrip("/")
        hrefs = by_rel.get(str(link.get("rel", "")).strip().lower())
        if href and hrefs is not None:
            hrefs.append(href)
    entry_id = (entry.findtext(f"{ATOM}id") or "").strip()
    known_as = next(iter(by_rel["self"]), entry_id)
    return Links(
        tuple(by_rel["self"]),
        tuple(by_rel["up"]),
        tuple(by_rel["related"]),
        entry_id,
        f"entry {number} ({known_as})" if known_as else f"entry {number}",
        _updated(entry),
    )


def _updated(entry: etree._Element) -> datetime | None:
    for name in ("updated", "published"):
        try:
            return parse_instant((entry.findtext(f"{ATOM}{name}") or "").strip())
        except (ValueError, OverflowError):
            continue
    return None


def _service_kind(usage_point: etree._Element) -> int | None:
    try:
        return whole_of(usage_point, "ServiceCategory/kind")
    except ValueError:
        return None


def _reading_type(element: etree._Element) -> ReadingType | str:
    """Read a reading type; give the reason where it is malformed."""
    try:
        fields = {name: whole_of(element, path) for name, path in _TYPE_FIELDS.items()}
        power = whole_of(element, "powerOfTenMultiplier") or 0
    except ValueError as error:
        return f"reading type: {error}"
    if abs(power) > MOST_POWERS_OF_TEN:
        return f"reading type: got powerOfTenMultiplier {power}, expected -12 to 12"
    length = fields["interval_length"]
    if length is not None and not 0 <= length <= LONGEST_SECONDS:
        return f"reading type: got intervalLength {length} s, expected up to 366 days"
    return ReadingType(power_of_ten=power, **fields)
