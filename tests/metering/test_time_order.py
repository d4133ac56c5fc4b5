"""Readings that a clock stamped wrongly: which are left out, and what is still counted.

The rest of what becomes of counters is in `test_counters`.
"""

import time
from decimal import Decimal

import pytest

from ter_pipelines.metering.counter_steps import Counter
from ter_pipelines.metering.time_order import put_in_time
from tests.metering.test_counters import counted, dials, energies, kinds, reading


def test_a_clock_put_back_leaves_out_what_was_stamped_ahead() -> None:
    result = counted([(0, "100"), (25, "101"), (26, "102"), (20, "103"), (30, "104")])

    assert kinds(result) == ["CLOCK", "CLOCK"]
    assert {e.reference for e in result.events} == {"reading 25", "reading 26"}
    assert energies(result) == {}


def test_nothing_is_counted_across_a_clock_that_was_put_back() -> None:
    """At 15 the clock is 20 minutes fast: half an hour's energy seems one quarter's."""
    ahead = [(0, "100"), (15, "101"), (30, "102")]
    right = [(25, "103"), (40, "104"), (55, "105"), (60, "105.5")]

    result = counted([*ahead, *right])

    assert energies(result) == {0: "1", 30: "1", 45: "1.166667"}
    assert dials(result) == [
        (0, "100.000000", ""),
        (15, "101.000000", ""),
        (30, "103.333333", ""),
        (60, "105.500000", ""),
    ]


def test_a_clock_put_back_is_no_exchange_and_hides_none() -> None:
    rated = Counter(900, Decimal(0), Decimal(1000), highest_kw=Decimal(8))
    before = [(0, "997"), (5, "997.5"), (10, "998"), (40, "999")]

    rise = counted([*before, (12, "1000"), (20, "1001")], rated)
    fall = counted([*before, (12, "3"), (20, "4")], rated)

    assert kinds(rise) == ["CLOCK"]
    assert kinds(fall) == ["CLOCK", "ROLLOVER"]
    assert kinds(counted([*before, (12, "500"), (20, "501")], rated))[-1] == "EXCHANGE"


EACH_FIVE = [(m, str(100 + m)) for m in range(0, 65, 5)]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("late", [-37, 600])
def test_a_few_stamped_wrongly_lose_nothing_but_themselves(
    late: int, count: int
) -> None:
    """Of polls every five minutes, those at 40 and 45 were stamped wrongly."""
    wrong = [(m + late, str(100 + m)) for m in (40, 45)[:count]]

    result = counted([*EACH_FIVE[:8], *wrong, *EACH_FIVE[8 + count :]])

    assert kinds(result) == ["EARLY" if late < 0 else "CLOCK"] * count
    assert energies(result) == dict.fromkeys((0, 15, 30, 45), "15")
    assert len(result.dials) == 2


@pytest.mark.parametrize(("resumed", "lost"), [(45, 0), (45.5, 0), (45.6, 1), (48, 1)])
def test_the_old_line_is_gone_on_with_only_at_its_pace(
    resumed: float, lost: int
) -> None:
    """The one stamped 3 was read after 35, on five minutes' pace at 40."""
    after = [(resumed, "145"), *((m, str(100 + m)) for m in (50, 55, 60))]

    result = counted([*EACH_FIVE[:8], (3, "140"), *after])

    assert kinds(result) == ["EARLY"]
    assert len(result.intervals) == 4 - lost - (resumed > 45 and lost)


def test_a_clock_put_back_for_good_is_believed_once_as_much_was_read() -> None:
    """Five polls were stamped ahead; two later ones may be early, three are not."""
    ahead = EACH_FIVE[:9]  # to 40
    back = [(21, "141"), (26, "146"), (31, "151")]

    for count, left_out in ((1, ["EARLY"]), (2, ["CLOCK"] * 4), (3, ["CLOCK"] * 4)):
        assert kinds(counted([*ahead, *back[:count]])) == left_out


def test_disorder_of_any_kind_is_sorted_out_soon() -> None:
    begin = time.perf_counter()

    put_in_time([reading(-m / 1000, "1") for m in range(50_000)])
    put_in_time([reading(m if m % 2 else -m / 1000, "1") for m in range(50_000)])

    assert time.perf_counter() - begin < 10
