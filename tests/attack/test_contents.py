"""Valid messages with absurd contents are stored as sent, or refused whole."""

import pytest

from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork, price_event, put, registered
from tests.vtn_service.messages import (
    Point,
    hour,
    interval,
    report,
    report_offer,
    update_report,
    value,
)

AT_FIVE = "2025-11-02T05:00:00Z"
LONG = "x" * 10_000
LONGEST = "x" * 1024
FORTY_DIGITS = "1234567890123456789012345678901234567890"


@pytest.mark.parametrize(
    "request_id",
    ["<b>&\"'", "]]>", "{{ 7 * 7 }}", "</pyld:requestID>", " 0012 ", "a\nb", "é☃"],
)
def test_markup_in_an_id_comes_back_as_text(vtn: VtnAtWork, request_id: str) -> None:
    vtn.enrol("v1")

    said = vtn.say("v1", "EiReport", update_report("v1", request_id=request_id))

    assert said.message.text("ei:eiResponse/pyld:requestID") == request_id


def test_markup_in_what_is_offered_comes_back_as_text(vtn: VtnAtWork) -> None:
    registered(vtn, "markup-1")
    markup, written = "<b a='1'>&", "&lt;b a='1'&gt;&amp;"
    offer = report_offer(written, [Point(written)])

    asked = vtn.say("markup-1", "EiReport", messages.register_report(None, offer))
    opted = vtn.say("markup-1", "EiOpt", messages.create_opt("markup-1", written))

    assert asked.texts("reportSpecifierID") == [markup]
    assert asked.texts("rID") == [markup]
    assert opted.texts("optID") == [markup]


@pytest.mark.parametrize(
    ("service", "document"),
    [
        ("EiReport", update_report("long-1", report([hour()]), request_id=LONG)),
        ("EiReport", update_report("long-1", report([hour(LONG)]))),
        ("EiReport", update_report("long-1", report([hour()], specifier=LONG))),
        ("EiReport", update_report("long-1", report([hour()], request_id=LONG))),
        (
            "EiReport",
            messages.register_report(None, report_offer(LONG, [Point("r1")])),
        ),
        (
            "EiReport",
            messages.register_report(None, report_offer("a", [Point("r1", LONG)])),
        ),
        ("EiRegisterParty", messages.query_registration(LONG)),
        ("EiRegisterParty", messages.create_registration(name=LONG)),
        ("EiRegisterParty", messages.create_registration(registration_id=LONG)),
        ("EiEvent", messages.created_event("long-1", [(LONG, 0, "optIn")])),
        ("EiOpt", messages.create_opt("long-1", LONG)),
        ("EiOpt", messages.cancel_opt("long-1", LONG)),
    ],
)
def test_an_overlong_text_is_refused_whole_and_not_sent_back(
    vtn: VtnAtWork, service: str, document: bytes
) -> None:
    vtn.enrol("long-1")

    response = vtn.post("long-1", service, document)

    assert b"454" in response.content
    assert len(response.content) < 4000
    assert vtn.reports("long-1") == []


def test_a_text_of_just_the_limit_is_taken(vtn: VtnAtWork) -> None:
    vtn.enrol("long-2")
    document = update_report("long-2", report([hour(LONGEST)]), request_id=LONGEST)

    said = vtn.say("long-2", "EiReport", document)

    assert (said.code, said.request_id) == ("200", LONGEST)
    assert vtn.reports("long-2")[0]["values"][0]["r_id"] == LONGEST


@pytest.mark.parametrize(
    "number", ["1e308", "-1e308", "1e-320", FORTY_DIGITS, f"0.{FORTY_DIGITS}", "-0.0"]
)
def test_a_number_is_stored_digit_by_digit(vtn: VtnAtWork, number: str) -> None:
    vtn.enrol("digits-1")
    document = update_report("digits-1", report([hour("r1", number)]))

    said = vtn.say("digits-1", "EiReport", document)

    assert said.code == "200"
    assert vtn.reports("digits-1")[-1]["values"][0]["value_text"] == number


