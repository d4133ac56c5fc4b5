"""The readings of an ordinary block at once, as columns of texts.

Blocks hardly ever mix readings of different shape. Tags and child counts in document
order describe a tree completely; where they repeat from reading to reading, every
n-th text belongs to the same field. Other blocks are read one by one.
"""

from ter_pipelines.formats.espi.stream import ESPI, READING, Piece

START, DURATION = f"{ESPI}start", f"{ESPI}duration"
TIME_PERIOD, VALUE, COST = f"{ESPI}timePeriod", f"{ESPI}value", f"{ESPI}cost"
QUALITY, QUALITY_CODE = f"{ESPI}ReadingQuality", f"{ESPI}quality"
TOU, TIER, CPP = f"{ESPI}tou", f"{ESPI}consumptionTier", f"{ESPI}cpp"

LEAVES = (START, DURATION, VALUE, COST, QUALITY_CODE, TOU, TIER, CPP)

_AROUND = {READING, TIME_PERIOD, QUALITY}
Columns = dict[str, list[str]]


def columns_of(block: Piece) -> Columns | None:
    """Give the texts of a block's finished readings by tag; None if shapes differ."""
    nodes = list(block.element.iter())
    tags = [str(node.tag) for node in nodes]
    count = tags.count(READING)
    if count <= block.is_open:
        return None
    first = tags.index(READING)
    if block.is_open:
        last = len(tags) - 1 - tags[::-1].index(READING)
        count -= 1
    else:
        last = len(tags)
    width = (last - first) // count
    tags = tags[first:last]
    sizes = [len(node) for node in nodes[first:last]]
    is_regular = tags == tags[:width] * count and sizes == sizes[:width] * count
    if not is_regular or not _is_plain(tags[:width], sizes[:width]):
        return None
    return {
        tag: [node.text or "" for node in nodes[first + i : last : width]]
        for i, tag in enumerate(tags[:width])
        if tag not in _AROUND
    }


def _is_plain(tags: list[str], sizes: list[int]) -> bool:
    """Tell whether a reading's shape has known fields only, none of them twice."""
    return len(set(tags)) == len(tags) and all(
        tag in _AROUND or (tag in LEAVES and not size)
        for tag, size in zip(tags, sizes, strict=True)
    )
