"""Demand tags: the kW that a meter's fees by kW are of, such as its capacity tag.

A file of them lies beside the rate, a CSV with the columns `meter_id`, `effective_from`
(a month's first day) and `kw`. A meter's tag holds until its next one.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ter_pipelines.vocab.clock import month_of
from ter_pipelines.vocab.units import parse_decimal

COLUMNS = ["meter_id", "effective_from", "kw"]
LARGEST_TAGS_BYTES = 1 << 26
_MOST_KW, _PLACES = Decimal(1_000_000), 6


@dataclass(frozen=True)
class DemandTag:
    """A meter's demand from a month on, kW."""

    effective_from: date
    kw: Decimal


DemandTags = Mapping[str, Sequence[DemandTag]]


def tag_of(tags: DemandTags, meter_id: str, billing_month: str) -> Decimal | None:
    """Give a meter's tag in a month, kW; None if it has none yet."""
    held = [
        tag.kw
        for tag in tags.get(meter_id, ())
        if month_of(tag.effective_from) <= billing_month
    ]
    return held[-1] if held else None


def parse_demand_tags(body: bytes) -> DemandTags:
    """Read a file of tags.

    Raises:
        ValueError: At the first line that is wrong, with its number.
    """
    if len(body) > LARGEST_TAGS_BYTES:
        raise ValueError(f"got more bytes than {LARGEST_TAGS_BYTES}")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("is not UTF-8") from error
    found: dict[str, dict[date, DemandTag]] = {}
    for number, row in _tag_rows(text):
        try:
            meter_id, tag = _read(row)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        if tag.effective_from in found.setdefault(meter_id, {}):
            raise ValueError(
                f"line {number}: got a second tag of {meter_id} from "
                f"{tag.effective_from} on"
            )
        found[meter_id][tag.effective_from] = tag
    return {
        meter_id: tuple(tag for _, tag in sorted(tags.items()))
        for meter_id, tags in sorted(found.items())
    }


def _tag_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give the rows after the header, with their numbers."""
    rows = csv.reader(io.StringIO(text), strict=True)
    try:
        head = next(rows, [])
        if head != COLUMNS:
            raise ValueError(f"line 1: got {head}, expected {','.join(COLUMNS)}")
        yield from enumerate(rows, start=2)
    except csv.Error as error:
        raise ValueError(f"line {rows.line_num}: {error}") from None


def _read(row: Sequence[str]) -> tuple[str, DemandTag]:
    if len(row) != len(COLUMNS):
        raise ValueError(f"got {len(row)} fields, expected {len(COLUMNS)}")
    meter_id, day_text, kw_text = row
    if not meter_id or meter_id != meter_id.strip():
        raise ValueError(f"got meter_id {meter_id!r}, expected a meter")
    try:
        day = date.fromisoformat(day_text)
    except ValueError:
        raise ValueError(f"got effective_from {day_text!r}, expected a day") from None
    if day.day != 1:
        raise ValueError(f"got effective_from {day}, expected a month's first day")
    kw = parse_decimal(kw_text)
    places = -int(kw.as_tuple().exponent)
    if not 0 <= kw < _MOST_KW or places > _PLACES:
        raise ValueError(
            f"got kw {kw_text}, expected 0 to {_MOST_KW} of at most {_PLACES} places"
        )
    return meter_id, DemandTag(day, kw)
