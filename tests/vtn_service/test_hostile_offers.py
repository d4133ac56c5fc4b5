"""What one VEN offers stops neither its own events nor anybody else's writes."""

import asyncio
import random

from sqlalchemy import Connection, text

from tests.vtn_service import messages
from tests.vtn_service.asked import polled
from tests.vtn_service.at_work import VtnAtWork, price_event, put, registered
from tests.vtn_service.messages import Point, report, report_offer
from tests.vtn_service.stores import NOW, enrol
from tests.vtn_service.taken_apart import offer_of
from tests.vtn_service.test_telling import SECOND, ClockedVtn, Told, told
from vtn_service.openadr.message import MAX_TEXT
from vtn_service.openadr.offers import MOST_NAME_BYTES, MOST_POINTS, MOST_REPORTS
from vtn_service.store.offers import meaning_of, register_offers
from vtn_service.store.store import Store

__all__ = ["told"]


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


def _offer(vtn: VtnAtWork, ven_id: str, *offers: str) -> str:
    """Offer as a VEN; give the code of the answer."""
    document = messages.register_report(ven_id, *offers)
    return vtn.say(ven_id, "EiReport", document).code


def test_more_reports_than_one_ven_may_offer_are_refused_in_several_messages(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "many-2")
    offers = [report_offer(f"s{i}", [Point("r")]) for i in range(MOST_REPORTS)]
    another = report_offer("another", [Point("r")])

    assert _offer(vtn, "many-2", *offers[1:]) == "200"
    assert _offer(vtn, "many-2", *offers[:2]) == "200"
    assert _offer(vtn, "many-2", another) == "454"
    assert _offer(vtn, "many-2", *offers) == "200"


def test_a_ven_that_registers_again_may_offer_as_many_again(told: Told) -> None:
    async def story(vtn: ClockedVtn) -> list[str]:
        codes = []
        for name in ("before", "after", "over"):
            offers = [
                report_offer(f"{name}{i}", [Point("r")]) for i in range(MOST_REPORTS)
            ]
            offer = messages.register_report("v1", *offers)
            codes.append((await vtn.say("EiReport", offer)).code)
            if name == "before":
                vtn.now += SECOND
                again = messages.create_registration()
                await vtn.say("EiRegisterParty", again)
        return codes

    assert told(story) == ["200", "200", "454"]


def test_more_points_than_one_ven_may_offer_are_refused_in_several_messages(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "many-3")
    points = [Point(f"r{i}") for i in range(MOST_POINTS)]
    fits, too_many = points[1000:], [Point("r"), *points[1000:]]

    assert _offer(vtn, "many-3", report_offer("first", points[:1000])) == "200"
    assert _offer(vtn, "many-3", report_offer("second", too_many)) == "454"
    assert _offer(vtn, "many-3", report_offer("second", fits)) == "200"
    assert _offer(vtn, "many-3", report_offer("second", fits)) == "200"


def test_what_is_refused_changes_nothing_of_what_was_offered(vtn: VtnAtWork) -> None:
    registered(vtn, "many-4")
    points = [Point(f"r{i}") for i in range(1000)]
    _offer(vtn, "many-4", report_offer("first", points))
    _offer(vtn, "many-4", report_offer("second", [Point("r", "device-2")]))
    refused = report_offer("second", [Point("r", "device-3"), *points])

    assert _offer(vtn, "many-4", refused) == "454"
    told = report([messages.hour("r")], specifier="second")
    vtn.say("many-4", "EiReport", messages.update_report("many-4", told))

    (value,) = vtn.reports("many-4")[0]["values"]
    assert value["resource_id"] == "device-2"


def test_a_kind_of_report_has_a_name_of_bounded_length(vtn: VtnAtWork) -> None:
    registered(vtn, "named-1")
    longest = "x-" + "n" * (MOST_NAME_BYTES - len("METADATA_x-"))
    point = [Point("r")]

    fits = report_offer("s1", point, name=longest).replace("METADATA_x-", "x-METADATA_")
    too_long = fits.replace("nn", "nnn", 1)

    assert _offer(vtn, "named-1", fits) == "200"
    assert _offer(vtn, "named-1", too_long) == "454"


def test_the_longest_names_of_a_point_fit_into_both_stores(here: Store) -> None:
    def longest(size: int) -> str:
        return random.Random(size).randbytes(size // 2).hex()  # noqa: S311 - no secret

    def offer_it(connection: Connection) -> None:
        enrol(connection, longest(128))
        point = offer_of(
            longest(MAX_TEXT),
            report_specifier_id=longest(MAX_TEXT),
            report_name=longest(MOST_NAME_BYTES),
        )
        register_offers(connection, longest(128), [point], [], NOW)

    asyncio.run(here.write(offer_it))

    (found,) = asyncio.run(here.read(meaning_of, longest(128))).offers
    assert found.r_id == longest(MAX_TEXT)


def test_work_the_database_refuses_fails_alone(here: Store) -> None:
    def too_large(connection: Connection) -> None:
        connection.execute(text("SELECT lpad('x', 2000000000)"))

    async def write_together() -> list[object]:
        works = [here.write(enrol, "v1"), here.write(too_large), here.write(enrol)]
        return await asyncio.gather(*works, return_exceptions=True)

    told = asyncio.run(write_together())

    assert [isinstance(one, Exception) for one in told] == [False, True, False]
