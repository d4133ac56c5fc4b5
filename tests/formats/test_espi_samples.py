"""Real feeds: read as a second, naive reader reads them, and as the utility sums up.

The feeds are not part of the project. They are looked for beside it, or where
`TER_ESPI_SAMPLES` says; a feed that is not there is skipped by its name.
"""

import os
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ter_pipelines.formats.espi import UsageBook
from tests.formats.espi_feeds import Told, told
from tests.house.tree import ROOT

FOLDER = Path(
    os.environ.get("TER_ESPI_SAMPLES", str(ROOT / ".." / "shared" / "samples" / "espi"))
)
SUMMED_UP = [
    "15minLP_15Days.xml", "1dayLP_45Days.xml", "1hrLP_32Days.xml",
    "hourlyForMonthMar.xml",
]  # fmt: skip
ALL = [*SUMMED_UP, "BatchFeedThreeUsagePoints_M.xml"]
Totals = dict[tuple[str, int], tuple[int, int, int, int]]


def body_of(name: str) -> bytes:
    """Give a sample's bytes."""
    file = FOLDER / name
    if not file.is_file():
        pytest.skip(f"{name}: not found in {FOLDER}")
    return file.read_bytes()


def naive_totals(body: bytes) -> Totals:
    """Read with the standard library alone: count, Wh, first and last start.

    A block belongs to the usage point that its `up` link starts with; its direction
    is that of the type which its meter reading names.
    """
    atom, espi = "{http://www.w3.org/2005/Atom}", "{http://naesb.org/espi}"
    links: dict[ET.Element, dict[str, list[str]]] = {}
    for each in ET.fromstring(body).iter(f"{atom}entry"):  # noqa: S314 - as above
        links[each] = defaultdict(list)
        for link in each.iter(f"{atom}link"):
            links[each][link.attrib["rel"]].append(link.attrib["href"])
    direction_of_type = {
        of["self"][0]: int(each.findtext(f".//{espi}flowDirection", ""))
        for each, of in links.items()
        if each.find(f".//{espi}ReadingType") is not None
    }
    direction_of_blocks = {
        f"{of['self'][0]}/IntervalBlock": direction_of_type[
            next(href for href in of["related"] if href in direction_of_type)
        ]
        for each, of in links.items()
        if each.find(f".//{espi}MeterReading") is not None
    }
    read: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    for each, of in links.items():
        for reading in each.iter(f"{espi}IntervalReading"):
            up = of["up"][0]
            start = int(reading.findtext(f"{espi}timePeriod/{espi}start", ""))
            value = int(reading.findtext(f"{espi}value", ""))
            key = (up.partition("/MeterReading")[0], direction_of_blocks[up])
            read[key].append((start, value))
    return {
        key: (len(rows), sum(v for _, v in rows), min(rows)[0], max(rows)[0])
        for key, rows in read.items()
    }


def our_totals(found: Told) -> Totals:
    """Give the same from our reader and book."""
    book = UsageBook()
    for readings in found.readings:
        book.add(readings)
    return {
        (s.channel.usage_point, s.channel.reading_type.flow_direction or 0): (
            s.intervals,
            int(s.energy_wh or 0),
            s.first,
            s.last,
        )
        for s in book.summaries()
    }


@pytest.mark.parametrize("name", ALL)
def test_a_real_feed_is_read_whole(name: str) -> None:
    body = body_of(name)

    found = told(body, name)

    assert found.quarantined == []
    assert our_totals(found) == naive_totals(body)
    assert len(found.rows) == body.count(b"<IntervalReading>")


@pytest.mark.parametrize("name", SUMMED_UP)
def test_the_readings_of_a_real_feed_add_up_to_the_utilitys_own_sums(name: str) -> None:
    found = told(body_of(name), name)

    (summary,) = found.summaries
    stated = [m.value.scaleb(m.power_of_ten) for m in summary.measurements.values()]
    assert sum((row.value for row in found.rows), Decimal(0)) == sum(stated)


def test_three_usage_points_of_two_customers_stay_apart() -> None:
    found = told(body_of("BatchFeedThreeUsagePoints_M.xml"))

    assert [(name[15:22], name[-7:], direction, len(values))
            for name, direction, values in found.values] == [
        ("4299914", "4284792", 1, 96), ("4299914", "4284792", 19, 96),
        ("4299915", "4284793", 1, 96), ("4299915", "4284794", 19, 96),
    ]  # fmt: skip
