"""How the pipeline finds reports: by the time they touch, and page by page."""

from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork
from tests.vtn_service.messages import hour, report, update_report
from vtn_service.contract import ReportHead


def send(vtn: VtnAtWork, ven_id: str, document: bytes) -> None:
    said = vtn.say(ven_id, "EiReport", document)
    assert said.code == "200"


def test_reports_are_found_by_the_time_they_touch(vtn: VtnAtWork) -> None:
    vtn.enrol("span-1")
    send(vtn, "span-1", update_report("span-1", report([hour(at=20)])))
    seq = vtn.reports("span-1")[0]["seq"]

    def found(start: str, end: str) -> bool:
        path = f"/reports?start_utc=2025-11-02T{start}Z&end_utc=2025-11-02T{end}Z"
        return seq in [report["seq"] for report in vtn.get(path)]

    assert found("20:00:00", "20:00:01")
    assert found("20:59:59", "23:00:00")
    assert not found("19:00:00", "20:00:00")
    assert not found("21:00:00", "22:00:00")


def test_pages_of_heads_follow_the_cursor(vtn: VtnAtWork) -> None:
    vtn.enrol("pages-1")
    for at in range(3):
        send(vtn, "pages-1", update_report("pages-1", report([hour(at=at)])))
    mine = [report["seq"] for report in vtn.reports("pages-1")]

    first = vtn.get(f"/reports?after_seq={mine[0] - 1}&limit=2")
    rest = vtn.get(f"/reports?after_seq={first[-1]['seq']}&limit=2")

    assert [head["seq"] for head in first + rest] == mine
    assert first[0]["ven_id"] == "pages-1"


def test_a_page_of_heads_is_written_piece_by_piece_as_the_contract_says(
    vtn: VtnAtWork,
) -> None:
    vtn.enrol("pieces-1")
    for at in range(2):
        send(vtn, "pieces-1", update_report("pieces-1", report([hour(at=at)])))

    answer = vtn.ask("GET", "/reports?after_seq=0")

    heads = [ReportHead.from_json(head) for head in answer.json()]
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.headers["Content-Type"] == "application/json"
    assert heads[-1].touched[0].start_utc == "2025-11-02T01:00:00Z"


def test_a_head_tells_every_stretch_and_each_finds_the_report(vtn: VtnAtWork) -> None:
    vtn.enrol("apart-1")
    days = ("2024-11-02", "2025-11-02")
    hours = [
        messages.interval(
            messages.value("r1", "1"), start=f"{day}T05:00:00Z", duration="PT1H"
        )
        for day in days
    ]
    send(vtn, "apart-1", update_report("apart-1", report(hours)))
    seq = vtn.reports("apart-1")[0]["seq"]

    head = vtn.get(f"/reports?after_seq={seq - 1}&limit=1")[0]

    assert head["touched"] == [
        {"start_utc": f"{day}T05:00:00Z", "end_utc": f"{day}T06:00:00Z"} for day in days
    ]
    for day in days:
        path = f"/reports?start_utc={day}T05:59:59Z&end_utc={day}T06:00:00Z"
        assert seq in [found["seq"] for found in vtn.get(path)]
