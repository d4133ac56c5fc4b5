"""Small Green Button feeds to read, and what reading them gave."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO

from ter_pipelines.formats.espi import (
    Quarantined,
    Reading,
    Readings,
    UsageSummary,
    read_feed,
    survey_feed,
)

ATOM = "http://www.w3.org/2005/Atom"
ESPI = "http://naesb.org/espi"
MIDNIGHT = 1572678000  # 2019-11-02 00:00 in Los Angeles
HOUSE = "RetailCustomer/1/UsagePoint/1"
METER = f"{HOUSE}/MeterReading/1"
BLOCKS = f"{METER}/IntervalBlock"
TYPE = "ReadingType/1"
WH = {"flowDirection": 1, "intervalLength": 900, "uom": 72}


@dataclass
class Told:
    """Everything a feed said."""

    readings: list[Readings] = field(default_factory=list)
    summaries: list[UsageSummary] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)

    @property
    def rows(self) -> list[Reading]:
        """Give all placed readings."""
        return [row for readings in self.readings for row in readings.rows]

    @property
    def reasons(self) -> list[str]:
        """Give the reason of each quarantined row."""
        return [row.reason for row in self.quarantined]

    @property
    def values(self) -> list[tuple[str, int | None, list[int]]]:
        """Give usage point, direction and whole values of each group of readings."""
        return [
            (
                readings.usage_point.name,
                readings.reading_type.flow_direction,
                [int(row.value) for row in readings.rows],
            )
            for readings in self.readings
        ]


def told(body: str | bytes, name: str = "feed.xml") -> Told:
    """Read a feed in both passes."""
    raw = body.encode() if isinstance(body, str) else body
    survey = survey_feed(BytesIO(raw), name)
    found = Told()
    for item in read_feed(BytesIO(raw), survey):
        if isinstance(item, Readings):
            found.readings.append(item)
        elif isinstance(item, UsageSummary):
            found.summaries.append(item)
        else:
            found.quarantined.append(item)
    return found


def feed(*entries: str) -> str:
    """Put entries into a feed."""
    return f'<feed xmlns="{ATOM}">{"".join(entries)}</feed>'


def entry(
    content: str,
    own: str = "",
    up: str = "",
    related: Iterable[str] = (),
    more: str = "",
) -> str:
    """Put a resource into an entry with its links."""
    rels = [("related", href) for href in related] + [("up", up), ("self", own)]
    links = "".join(f'<link rel="{rel}" href="{h}"/>' for rel, h in rels if h)
    return f"<entry>{more}{links}<content>{content}</content></entry>"


def element(name: str, content: str = "") -> str:
    """Write an ESPI element."""
    return f'<{name} xmlns="{ESPI}">{content}</{name}>'


def fields(**texts: object) -> str:
    """Write leaves, in the order given."""
    return "".join(f"<{name}>{text}</{name}>" for name, text in texts.items())


def reading(
    value: object = 100,
    start: object = None,
    duration: object = 900,
    more: str = "",
) -> str:
    """Write an interval reading; None leaves a part out."""
    parts = {"duration": duration, "start": start}
    stated = {name: text for name, text in parts.items() if text is not None}
    period = f"<timePeriod>{fields(**stated)}</timePeriod>" if stated else ""
    return f"<IntervalReading>{more}{period}{fields(value=value)}</IntervalReading>"


def quarters(*values: object, start: int = MIDNIGHT) -> str:
    """Write readings of a quarter of an hour, one after the other."""
    return "".join(reading(v, start + 900 * i) for i, v in enumerate(values))


def block(readings: str, start: int | None = None, duration: int = 0) -> str:
    """Write an interval block; its own interval only with a start."""
    stated = fields(duration=duration, start=start) if start is not None else ""
    interval = f"<interval>{stated}</interval>" if stated else ""
    return element("IntervalBlock", interval + readings)


def usage_point(own: str = HOUSE) -> str:
    """Write the entry of a usage point."""
    kind = "<ServiceCategory><kind>0</kind></ServiceCategory>"
    related = [f"{own}/MeterReading", f"{own}/UsageSummary"] if own else []
    up = own.rpartition("/")[0]
    return entry(element("UsagePoint", kind), own, up, related)


def meter_reading(own: str = METER, kind: str = TYPE) -> str:
    """Write the entry of a meter reading."""
    related = [f"{own}/IntervalBlock", kind]
    return entry(element("MeterReading"), own, own.rpartition("/")[0], related)


def reading_type(own: str = TYPE, /, **codes: object) -> str:
    """Write the entry of a reading type."""
    return entry(element("ReadingType", fields(**codes)), own, "ReadingType")


def blocks(*readings: str, own: str = f"{BLOCKS}/1", up: str = BLOCKS) -> str:
    """Write the entry of interval blocks, each with these readings."""
    return entry("".join(block(each) for each in readings), own, up)


def house(*readings: str, **codes: object) -> str:
    """Write a feed of a house with one channel; Wh delivered if not said otherwise."""
    return house_with(blocks(*readings), **codes)


def house_with(*entries: str, **codes: object) -> str:
    """Write a feed of the same house with these entries of blocks."""
    return feed(usage_point(), meter_reading(), reading_type(**(codes or WH)), *entries)


def one_block(readings: str, start: int | None, duration: int) -> str:
    """Write the entry of a block that states its own interval."""
    return entry(block(readings, start, duration), f"{BLOCKS}/1", BLOCKS)


def row(start: int, value: str, duration: int = 900) -> Reading:
    """Give what is expected of a plain reading."""
    return Reading(start, duration, Decimal(value))
