"""Any feed that is written is read back, in whatever order it is written."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.formats.espi import (
    Detail,
    Reading,
    Readings,
    UsageBook,
    energy_wh,
)
from tests.formats.espi_feeds import (
    block,
    element,
    entry,
    feed,
    fields,
    meter_reading,
    reading_type,
    told,
    usage_point,
)


@dataclass(frozen=True)
class Written:
    """A channel as it is written."""

    house: int
    direction: int
    power: int
    rows: tuple[Reading, ...]

    @property
    def usage_point(self) -> str:
        return f"RetailCustomer/{self.house}/UsagePoint/1"

    @property
    def address(self) -> str:
        return f"{self.usage_point}/MeterReading/{self.direction}"

    @property
    def kind(self) -> str:
        return f"ReadingType/{self.house}-{self.direction}"


details = st.builds(
    Detail,
    qualities=st.lists(st.integers(0, 19), max_size=2).map(tuple),
    tou=st.none() | st.integers(0, 9),
    consumption_tier=st.none() | st.integers(0, 9),
    cpp=st.none() | st.integers(0, 9),
)
readings = st.builds(
    Reading,
    start=st.integers(0, 10**9),
    duration_seconds=st.integers(1, 31_622_400),
    value=st.integers(-(2**47) + 1, 2**47 - 1).map(Decimal),
    detail=st.just(Detail()) | details,
    cost=st.none() | st.integers(-(2**47), 2**47).map(lambda n: Decimal(n).scaleb(-5)),
)
channels = st.lists(
    st.builds(
        Written,
        house=st.integers(1, 2),
        direction=st.sampled_from([1, 19]),
        power=st.sampled_from([-12, -3, 0, 3, 12]),
        rows=st.lists(
            readings, min_size=1, max_size=9, unique_by=lambda row: row.start
        ).map(tuple),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda channel: channel.address,
)


def written(row: Reading) -> str:
    """Write a reading with what it has."""
    detail, cost = row.detail, row.cost
    tariff = {"consumptionTier": detail.consumption_tier, "tou": detail.tou,
              "cpp": detail.cpp}  # fmt: skip
    stated = {name: code for name, code in tariff.items() if code is not None}
    money = "" if cost is None else fields(cost=int(cost.scaleb(5)))
    marks = "".join(
        f"<ReadingQuality>{fields(quality=code)}</ReadingQuality>"
        for code in detail.qualities
    )
    period = fields(duration=row.duration_seconds, start=row.start)
    inner = f"{money}{marks}<timePeriod>{period}</timePeriod>"
    return (
        f"<IntervalReading>{inner}{fields(value=row.value, **stated)}</IntervalReading>"
    )


def entries_of(channel: Written) -> list[str]:
    """Write a channel's entries, its readings split over two blocks."""
    half = len(channel.rows) // 2
    codes = {"flowDirection": channel.direction, "uom": 72,
             "powerOfTenMultiplier": channel.power}  # fmt: skip
    up = f"{channel.address}/IntervalBlock"
    parts = [channel.rows[:half], channel.rows[half:]]
    return [
        meter_reading(channel.address, channel.kind),
        reading_type(channel.kind, **codes),
        *(entry(block("".join(map(written, part))), f"{up}/{n}", up)
          for n, part in enumerate(parts)),
    ]  # fmt: skip


def whole_of(found: list[Readings]) -> dict[tuple[str, int | None, int], set[Reading]]:
    """Gather rows by usage point, direction and multiplier."""
    whole: dict[tuple[str, int | None, int], set[Reading]] = {}
    for each in found:
        kind = each.reading_type
        key = (each.usage_point.name, kind.flow_direction, kind.power_of_ten)
        whole.setdefault(key, set()).update(each.rows)
    return whole


@given(channels, st.randoms(use_true_random=False), st.booleans())
def test_what_is_written_is_read(
    sent: list[Written],
    chance: Random,
    is_spaced: bool,  # noqa: FBT001
) -> None:
    entries = [usage_point(point) for point in sorted({c.usage_point for c in sent})]
    entries += [each for channel in sent for each in entries_of(channel)]
    chance.shuffle(entries)
    body = feed(*entries, element("ApplicationInformation"))

    found = told(body.replace("><", ">\n  <") if is_spaced else body)

    assert found.quarantined == []
    assert whole_of(found.readings) == {
        (c.usage_point, c.direction, c.power): set(c.rows) for c in sent
    }


@given(channels, st.integers(1, 3))
def test_repeats_change_no_sum(sent: list[Written], times: int) -> None:
    points = [usage_point(point) for point in sorted({c.usage_point for c in sent})]
    entries = [each for channel in sent for each in entries_of(channel)]
    book = UsageBook()

    for each in told(feed(*points, *entries * times)).readings:
        book.add(each)

    for summary in book.summaries():
        kind = summary.channel.reading_type
        (channel,) = (
            c
            for c in sent
            if (c.usage_point, c.direction)
            == (summary.channel.usage_point, kind.flow_direction)
        )
        total = sum(int(row.value) for row in channel.rows)
        expected = energy_wh(kind, Decimal(total), 1)
        assert expected is not None
        assert summary.energy_wh == expected.scaleb(channel.power)
        assert (summary.distinct, summary.conflicts) == (len(channel.rows), 0)
        assert summary.repeats == (times - 1) * len(channel.rows)
