"""An answer that is overdue: what was asked is told again, and not for ever."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.vtn_service import messages
from tests.vtn_service.asked import USAGE
from tests.vtn_service.at_work import KEY, Said, price_event, sha256, token_of
from vtn_service.contract import CONTROL_PREFIX
from vtn_service.control.app import control_app
from vtn_service.house import House
from vtn_service.openadr.app import device_app
from vtn_service.settings import read_settings
from vtn_service.store.store import Store

START = datetime(2025, 11, 2, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


class ClockedVtn:
    """A VTN in this process with one VEN, `v1`, and a clock that the test sets."""

    def __init__(self, store: Store) -> None:
        """Begin at `START`."""
        settings = read_settings(
            {"VTN_CONTROL_KEY": KEY, "VTN_REQUESTS_PER_SECOND": "1000"}
        )
        self.now = START
        self.house = House(settings, store, clock=lambda: self.now)
        self.devices = TestClient(TestServer(device_app(self.house)))
        self.control = TestClient(TestServer(control_app(self.house, KEY)))

    async def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
        """Use the control door."""
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = await self.control.request(
            method, f"{CONTROL_PREFIX}{path}", json=body, headers=headers
        )
        assert answer.status == 200, await answer.text()
        return await answer.json()

    async def say(self, service: str, document: bytes) -> Said:
        """Say something as the VEN."""
        answer = await self.devices.post(
            f"/{token_of('v1')}/OpenADR2/Simple/2.0b/{service}",
            data=document,
            headers={"Content-Type": "application/xml"},
        )
        assert answer.status == 200, await answer.text()
        return Said(await answer.read())

    async def poll(self) -> str:
        """Poll as the VEN; give the kind of the answer."""
        return (await self.say("OadrPoll", messages.poll("v1"))).kind

    async def told_at(self, last: int, *, every: int = 1) -> list[int]:
        """Poll every so many minutes; give those at which there was something."""
        begin, found = self.now, []
        for minute in range(0, last + 1, every):
            self.now = begin + minute * MINUTE
            if await self.poll() != "oadrResponse":
                found.append(minute)
        return found

    async def state_of(self, ask_id: str) -> dict[str, Any]:
        """Give how far an ask has come."""
        found = await self.ask("GET", "/asks?ven_id=v1")
        return next(status for status in found if status["ask_id"] == ask_id)


@asynccontextmanager
async def clocked(folder: Path) -> AsyncIterator[ClockedVtn]:
    """Give a VTN whose VEN has asked what it speaks, and registered."""
    store = Store.open(f"sqlite:///{folder}/vtn.sqlite")
    vtn = ClockedVtn(store)
    try:
        async with vtn.devices, vtn.control:
            ven = {"ven_id": "v1", "token_sha256": sha256(token_of("v1"))}
            await vtn.ask("PUT", "/vens/v1", ven)
            await vtn.say("EiRegisterParty", messages.query_registration())
            await vtn.say("EiRegisterParty", messages.create_registration())
            yield vtn
    finally:
        store.close()


@pytest.fixture
def told(tmp_path: Path) -> Callable[[Callable[[ClockedVtn], Awaitable[Any]]], Any]:
    """Give a way to run a story with a VTN; gives what the story gives."""

    def run(story: Callable[[ClockedVtn], Awaitable[Any]]) -> Any:  # noqa: ANN401
        async def whole() -> Any:  # noqa: ANN401
            async with clocked(tmp_path) as vtn:
                return await story(vtn)

        return asyncio.run(whole())

    return run


Told = Callable[[Callable[[ClockedVtn], Awaitable[Any]]], Any]


def test_what_is_not_answered_is_told_five_times_at_growing_intervals(
    told: Told,
) -> None:
    async def story(vtn: ClockedVtn) -> Any:  # noqa: ANN401
        await vtn.ask("PUT", "/vens/v1/asks/a1", {"kind": "offers"})
        minutes = await vtn.told_at(400)
        vtn.now = START + 310 * MINUTE - SECOND
        before = await vtn.state_of("a1")
        vtn.now += SECOND
        return minutes, before, await vtn.state_of("a1")

    minutes, before, after = told(story)

    assert minutes == [0, 10, 30, 70, 150]
    assert (before["state"], after["state"]) == ("told", "unanswered")
    assert after["told_times"] == 5
    assert after["told_at"] == "2025-11-02T07:30:00Z"


def test_a_report_is_waited_for_as_long_as_it_takes_and_a_quarter_of_an_hour(
    told: Told,
) -> None:
    async def story(vtn: ClockedVtn) -> Any:  # noqa: ANN401
        said = await vtn.say("EiReport", messages.register_report("v1", USAGE))
        return said.texts("reportRequestID"), await vtn.told_at(2000, every=15)

    inside, minutes = told(story)

    assert len(inside) == 1
    assert minutes == [75, 225, 525, 1125]


def test_a_quiet_poll_is_not_answered_from_memory_when_an_answer_is_overdue(
    told: Told,
) -> None:
    async def story(vtn: ClockedVtn) -> Any:  # noqa: ANN401
        await vtn.ask("PUT", "/vens/v1/asks/a1", {"kind": "offers"})
        found = [await vtn.poll() for _ in range(3)]
        vtn.now += 10 * MINUTE - SECOND
        found.append(await vtn.poll())
        vtn.now += SECOND
        return [*found, await vtn.poll()]

    kinds = told(story)

    quiet = ["oadrResponse"] * 3
    assert kinds == ["oadrRegisterReport", *quiet, "oadrRegisterReport"]


def test_it_is_told_again_with_the_same_ids(told: Told) -> None:
    async def story(vtn: ClockedVtn) -> list[Said]:
        await vtn.say("EiReport", messages.register_report("v1", USAGE))
        found = []
        for minute in (75, 225):
            vtn.now = START + minute * MINUTE
            found.append(await vtn.say("OadrPoll", messages.poll("v1")))
        return found

    first, second = told(story)

    assert first.request_id == second.request_id
    assert first.texts("reportRequestID") == second.texts("reportRequestID")


def test_what_is_queued_goes_before_what_is_overdue(told: Told) -> None:
    async def story(vtn: ClockedVtn) -> list[str]:
        await vtn.ask("PUT", "/vens/v1/asks/a1", {"kind": "offers"})
        found = [await vtn.poll()]
        vtn.now += 20 * MINUTE
        await vtn.ask("PUT", "/vens/v1/asks/a2", {"kind": "reregister"})
        return [*found, await vtn.poll(), await vtn.poll(), await vtn.poll()]

    assert told(story) == [
        "oadrRegisterReport",
        "oadrRequestReregistration",
        "oadrRegisterReport",
        "oadrResponse",
    ]


@pytest.mark.parametrize("method", ["DELETE", "PUT"])
def test_what_was_told_and_then_withdrawn_or_replaced_is_not_told_again(
    told: Told, method: str
) -> None:
    async def story(vtn: ClockedVtn) -> list[int]:
        path = "/vens/v1/asks/a1"
        await vtn.ask("PUT", path, {"kind": "offers"})
        await vtn.poll()
        await vtn.ask(method, path, {"kind": "reregister"} if method == "PUT" else None)
        return await vtn.told_at(60)

    assert told(story) == ([0, 10, 30] if method == "PUT" else [])


def test_polls_at_the_same_time_are_told_one_thing_each(told: Told) -> None:
    async def story(vtn: ClockedVtn) -> list[str]:
        for number in range(3):
            ask = {"kind": ["offers", "reregister", "cancel_registration"][number]}
            await vtn.ask("PUT", f"/vens/v1/asks/a{number}", ask)
        return sorted(await asyncio.gather(*(vtn.poll() for _ in range(8))))

    assert told(story) == [
        "oadrCancelPartyRegistration",
        "oadrRegisterReport",
        "oadrRequestReregistration",
        *["oadrResponse"] * 5,
    ]


def test_a_late_answer_counts_after_the_last_telling(told: Told) -> None:
    async def story(vtn: ClockedVtn) -> list[str]:
        await vtn.ask("PUT", "/vens/v1/asks/a1", {"kind": "offers"})
        await vtn.told_at(400, every=10)
        before = await vtn.state_of("a1")
        await vtn.say("EiReport", messages.answer("oadrRegisteredReport", "v1"))
        return [before["state"], (await vtn.state_of("a1"))["state"]]

    assert told(story) == ["unanswered", "answered"]


def test_an_unanswered_ask_is_told_anew_once_it_was_deleted(told: Told) -> None:
    async def story(vtn: ClockedVtn) -> list[str]:
        path, ask = "/vens/v1/asks/a1", {"kind": "offers"}
        await vtn.ask("PUT", path, ask)
        await vtn.told_at(400, every=10)
        await vtn.ask("PUT", path, ask)
        found = [await vtn.poll()]
        await vtn.ask("DELETE", path)
        await vtn.ask("PUT", path, ask)
        return [*found, await vtn.poll()]

    assert told(story) == ["oadrResponse", "oadrRegisterReport"]


def test_what_is_new_comes_before_what_was_told(told: Told) -> None:
    async def story(vtn: ClockedVtn) -> list[str]:
        await vtn.ask("PUT", "/vens/v1/asks/a1", {"kind": "offers"})
        first = await vtn.poll()
        vtn.now += 10 * MINUTE
        event = price_event(["0.1"], starts_in=timedelta(days=1))
        await vtn.ask("PUT", "/vens/v1/events/e1", event)
        return [first, await vtn.poll(), await vtn.poll()]

    assert told(story) == [
        "oadrRegisterReport",
        "oadrDistributeEvent",
        "oadrRegisterReport",
    ]


def test_reports_of_an_earlier_registration_are_asked_for_no_more(told: Told) -> None:
    async def offer(vtn: ClockedVtn, specifier: str) -> None:
        vtn.now += SECOND
        await vtn.say("EiRegisterParty", messages.create_registration())
        vtn.now += SECOND
        offered = messages.report_offer(specifier, [messages.Point("r1")])
        await vtn.say("EiReport", messages.register_report("v1", offered))

    async def story(vtn: ClockedVtn) -> tuple[list[str], str]:
        await offer(vtn, "old")
        await offer(vtn, "new")
        await vtn.ask("PUT", "/vens/v1/asks/a1", {"kind": "reports"})
        said = await vtn.say("OadrPoll", messages.poll("v1"))
        return said.texts("reportSpecifierID"), await vtn.poll()

    assert told(story) == (["new"], "oadrResponse")
