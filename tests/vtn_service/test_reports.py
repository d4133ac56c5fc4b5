"""What VENs offer and report, as it stands in the inbox afterwards."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.vtn_service import messages
from tests.vtn_service.at_work import Said, VtnAtWork, registered
from tests.vtn_service.messages import Point, hour, report, report_offer, update_report
from vtn_service.openadr.instants import iso_utc

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def _offer(vtn: VtnAtWork, ven_id: str, *offers: str) -> Said:
    registered(vtn, ven_id)
    return vtn.say(ven_id, "EiReport", messages.register_report(ven_id, *offers))


def _send(vtn: VtnAtWork, ven_id: str, document: bytes) -> None:
    said = vtn.say(ven_id, "EiReport", document)
    assert (said.kind, said.code) == ("oadrUpdatedReport", "200")


def test_usage_is_asked_for_by_the_hour_and_open_ended(vtn: VtnAtWork) -> None:
    said = _offer(vtn, "asked-1", report_offer("0042", [Point("0012")]))

    assert (said.kind, said.code) == ("oadrRegisteredReport", "200")
    assert said.message.text("ei:eiResponse/pyld:requestID") == "req-2"
    assert said.texts("reportSpecifierID") == ["0042"]
    assert said.texts("rID") == ["0012"]
    assert [t for t in said.texts("duration") if t] == ["PT1H", "PT1H", "PT0S"]


@pytest.mark.parametrize(
    ("name", "shortest", "longest", "durations"),
    [
        ("TELEMETRY_USAGE", "PT1M", "PT15M", ["PT1M", "PT1H", "PT0S"]),
        ("TELEMETRY_USAGE", "PT2H", "PT2H", ["PT2H", "PT2H", "PT0S"]),
        ("TELEMETRY_STATUS", "PT30S", "PT24H", ["PT30S", "PT1H", "PT0S"]),
        ("HISTORY_USAGE", "PT1H", "PT1H", []),
    ],
)
def test_another_rate_than_offered_is_never_asked_for(
    vtn: VtnAtWork, name: str, shortest: str, longest: str, durations: list[str]
) -> None:
    point = Point("r1", shortest=shortest, longest=longest)

    said = _offer(vtn, "rates-1", report_offer("usage", [point], name=name))

    assert [t for t in said.texts("duration") if t] == durations


def test_asking_again_repeats_the_request_id(vtn: VtnAtWork) -> None:
    first = _offer(vtn, "again-1", report_offer("usage", [Point("r1")]))
    again = _offer(vtn, "again-1", report_offer("usage", [Point("r2")]))

    assert first.texts("reportRequestID") == again.texts("reportRequestID") != []


def test_a_value_is_stored_with_its_text_and_its_registered_meaning(
    vtn: VtnAtWork,
) -> None:
    _offer(vtn, "0012", report_offer("0042", [Point("007", "0099")]))
    body = update_report("0012", report([hour("007", "0.0600")], specifier="0042"))

    _send(vtn, "0012", body)

    stored = vtn.reports("0012")
    assert INSTANT.fullmatch(stored[0]["values"][0].pop("registered_at"))
    assert stored[0]["values"] == [
        {
            "report_name": "TELEMETRY_USAGE",
            "report_specifier_id": "0042",
            "r_id": "007",
            "resource_id": "0099",
            "reading_type": "Direct Read",
            "report_type": "reading",
            "start_text": "2025-11-02T05:00:00Z",
            "duration_text": "PT1H",
            "value_text": "0.0600",
            "unit": "Wh",
            "scale": "k",
            "data_quality": "",
            "confidence": "",
            "accuracy": "",
            "online": "",
            "manual_override": "",
        }
    ]
    raw = vtn.ask("GET", f"/reports/{stored[0]['seq']}/body")
    assert raw.content == body
    assert raw.headers["Content-Type"] == "application/xml"


def test_a_report_keeps_the_meaning_it_was_received_with(vtn: VtnAtWork) -> None:
    _offer(vtn, "moved-1", report_offer("usage", [Point("r1", "old-device")]))
    _send(vtn, "moved-1", update_report("moved-1", report([hour("r1", "1")])))

    _offer(vtn, "moved-1", report_offer("usage", [Point("r1", "new-device")]))
    _send(vtn, "moved-1", update_report("moved-1", report([hour("r1", "2")])))

    devices = [r["values"][0]["resource_id"] for r in vtn.reports("moved-1")]
    assert devices == ["old-device", "new-device"]


def test_a_value_of_a_point_never_offered_is_stored_without_meaning(
    vtn: VtnAtWork,
) -> None:
    vtn.enrol("stranger-1")

    _send(vtn, "stranger-1", update_report("stranger-1", report([hour("r9")])))

    value = vtn.reports("stranger-1")[0]["values"][0]
    assert (value["r_id"], value["unit"], value["resource_id"]) == ("r9", "", "")
    assert (value["report_type"], value["registered_at"]) == ("", "")


@pytest.mark.parametrize(
    "number", ["NaN", "INF", "1e308", "1" * 40, "-0.000", "0.123456789012345678901"]
)
def test_any_number_of_the_schema_is_stored_as_text(
    vtn: VtnAtWork, number: str
) -> None:
    vtn.enrol("digits-1")

    _send(vtn, "digits-1", update_report("digits-1", report([hour("r1", number)])))

    assert vtn.reports("digits-1")[-1]["values"][0]["value_text"] == number


def test_a_status_is_stored_without_a_number(vtn: VtnAtWork) -> None:
    vtn.enrol("status-1")
    inside = [messages.interval(messages.resource_status("s1", online="0"))]

    _send(vtn, "status-1", update_report("status-1", report(inside)))

    value = vtn.reports("status-1")[0]["values"][0]
    assert (value["r_id"], value["value_text"], value["start_text"]) == ("s1", "", "")
    assert (value["online"], value["manual_override"]) == ("false", "false")


def test_history_is_stored_as_what_it_was_registered(vtn: VtnAtWork) -> None:
    _offer(vtn, "old-1", report_offer("past", [Point("r1")], name="HISTORY_USAGE"))
    sure = messages.value("r1", "1", confidence="95", accuracy="0.10")
    told = messages.interval(sure, start="2024-02-29T00:00:00Z", duration="PT1H")

    _send(vtn, "old-1", update_report("old-1", report([told], specifier="past")))

    value = vtn.reports("old-1")[0]["values"][0]
    assert (value["report_name"], value["unit"]) == ("HISTORY_USAGE", "Wh")
    assert (value["confidence"], value["accuracy"]) == ("95", "0.10")


@pytest.mark.parametrize("minutes", [60, 15])
def test_a_day_is_stored_whole_and_its_point_once(vtn: VtnAtWork, minutes: int) -> None:
    ven_id = f"day-{minutes}"
    _offer(vtn, ven_id, report_offer("usage", [Point("r1")]))
    midnight = datetime(2025, 11, 2, 4, tzinfo=UTC)
    numbers = [f"{n}.5000" for n in range(1440 // minutes)]
    day = [
        messages.interval(
            messages.value("r1", number),
            start=iso_utc(midnight + n * timedelta(minutes=minutes)),
            duration=f"PT{minutes}M",
        )
        for n, number in enumerate(numbers)
    ]

    _send(vtn, ven_id, update_report(ven_id, report(day)))

    stored = vtn.reports(ven_id)[0]
    assert [point["r_id"] for point in stored["points"]] == ["r1"]
    assert stored["columns"]["value_text"] == numbers
    head = vtn.get(f"/reports?after_seq={stored['seq'] - 1}&limit=1")[0]
    assert head["touched"] == [
        {"start_utc": "2025-11-02T04:00:00Z", "end_utc": "2025-11-03T04:00:00Z"}
    ]


def test_none_and_several_reports_in_a_message_are_taken(vtn: VtnAtWork) -> None:
    vtn.enrol("many-1")

    _send(vtn, "many-1", update_report("many-1"))
    _send(vtn, "many-1", update_report("many-1", report([])))
    two = report([hour("r1")]), report([hour("r2")], specifier="other")
    _send(vtn, "many-1", update_report("many-1", *two))

    assert [len(r["values"]) for r in vtn.reports("many-1")] == [0, 0, 2]


def test_a_repeat_is_answered_and_kept_once(vtn: VtnAtWork) -> None:
    vtn.enrol("repeat-1")
    body = update_report("repeat-1", report([hour()]))

    _send(vtn, "repeat-1", body)
    _send(vtn, "repeat-1", body)
    _send(vtn, "repeat-1", update_report("repeat-1", report([hour()]), request_id="2"))

    assert len(vtn.reports("repeat-1")) == 2
    vens = {ven["ven_id"]: ven for ven in vtn.get("/vens")}
    assert vens["repeat-1"]["last_report_at"].endswith("Z")


def test_a_message_sent_again_late_does_not_undo_a_correction(vtn: VtnAtWork) -> None:
    vtn.enrol("back-1")
    first, corrected = (
        update_report("back-1", report([hour("r1", number)])) for number in "12"
    )

    for document in (first, first, corrected, corrected, first):
        _send(vtn, "back-1", document)

    stored = vtn.reports("back-1")
    assert [r["values"][0]["value_text"] for r in stored] == ["1", "2"]


def test_a_correction_taken_back_in_a_new_message_is_stored(vtn: VtnAtWork) -> None:
    vtn.enrol("back-2")

    for request_id, number in (("a", "1"), ("b", "2"), ("c", "1")):
        told = report([hour("r1", number)])
        _send(vtn, "back-2", update_report("back-2", told, request_id=request_id))

    stored = vtn.reports("back-2")
    assert [r["values"][0]["value_text"] for r in stored] == ["1", "2", "1"]


def test_the_same_bytes_with_a_new_meaning_are_a_new_report(vtn: VtnAtWork) -> None:
    vtn.enrol("meant-1")
    document = update_report("meant-1", report([hour("r1", "1")]))
    _send(vtn, "meant-1", document)

    _offer(vtn, "meant-1", report_offer("usage", [Point("r1", "device-7")]))
    for _ in range(2):
        _send(vtn, "meant-1", document)

    devices = [r["values"][0]["resource_id"] for r in vtn.reports("meant-1")]
    assert devices == ["", "device-7"]


def test_a_repeat_is_one_report_whatever_others_sent_between(vtn: VtnAtWork) -> None:
    for ven_id in ("calm-1", "busy-1"):
        vtn.enrol(ven_id)
    document = update_report("calm-1", report([hour()]))

    _send(vtn, "calm-1", document)
    _send(vtn, "busy-1", update_report("busy-1", report([hour()])))
    _send(vtn, "calm-1", document)

    assert len(vtn.reports("calm-1")) == 1


def test_the_same_bytes_from_two_vens_are_two_reports(vtn: VtnAtWork) -> None:
    body = update_report(None, report([hour()]))

    for ven_id in ("twin-1", "twin-2"):
        vtn.enrol(ven_id)
        _send(vtn, ven_id, body)

    assert [len(vtn.reports(ven_id)) for ven_id in ("twin-1", "twin-2")] == [1, 1]


def test_reports_out_of_order_keep_the_order_of_arrival(vtn: VtnAtWork) -> None:
    vtn.enrol("order-1")

    for at in (7, 5, 6):
        _send(vtn, "order-1", update_report("order-1", report([hour(at=at)])))

    starts = [r["values"][0]["start_text"][11:13] for r in vtn.reports("order-1")]
    assert starts == ["07", "05", "06"]
