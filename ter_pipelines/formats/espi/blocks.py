"""An interval block: its readings placed in time, or quarantined with the reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from lxml import etree

from ter_pipelines.formats.espi.columns import (
    COST,
    CPP,
    DURATION,
    LEAVES,
    QUALITY,
    QUALITY_CODE,
    START,
    TIER,
    TIME_PERIOD,
    TOU,
    VALUE,
    columns_of,
)
from ter_pipelines.formats.espi.elements import line_of, text_of
from ter_pipelines.formats.espi.numbers import (
    UnusableError,
    code,
    cost,
    duration,
    instant,
    value,
)
from ter_pipelines.formats.espi.records import (
    Detail,
    Quarantined,
    Reading,
    ReadingType,
)
from ter_pipelines.formats.espi.stream import READING, Piece

CROWD = 3

Texts = dict[str, str]
DetailTexts = tuple[tuple[str, ...], str, str, str]


@dataclass(slots=True)
class BlockReader:
    """Reads the readings of a block, or of a slice of it.

    Args:
        file: Its name.
        entry: What to call the block's entry.
        reading_type: What the values mean.
        rows: What was placed.
        quarantined: What was not.
    """

    file: str
    entry: str
    reading_type: ReadingType
    rows: list[Reading] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    _interval: tuple[str, str] = ("", "")
    _details: dict[DetailTexts, Detail] = field(default_factory=dict)

    def read(self, block: Piece) -> None:
        """Read what is finished of a block."""
        if not self._read_at_once(block):
            self._read_one_by_one(block)
        self._put_crowd_aside(line_of(block.element))

    def _read_at_once(self, block: Piece) -> bool:
        """Read a block that has nothing odd; tell whether it is one."""
        columns = columns_of(block)
        if columns is None or not {START, DURATION, VALUE} <= columns.keys():
            return False
        none = [""] * len(columns[START])
        qualities, *others, costs = (
            columns.get(tag, none) for tag in (QUALITY_CODE, TOU, TIER, CPP, COST)
        )
        keys = zip(((text,) for text in qualities), *others, strict=True)
        try:
            durations = list(map(duration, columns[DURATION]))
            rows = map(
                Reading,
                map(instant, columns[START]),
                durations,
                map(value, columns[VALUE]),
                (self._details.get(key) or self._detail(key) for key in keys),
                map(cost, costs),
            )
            self.rows = list(rows)
        except UnusableError:
            return False
        return all(durations)

    def _read_one_by_one(self, block: Piece) -> None:
        self.rows = []
        start, lasts = (
            text_of(block.element, f"interval/{name}") for name in ("start", "duration")
        )
        self._interval = start, lasts
        for n, element in enumerate(readings_of(block), start=block.readings_before):
            texts: Texts = {}
            try:
                qualities = collect(element, texts)
                row = self._reading(n, texts, qualities)
                self.rows.append(row._replace(cost=self._cost(element, texts)))
            except UnusableError as error:
                self._put_aside(error, line_of(element), texts)

    def _reading(self, n: int, texts: Texts, qualities: tuple[str, ...]) -> Reading:
        start = texts.get(START, "")
        tou, tier, cpp = (texts.get(tag, "") for tag in (TOU, TIER, CPP))
        key = qualities, tou, tier, cpp
        return Reading(
            instant(start) if start.strip() else self._nth_start(n),
            duration(texts.get(DURATION, "")) or self._default_duration(),
            value(texts.get(VALUE, "")),
            self._details.get(key) or self._detail(key),
        )

    def _cost(self, element: etree._Element, texts: Texts) -> Decimal | None:
        """Read the cost of a reading; a bad one is put aside and spoils no energy."""
        try:
            return cost(texts.get(COST, ""))
        except UnusableError as error:
            self._put_aside(error, line_of(element), texts)
            return None

    def _default_duration(self) -> int:
        if not self.reading_type.interval_length:
            raise UnusableError(
                "duration.missing",
                "got no duration above zero and no intervalLength, expected either",
            )
        return self.reading_type.interval_length

    def _nth_start(self, n: int) -> int:
        """Count the start of a reading that states none, from the block's."""
        began, lasts = self._interval[0], duration(self._interval[1])
        length = self.reading_type.interval_length
        if not began or not length:
            raise UnusableError(
                "time.missing",
                "got no start, and no block start and intervalLength to count it from",
            )
        if 0 < lasts < (n + 1) * length:
            raise UnusableError(
                "time.missing",
                f"got no start, and as number {n + 1} of {length} s it is outside "
                f"its block of {lasts} s",
            )
        return instant(began) + n * length

    def _detail(self, key: DetailTexts) -> Detail:
        qualities, tou, tier, cpp = key
        default = self.reading_type.default_quality
        codes = (code("quality", text) for text in qualities)
        known = tuple(number for number in codes if number is not None)
        detail = Detail(
            known or (() if default is None else (default,)),
            code("tou", tou, self.reading_type.tou),
            code("consumptionTier", tier, self.reading_type.consumption_tier),
            code("cpp", cpp, self.reading_type.cpp),
        )
        self._details[key] = detail
        return detail

    def _put_aside(self, error: UnusableError, line: int, texts: Texts) -> None:
        self.quarantined.append(
            Quarantined(
                self.file,
                self.entry,
                line,
                error.reason,
                str(error),
                *shown(texts),
            )
        )

    def _put_crowd_aside(self, line: int) -> None:
        """Quarantine readings that all claim the same start; two are versions."""
        if len(self.rows) < CROWD or len({row.start for row in self.rows}) > 1:
            return
        error = UnusableError(
            "time.same_start",
            f"got {len(self.rows)} readings that all start at {self.rows[0].start}",
        )
        for row in self.rows:
            texts: Texts = {
                START: str(row.start),
                DURATION: str(row.duration_seconds),
                VALUE: str(row.value),
            }
            self._put_aside(error, line, texts)
        self.rows.clear()


def readings_of(block: Piece) -> Iterable[etree._Element]:
    """Give the finished readings of a block."""
    if block.is_open:
        return [child for child in list(block.element)[:-1] if child.tag == READING]
    return block.element.iterchildren(READING)


def shown(texts: Texts) -> tuple[str, str, str]:
    """Give start, duration and value as sent; empty where there are none."""
    start, lasts, read = (texts.get(tag, "") for tag in (START, DURATION, VALUE))
    return start, lasts, read


def collect(reading: etree._Element, texts: Texts) -> tuple[str, ...]:
    """Gather the texts of a reading by their tags; give those of its qualities.

    Raises:
        UnusableError: If one of them is there more than once.
    """
    qualities = []
    seen = 0
    for child in reading:
        if child.tag == TIME_PERIOD:
            for leaf in child:
                texts[str(leaf.tag)] = leaf.text or ""
                seen += 1 + len(leaf)
        elif child.tag == QUALITY:
            qualities.append(child.findtext(QUALITY_CODE) or "")
        else:
            texts[str(child.tag)] = child.text or ""
            seen += 1 + len(child)
    if seen != len(texts):
        _check_single(reading)
    return tuple(qualities)


def _check_single(reading: etree._Element) -> None:
    """Refuse leaves that are repeated or hold elements, other than extensions."""
    known = list(reading.iterdescendants(LEAVES))
    times = Counter(leaf.tag for leaf in known)
    for leaf in known:
        if len(leaf) or times[leaf.tag] > 1:
            name = etree.QName(leaf).localname
            raise UnusableError(
                "reading.malformed", f"{name}: got more than one text, expected one"
            )
