"""A large Green Button feed of one house: a quarter hour after the other, for years."""

from pathlib import Path

DAY_SECONDS, QUARTER_SECONDS = 86_400, 900
_FIRST = 1_330_578_000  # 2012-03-01 05:00 UTC
_POINT = "RetailCustomer/1/UsagePoint/1"
_METER = f"{_POINT}/MeterReading/1"
_ESPI = 'xmlns="http://naesb.org/espi"'
_KIND = {
    "accumulationBehaviour": 4, "commodity": 1, "currency": 840, "dataQualifier": 12,
    "flowDirection": 1, "intervalLength": QUARTER_SECONDS, "kind": 12, "phase": 769,
    "powerOfTenMultiplier": 0, "timeAttribute": 0, "uom": 72,
}  # fmt: skip


def write_feed(file: Path, size: int) -> int:
    """Write a feed of about this many bytes; give the number of its readings."""
    service = "<ServiceCategory><kind>0</kind></ServiceCategory>"
    codes = "".join(f"<{name}>{code}</{name}>\n" for name, code in _KIND.items())
    point = f"<UsagePoint {_ESPI}>{service}<status>1</status></UsagePoint>"
    kind = f"<ReadingType {_ESPI}>\n{codes}</ReadingType>"
    days = 0
    with file.open("w", encoding="ascii") as feed:
        feed.write(
            '<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        )
        feed.write(_entry(_POINT, f"{_POINT}/MeterReading", content=point))
        related = f"{_METER}/IntervalBlock", "ReadingType/1"
        feed.write(_entry(_METER, *related, content=f"<MeterReading {_ESPI}/>"))
        while feed.tell() < size:
            own = f"{_METER}/IntervalBlock/{days}"
            feed.write(_entry(own, content=_block(days)))
            days += 1
        feed.write(_entry("ReadingType/1", content=kind))
        feed.write("</feed>\n")
    return days * (DAY_SECONDS // QUARTER_SECONDS)


def _entry(own: str, *related: str, content: str) -> str:
    links = "".join(f'  <link rel="related" href="{href}"/>\n' for href in related)
    return (
        f'<entry>\n  <link rel="self" href="{own}"/>\n'
        f'  <link rel="up" href="{own.rpartition("/")[0]}"/>\n{links}'
        f"  <title>Example</title>\n  <content>{content}</content>\n"
        "  <updated>2012-10-24T00:00:00Z</updated>\n</entry>\n"
    )


def _block(day: int) -> str:
    start = _FIRST + day * DAY_SECONDS
    readings = "".join(
        _reading(at, 150 + (at // QUARTER_SECONDS * 37 + day) % 400)
        for at in range(start, start + DAY_SECONDS, QUARTER_SECONDS)
    )
    return (
        f"\n<IntervalBlock {_ESPI}>\n    <interval>\n"
        f"        <duration>{DAY_SECONDS}</duration>\n        <start>{start}</start>\n"
        f"    </interval>\n{readings}</IntervalBlock>\n"
    )


def _reading(start: int, value: int) -> str:
    return (
        f"<IntervalReading>\n    <cost>{value * 3}</cost>\n    <timePeriod>\n"
        f"        <duration>{QUARTER_SECONDS}</duration>\n"
        f"        <start>{start}</start>\n    </timePeriod>\n"
        f"    <value>{value}</value>\n</IntervalReading>\n"
    )
