"""What the values of a report say, and that there are two ways to the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vtn_service import messages
from tests.vtn_service.messages import (
    interval,
    report,
    resource_status,
    update_report,
    value,
)
from tests.vtn_service.taken_apart import (
    AT_FIVE,
    AT_SIX,
    GOOD,
    NOTHING_KNOWN,
    meaning_of,
    offer_of,
    read,
)
from vtn_service.contract import ReportValue
from vtn_service.openadr.message import parse_message
from vtn_service.openadr.values import read_value_by_value, read_values

SIGNAL = (
    "<ei:signalPayload><ei:payloadFloat><ei:value>9</ei:value></ei:payloadFloat>"
    "</ei:signalPayload>"
)


def test_a_value_has_everything_that_was_sent_and_registered() -> None:
    offer = offer_of(
        "r1",
        report_name="HISTORY_USAGE",
        resource_id="0012",
        unit="Wh",
        scale="k",
        reading_type="Direct Read",
        report_type="usage",
        registered_at="2025-10-01T00:00:00Z",
    )
    sent = value("r1", " 0.0600 ", quality=GOOD, confidence="95", accuracy="0.50")

    values = read(
        interval(sent, start=AT_FIVE, duration="PT1H"), meaning=meaning_of(offer)
    )

    assert values == [
        ReportValue(
            report_name="HISTORY_USAGE",
            report_specifier_id="usage",
            r_id="r1",
            resource_id="0012",
            reading_type="Direct Read",
            report_type="usage",
            registered_at="2025-10-01T00:00:00Z",
            unit="Wh",
            scale="k",
            start_text=AT_FIVE,
            duration_text="PT1H",
            value_text="0.0600",
            data_quality=GOOD,
            confidence="95",
            accuracy="0.50",
            online="",
            manual_override="",
        )
    ]


def test_what_was_registered_is_told_once_for_all_values_of_a_point() -> None:
    hours = [messages.hour(r_id, at=at) for at in range(3) for r_id in ("r1", "r2")]
    document = update_report("v1", report(hours), report([messages.hour("r1", at=4)]))

    content = read_values(parse_message(document), NOTHING_KNOWN)

    assert [point.r_id for point in content.points] == ["r1", "r2"]
    assert content.columns.point == [0, 1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("online", "override", "expected"),
    [
        ("true", "false", ("true", "false")),
        ("1", "0", ("true", "false")),
        (" 0 ", "\n1", ("false", "true")),
    ],
)
def test_a_status_says_yes_and_no_and_has_no_number(
    online: str, override: str, expected: tuple[str, str]
) -> None:
    status = resource_status("s1", online=online, manual_override=override)

    values = read(interval(status, start=AT_FIVE))

    assert [(v.r_id, v.value_text) for v in values] == [("s1", "")]
    assert (values[0].online, values[0].manual_override) == expected


def test_a_status_beside_a_number_leaves_the_number_alone() -> None:
    both = resource_status("s1") + value("r1", "1")

    values = read(interval(both, start=AT_FIVE, duration="PT1H"))

    assert [(v.online, v.value_text) for v in values] == [("true", ""), ("", "1")]


def test_a_payload_of_another_kind_is_a_value_that_says_nothing() -> None:
    hours = [messages.hour("r1", "1"), messages.hour("r1", "2", at=6)]
    beside = hours[0].replace("</ei:interval>", f"{SIGNAL}</ei:interval>")

    values = read(beside, hours[1])

    assert [(v.r_id, v.value_text, v.start_text) for v in values] == [
        ("r1", "1", AT_FIVE),
        ("", "", AT_FIVE),
        ("r1", "2", AT_SIX),
    ]


@pytest.mark.parametrize(
    "split", ["1<!-- x -->2", "1<?x y?>2", "1<![CDATA[2]]>", "<![CDATA[12]]>", "&#49;2"]
)
def test_a_number_is_one_number_however_it_is_written(split: str) -> None:
    values = read(messages.hour("r1", split), messages.hour("r&2", "3"))

    assert [(v.r_id, v.value_text) for v in values] == [("r1", "12"), ("r&2", "3")]


PAYLOADS = st.one_of(
    st.builds(
        value,
        st.sampled_from(["r1", " r2 ", "", "a & b"]),
        st.sampled_from(["1", " 0.10\n", "NaN", "-1e308", "1<!-- -->2"]),
        quality=st.sampled_from(["", GOOD]),
        confidence=st.sampled_from(["", "100"]),
        accuracy=st.sampled_from(["", "0.0"]),
    ),
    st.builds(resource_status, st.sampled_from(["r1", "s1"])),
    st.just(SIGNAL),
)
STARTS = [AT_FIVE, f" {AT_SIX}\n", "2025-11-02T05:00:00", "9999-12-31T23:59:59Z"]
DURATIONS = ["PT1H", "PT15M", "P1M", "-PT1H"]
UIDS = st.sampled_from(["", "0", "1", "x"])
REGULAR = st.builds(
    interval,
    st.builds(
        value,
        st.sampled_from(["r1", " r2 ", "a & b"]),
        st.sampled_from(["1", " 0.10\n", "NaN", "1<!-- -->2", "<![CDATA[1]]>2"]),
        quality=st.just(GOOD),
        confidence=st.sampled_from(["", "100"]),
    ),
    start=st.sampled_from(STARTS),
    duration=st.sampled_from(DURATIONS),
    uid=UIDS,
)
ANY = st.builds(
    interval,
    st.lists(PAYLOADS, min_size=1, max_size=3).map("".join),
    start=st.sampled_from(["", *STARTS]),
    duration=st.sampled_from(["", *DURATIONS]),
    uid=UIDS,
)
REPORTS = st.builds(
    report,
    st.one_of(st.lists(REGULAR, max_size=4), st.lists(ANY, max_size=4)),
    specifier=st.sampled_from(["usage", "other"]),
    start=st.sampled_from(["", AT_FIVE]),
)


@given(reports=st.lists(REPORTS, max_size=3), asked=st.sampled_from(["", "PT1H"]))
def test_in_columns_and_value_by_value_is_the_same(
    reports: list[str], asked: str
) -> None:
    message = parse_message(update_report("v1", *reports))
    offer = offer_of("r1", report_name="X", min_period="PT5M", max_period="PT5M")
    meaning = meaning_of(offer, asked=asked)

    assert read_values(message, meaning) == read_value_by_value(message, meaning)
