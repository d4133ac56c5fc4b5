"""What one VEN offers stops neither its own events nor anybody else's writes."""

import asyncio

from sqlalchemy import Connection, text

from tests.vtn_service import messages
from tests.vtn_service.asked import polled
from tests.vtn_service.at_work import VtnAtWork, price_event, put, registered
from tests.vtn_service.messages import Point, report_offer
from tests.vtn_service.stores import enrol
from vtn_service.openadr.offers import MOST_REPORTS
from vtn_service.store.store import Store


def test_a_period_of_ages_does_not_stand_before_events(vtn: VtnAtWork) -> None:
    vtn.enrol("ages-1")
    vtn.say("ages-1", "EiRegisterParty", messages.create_registration())
    point = Point("r1", shortest="P999999999D", longest="P999999999D")
    offer = messages.register_report("ages-1", report_offer("u", [point]))
    vtn.say("ages-1", "EiReport", offer)
    put(vtn, "ages-1", "e1", price_event(["0.1"]))

    told = [polled(vtn, "ages-1").kind for _ in range(3)]

    assert told == ["oadrRegisterReport", "oadrCreateReport", "oadrDistributeEvent"]


def test_more_reports_than_one_message_may_offer_are_refused(vtn: VtnAtWork) -> None:
    registered(vtn, "many-1")
    offers = [report_offer(f"s{i}", [Point("r")]) for i in range(MOST_REPORTS + 1)]

    most = messages.register_report("many-1", *offers[1:])
    more = messages.register_report("many-1", *offers)

    assert vtn.say("many-1", "EiReport", more).code == "454"
    assert vtn.say("many-1", "EiReport", most).code == "200"


def test_work_the_database_refuses_fails_alone(here: Store) -> None:
    def too_large(connection: Connection) -> None:
        connection.execute(text("SELECT lpad('x', 2000000000)"))

    async def write_together() -> list[object]:
        works = [here.write(enrol, "v1"), here.write(too_large), here.write(enrol)]
        return await asyncio.gather(*works, return_exceptions=True)

    told = asyncio.run(write_together())

    assert [isinstance(one, Exception) for one in told] == [False, True, False]