@pytest.mark.parametrize("number", ["NaN", "INF", "-INF", "1e"])
def test_what_is_no_number_is_stored_as_sent_or_refused_whole(
    vtn: VtnAtWork, number: str
) -> None:
    ven_id = f"no-number-{number}".lower()
    vtn.enrol(ven_id)
    good_and_bad = report([hour("r1", "1.5"), hour("r2", number)])

    said = vtn.say(ven_id, "EiReport", update_report(ven_id, good_and_bad))

    stored = [v["value_text"] for r in vtn.reports(ven_id) for v in r["values"]]
    assert (said.code, stored) in [("200", ["1.5", number]), ("454", [])]


@pytest.mark.parametrize("number", ["", "one", "1,5", "0x10", "++1", "½"])
def test_what_the_schema_calls_no_number_is_refused(
    vtn: VtnAtWork, number: str
) -> None:
    vtn.enrol("words-1")
    document = update_report("words-1", report([hour("r1", number)]))

    assert vtn.post("words-1", "EiReport", document).status_code == 400
    assert vtn.reports("words-1") == []


def test_ten_thousand_intervals_and_a_thousand_points_are_stored(
    vtn: VtnAtWork,
) -> None:
    vtn.enrol("big-1")
    intervals = [
        interval(value(f"r{i % 1000}", f"{i}.5"), start=AT_FIVE) for i in range(10_000)
    ]

    said = vtn.say("big-1", "EiReport", update_report("big-1", report(intervals)))

    assert said.code == "200"
    values = vtn.reports("big-1")[0]["values"]
    assert [v["value_text"] for v in values] == [f"{i}.5" for i in range(10_000)]


def test_a_thousand_points_may_be_offered(vtn: VtnAtWork) -> None:
    registered(vtn, "points-1")
    offer = report_offer("usage", [Point(f"r{i}") for i in range(1000)])

    said = vtn.say("points-1", "EiReport", messages.register_report("points-1", offer))

    assert said.code == "200"
    assert said.texts("rID") == [f"r{i}" for i in range(1000)]


@pytest.mark.parametrize("duration", ["PT0S", "-PT1H", "P1Y", "1W"])
def test_an_interval_of_any_length_is_stored_as_sent(
    vtn: VtnAtWork, duration: str
) -> None:
    vtn.enrol("odd-1")
    odd = interval(value("r1", "1"), start=AT_FIVE, duration=duration)

    vtn.say("odd-1", "EiReport", update_report("odd-1", report([odd])))

    assert vtn.reports("odd-1")[-1]["values"][0]["duration_text"] == duration


def test_a_report_from_no_time_of_ours_touches_only_its_receipt(
    vtn: VtnAtWork,
) -> None:
    vtn.enrol("ages-1")
    inside = [
        interval(value("r1", "1"), start=f"{year}-12-31T23:00:00Z", duration="P100000D")
        for year in ("0001", "1899", "2200", "9999")
    ]

    vtn.say("ages-1", "EiReport", update_report("ages-1", report(inside)))

    stored = vtn.reports("ages-1")[0]
    head = vtn.get(f"/reports?after_seq={stored['seq'] - 1}&limit=1")[0]
    assert [span["start_utc"] for span in head["touched"]] == [stored["received_at"]]
    assert len(stored["values"]) == len(inside)


@pytest.mark.parametrize("number", [-1, 2**31, 2**63, 2**70])
def test_an_absurd_revision_is_no_answer_to_an_event(
    vtn: VtnAtWork, number: int
) -> None:
    registered(vtn, "revision-1")
    put(vtn, "revision-1", "e1", price_event(["0.1"]))

    response = vtn.post(
        "revision-1",
        "EiEvent",
        messages.created_event("revision-1", [("e1", number, "optIn")]),
    )

    assert response.status_code == 400 or b"452" in response.content
