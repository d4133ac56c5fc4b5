"""Hostile documents get a 400 or the protocol's error, and the process lives on."""

import codecs

import pytest

from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork, registered
from tests.vtn_service.messages import (
    Point,
    hour,
    interval,
    report,
    report_offer,
    update_report,
    value,
)

POLL = messages.poll("v1").decode()
LAUGHS = "".join(
    f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' if i else '<!ENTITY l0 "ha">'
    for i in range(10)
)
XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
DOCUMENTS = {
    "internal entity": f'<!DOCTYPE x [<!ENTITY e "v1">]>{POLL.replace("v1", "&e;")}',
    "billion laughs": f"<!DOCTYPE x [{LAUGHS}]>{POLL.replace('v1', '&l9;')}",
    "quadratic": f'<!DOCTYPE x [<!ENTITY e "{"a" * 50_000}">]><x>{"&e;" * 5000}</x>',
    "external entity": XXE + POLL.replace("v1", "&e;"),
    "external DTD": f'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">{POLL}',
    "small letters": f"<!doctype x>{POLL}",
    "undefined entity": POLL.replace("v1", "&e;"),
    "deep nesting": "<a>" * 100_000 + "</a>" * 100_000,
    "junk": "x" * 1_000_000,
    "empty": "",
    "blank": "  \n",
    "another schema": '<feed xmlns="http://www.w3.org/2005/Atom"/>',
    "a part for the whole": POLL[POLL.index("<oadr:oadrSignedObject") :],
    "latin": f'<?xml version="1.0" encoding="ISO-8859-1"?>{POLL}',
    "cut short": POLL[:-9],
    "two roots": POLL + POLL,
    "nul": POLL.replace("v1", "v\0001"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_document_is_refused(vtn: VtnAtWork, name: str) -> None:
    vtn.enrol("v1")

    response = vtn.post("v1", "OadrPoll", DOCUMENTS[name].encode())

    assert response.status_code == 400
    assert vtn.post("v1", "OadrPoll", messages.poll("v1")).status_code == 200
    assert vtn.process.poll() is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_refused(vtn: VtnAtWork, encoding: str) -> None:
    vtn.enrol("v1")

    for document in (POLL, f"<?xml version='1.0'?>{XXE}{POLL}"):
        response = vtn.post("v1", "OadrPoll", document.encode(encoding))
        assert response.status_code == 400


def test_utf8_may_say_so(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")
    declared = b'<?xml version="1.0" encoding="UTF-8"?>' + messages.poll("v1")

    for document in (declared, codecs.BOM_UTF8 + declared):
        assert vtn.post("v1", "OadrPoll", document).status_code == 200


@pytest.mark.parametrize(
    "request_id",
    ["<b>&\"'", "]]>", "{{ 7 * 7 }}", "</pyld:requestID>", " 0012 ", "a\nb", "é☃"],
)
def test_markup_in_an_id_comes_back_as_text(vtn: VtnAtWork, request_id: str) -> None:
    vtn.enrol("v1")

    said = vtn.say("v1", "EiReport", update_report("v1", request_id=request_id))

    assert said.message.text("ei:eiResponse/pyld:requestID") == request_id


def test_markup_in_what_is_offered_comes_back_as_text(vtn: VtnAtWork) -> None:
    registered(vtn, "v1")
    markup, written = "<b a='1'>&", "&lt;b a='1'&gt;&amp;"
    offer = report_offer(written, [Point(written)])

    asked = vtn.say("v1", "EiReport", messages.register_report("v1", offer))
    opted = vtn.say("v1", "EiOpt", messages.create_opt("v1", written))

    assert asked.texts("reportSpecifierID") == [markup]
    assert asked.texts("rID") == [markup]
    assert opted.texts("optID") == [markup]


def test_overlong_ids_are_refused_whole_and_not_sent_back(vtn: VtnAtWork) -> None:
    vtn.enrol("long-1")
    long = "x" * 10_000
    longest = "x" * 1024

    for document in (
        update_report("long-1", report([hour()]), request_id=long),
        update_report("long-1", report([hour(long)])),
        update_report("long-1", report([hour()], specifier=long)),
    ):
        response = vtn.post("long-1", "EiReport", document)
        assert b"454" in response.content
        assert len(response.content) < 3000
    said = vtn.say("long-1", "EiReport", update_report("long-1", request_id=longest))

    assert (said.code, said.request_id) == ("200", longest)
    assert [r["values"] for r in vtn.reports("long-1")] == [[]]


def test_ten_thousand_intervals_and_a_thousand_points_are_stored(
    vtn: VtnAtWork,
) -> None:
    vtn.enrol("big-1")
    intervals = [
        interval(value(f"r{i % 1000}", f"{i}.5"), start="2025-11-02T05:00:00Z")
        for i in range(10_000)
    ]

    said = vtn.say("big-1", "EiReport", update_report("big-1", report(intervals)))

    assert said.code == "200"
    values = vtn.reports("big-1")[0]["values"]
    assert [v["value_text"] for v in values] == [f"{i}.5" for i in range(10_000)]


@pytest.mark.parametrize("duration", ["PT0S", "-PT1H", "P1Y", "1W"])
def test_an_interval_of_any_length_is_stored_as_sent(
    vtn: VtnAtWork, duration: str
) -> None:
    vtn.enrol("odd-1")
    odd = interval(value("r1", "1"), start="2025-11-02T05:00:00Z", duration=duration)

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
