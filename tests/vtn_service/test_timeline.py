"""Where intervals begin, and how long they are, that do not say so themselves."""

import pytest

from tests.vtn_service.messages import interval, value
from tests.vtn_service.taken_apart import (
    AT_FIVE,
    AT_SIX,
    GOOD,
    meaning_of,
    offer_of,
    read,
    starts_of,
)


def test_intervals_without_start_follow_the_reports() -> None:
    values = read(
        interval(value("r1", "1"), duration="PT1H"),
        interval(value("r1", "2"), duration="PT15M"),
        interval(value("r1", "3"), duration="PT1H"),
        start=AT_FIVE,
    )

    assert starts_of(values) == [AT_FIVE, AT_SIX, "2025-11-02T06:15:00Z"]


def test_the_requested_granularity_stands_in_for_a_missing_duration() -> None:
    values = read(
        interval(value("r1", "1")),
        interval(value("r1", "2")),
        start=AT_FIVE,
        meaning=meaning_of(asked="PT1H"),
    )

    assert starts_of(values)[1] == AT_SIX
    assert [v.duration_text for v in values] == ["PT1H", "PT1H"]


def test_the_only_offered_period_stands_in_where_nothing_was_asked() -> None:
    one = offer_of("r1", min_period="PT30M", max_period="PT30M")
    several = offer_of("r2", min_period="PT1M", max_period="PT24H")
    both = value("r2", "1") + value("r1", "1")

    values = read(interval(both), meaning=meaning_of(one, several))

    assert [v.duration_text for v in values] == ["PT30M", "PT30M"]


def test_a_start_of_its_own_is_kept_as_sent() -> None:
    values = read(
        interval(value("r1", "1"), start="2025-11-02T05:00:00.000000Z"),
        start="2025-11-01T00:00:00Z",
    )

    assert starts_of(values) == ["2025-11-02T05:00:00.000000Z"]


def test_after_a_length_nobody_knows_the_start_is_unknown() -> None:
    values = read(
        interval(value("r1", "1"), duration="P1M"),
        interval(value("r1", "2"), duration="PT1H"),
        start=AT_FIVE,
    )

    assert starts_of(values) == [AT_FIVE, ""]


@pytest.mark.parametrize(
    ("uids", "hours"),
    [
        (("0", "1", "2"), ("05", "06", "07")),
        (("0", "1", "3"), ("05", "06", "08")),
        (("2", "0", "1"), ("07", "05", "06")),
        (("12", "13"), ("17", "18")),
        (("first", "second"), ("05", "06")),
        (("0", "second", "2"), ("05", "06", "07")),
    ],
)
def test_a_number_tells_the_place_of_an_interval_without_start(
    uids: tuple[str, ...], hours: tuple[str, ...]
) -> None:
    values = read(
        *(interval(value("r1", "1"), duration="PT1H", uid=uid) for uid in uids),
        start=AT_FIVE,
    )

    assert [start[11:13] for start in starts_of(values)] == list(hours)


@pytest.mark.parametrize(
    ("uids", "length", "hours"),
    [
        (("1", "2", "3"), "", ("05", "06", "07")),
        (("1", "2", "3"), "PT3H", ("05", "06", "07")),
        (("1", "2", "3"), "PT0S", ("05", "06", "07")),
        (("3", "1", "2"), "PT180M", ("07", "05", "06")),
        (("1", "2", "3"), "PT4H", ("06", "07", "08")),
        (("1", "2"), "", ("05", "06")),
        (("1",), "", ("06",)),
        (("1",), "PT1H", ("05",)),
        (("1",), "PT2H", ("06",)),
        (("1", "3"), "PT2H", ("06", "08")),
        (("2", "3"), "PT2H", ("07", "08")),
        (("0", "1"), "PT2H", ("05", "06")),
    ],
)
def test_the_numbers_one_to_n_count_from_one_unless_the_length_says_otherwise(
    uids: tuple[str, ...], length: str, hours: tuple[str, ...]
) -> None:
    values = read(
        *(interval(value("r1", "1"), duration="PT1H", uid=uid) for uid in uids),
        start=AT_FIVE,
        length=length,
    )

    assert [start[11:13] for start in starts_of(values)] == list(hours)


def test_a_start_of_its_own_leaves_the_numbers_counting_from_zero() -> None:
    values = read(
        interval(value("r1", "1"), duration="PT1H", uid="2"),
        interval(value("r1", "1"), duration="PT1H", uid="1", start=AT_SIX),
        start=AT_FIVE,
    )

    assert starts_of(values) == ["2025-11-02T07:00:00Z", AT_SIX]


@pytest.mark.parametrize(
    ("durations", "uids", "start"),
    [
        (("PT1H", "PT15M"), ("0", "1"), AT_SIX),
        (("PT1H", "PT15M"), ("0", "7"), ""),
        (("P9999D", "P9999D"), ("0", "999999999"), ""),
        (("PT1H", "PT1H"), ("0", "9" * 40), AT_SIX),
    ],
)
def test_a_number_out_of_order_or_reach_guesses_nothing(
    durations: tuple[str, ...], uids: tuple[str, ...], start: str
) -> None:
    values = read(
        *(
            interval(value("r1", "1"), duration=duration, uid=uid)
            for duration, uid in zip(durations, uids, strict=True)
        ),
        start=AT_FIVE,
    )

    assert starts_of(values) == [AT_FIVE, start]


def test_two_points_in_one_interval_share_its_time() -> None:
    both = value("r1", "1") + value("r2", "2", quality=GOOD)

    values = read(interval(both, start=AT_FIVE, duration="PT1H"))

    assert [(v.r_id, v.value_text) for v in values] == [("r1", "1"), ("r2", "2")]
    assert len({v.start_text for v in values}) == 1
    assert values[1].data_quality == GOOD


def test_the_end_of_time_is_no_accident() -> None:
    endless = "P" + "9" * 30 + "D"
    values = read(
        interval(value("r1", "1"), start="9999-12-31T23:59:59Z", duration="P9999D"),
        interval(value("r1", "2"), duration=endless),
        interval(value("r1", "3"), duration="PT1H"),
    )

    assert starts_of(values) == ["9999-12-31T23:59:59Z", "", ""]
