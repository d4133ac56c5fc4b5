"""Where the start, the length and the registered meaning of a value come from."""

from tests.vtn_service import messages
from tests.vtn_service.messages import interval, report, update_report, value
from vtn_service.contract import ReportValue
from vtn_service.openadr.message import parse_message
from vtn_service.openadr.values import read_values
from vtn_service.store.reports import Meaning, Offer

NOTHING_KNOWN = Meaning({}, {})


def _read(*intervals: str, start: str = "", asked: str = "") -> list[ReportValue]:
    document = update_report("v1", report(intervals, start=start))
    meaning = Meaning({}, {"usage": asked} if asked else {})
    return read_values(parse_message(document), meaning)


def _starts(values: list[ReportValue]) -> list[str]:
    return [v.start_text for v in values]


def test_intervals_without_start_follow_the_reports() -> None:
    values = _read(
        interval(value("r1", "1"), duration="PT1H"),
        interval(value("r1", "2"), duration="PT15M"),
        interval(value("r1", "3"), duration="PT1H"),
        start="2025-11-02T05:00:00Z",
    )

    assert _starts(values) == [
        "2025-11-02T05:00:00Z",
        "2025-11-02T06:00:00Z",
        "2025-11-02T06:15:00Z",
    ]


def test_the_requested_granularity_stands_in_for_a_missing_duration() -> None:
    values = _read(
        interval(value("r1", "1")),
        interval(value("r1", "2")),
        start="2025-11-02T05:00:00Z",
        asked="PT1H",
    )

    assert _starts(values)[1] == "2025-11-02T06:00:00Z"
    assert [v.duration_text for v in values] == ["PT1H", "PT1H"]


def test_the_only_offered_period_stands_in_where_nothing_was_asked() -> None:
    offer = Offer("usage", "r1", "", "", "", "", "", "", "", "", "PT30M", "PT30M")
    document = update_report("v1", report([interval(value("r1", "1"))]))

    values = read_values(parse_message(document), Meaning({("usage", "r1"): offer}, {}))

    assert values[0].duration_text == "PT30M"


def test_a_start_of_its_own_is_kept_as_sent() -> None:
    values = _read(
        interval(value("r1", "1"), start="2025-11-02T05:00:00.000000Z"),
        start="2025-11-01T00:00:00Z",
    )

    assert _starts(values) == ["2025-11-02T05:00:00.000000Z"]


def test_after_a_length_nobody_knows_the_start_is_unknown() -> None:
    values = _read(
        interval(value("r1", "1"), duration="P1M"),
        interval(value("r1", "2"), duration="PT1H"),
        start="2025-11-02T05:00:00Z",
    )

    assert _starts(values) == ["2025-11-02T05:00:00Z", ""]


def test_two_points_in_one_interval_share_its_time() -> None:
    both = value("r1", "1") + value("r2", "2", quality="Quality Good - Non Specific")

    values = _read(interval(both, start="2025-11-02T05:00:00Z", duration="PT1H"))

    assert [(v.r_id, v.value_text) for v in values] == [("r1", "1"), ("r2", "2")]
    assert len({v.start_text for v in values}) == 1
    assert values[1].data_quality == "Quality Good - Non Specific"


def test_the_end_of_time_is_no_accident() -> None:
    endless = "P" + "9" * 30 + "D"
    values = _read(
        interval(value("r1", "1"), start="9999-12-31T23:59:59Z", duration="P9999D"),
        interval(value("r1", "2"), duration=endless),
        interval(value("r1", "3"), duration="PT1H"),
    )

    assert _starts(values) == ["9999-12-31T23:59:59Z", "", ""]


def test_a_comment_does_not_split_a_number() -> None:
    document = update_report("v1", report([messages.hour("r1", "1<!-- x -->2")]))

    values = read_values(parse_message(document), NOTHING_KNOWN)

    assert values[0].value_text == "12"
