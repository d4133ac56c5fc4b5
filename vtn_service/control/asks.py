"""The control door's asks: what is wanted of VENs, and how far that has come."""

from collections.abc import Sequence

import structlog
from aiohttp import web

from vtn_service import guard
from vtn_service.contract import ASK_KINDS, Ask
from vtn_service.control.reading import path_id, read_body, require
from vtn_service.control.roster import require_enrolled
from vtn_service.house import House
from vtn_service.openadr.asking import is_about_reports
from vtn_service.openadr.instants import iso_utc, parse_instant
from vtn_service.openadr.offers import choose_requests
from vtn_service.store import asks
from vtn_service.store.offers import Offer, meaning_of

MAX_SPECIFIER = 1024
_LOG = structlog.get_logger()


class Asks:
    """Handlers of asks."""

    def __init__(self, house: House) -> None:
        """Take what they work with."""
        self._house = house

    async def put_ask(self, request: web.Request) -> web.Response:
        """Put an ask, or another one in its place."""
        ven_id, ask_id = path_id(request, "ven_id"), path_id(request, "ask_id")
        require(
            not ask_id.startswith(asks.OF_REGISTRATION),
            "ask_id",
            ask_id,
            f"another than {asks.OF_REGISTRATION}...: those are the VTN's own",
        )
        ask = await read_body(request, Ask)
        _check_ask(ask, self._now())
        await require_enrolled(self._house, ven_id)
        status = await self._house.desk.change(
            ven_id,
            asks.put_ask,
            ven_id=ven_id,
            ask_id=ask_id,
            ask=ask,
            messages=await self._messages(ven_id, ask),
            now=self._now(),
        )
        _LOG.info("ask_put", ven_id=ven_id, ask_id=ask_id, kind=ask.kind)
        return web.json_response(status.to_json())

    async def withdraw_ask(self, request: web.Request) -> web.Response:
        """Cancel what is not answered of an ask."""
        ven_id, ask_id = path_id(request, "ven_id"), path_id(request, "ask_id")
        await require_enrolled(self._house, ven_id)
        status = await self._house.desk.change(
            ven_id, asks.withdraw_ask, ven_id, ask_id, self._now()
        )
        if status is None:
            raise guard.Refusal(
                404, f"ask_id: got {ask_id}, expected an ask of {ven_id}"
            )
        _LOG.info("ask_withdrawn", ven_id=ven_id, ask_id=ask_id)
        return web.json_response(status.to_json())

    async def list_asks(self, request: web.Request) -> web.Response:
        """Give how far the asks of a VEN have come, or all."""
        ven_id = request.query.get("ven_id", "")
        if ven_id:
            await require_enrolled(self._house, ven_id)
        found = await self._house.store.read(asks.list_asks, self._now(), ven_id=ven_id)
        return web.json_response([status.to_json() for status in found])

    async def _messages(self, ven_id: str, ask: Ask) -> list[asks.AskMessage]:
        """Give the messages of an ask.

        Raises:
            Refusal: 409 if it is about reports that the VEN does not offer.
        """
        if not is_about_reports(ask.kind):
            return [asks.AskMessage()]
        meaning = await self._house.store.read(meaning_of, ven_id)
        requests = choose_requests(ven_id, meaning.offers, ask)
        if not requests:
            wanted = f"{ask.kind} {ask.report_specifier_id}".strip()
            raise guard.Refusal(
                409,
                f"kind: got {wanted}, expected a report that {ven_id} offers: "
                f"{_shown(meaning.offers)}",
            )
        return [
            asks.AskMessage(r.report_specifier_id, r.report_request_id)
            for r in requests
        ]

    def _now(self) -> str:
        return iso_utc(self._house.clock())


def _check_ask(ask: Ask, now: str) -> None:
    require(ask.kind in ASK_KINDS, "kind", ask.kind, " or ".join(ASK_KINDS))
    specifier = ask.report_specifier_id
    is_right = len(specifier) <= MAX_SPECIFIER and specifier.isprintable()
    if is_about_reports(ask.kind):
        expected = f"at most {MAX_SPECIFIER} printable characters"
    else:
        is_right, expected = specifier == "", f"none with {ask.kind}"
    require(is_right, "report_specifier_id", specifier, expected)
    if ask.kind == "history":
        _check_span(ask, now)
        return
    for name in ("start_utc", "end_utc"):
        got = getattr(ask, name)
        require(got == "", name, got, f"none with {ask.kind}")


def _check_span(ask: Ask, now: str) -> None:
    for name in ("start_utc", "end_utc"):
        got = getattr(ask, name)
        at = parse_instant(got)
        is_plain = at is not None and iso_utc(at) == got
        require(is_plain, name, got, "such as 2025-11-02T05:00:00Z")
    later = f"later than {ask.start_utc}"
    require(ask.start_utc < ask.end_utc, "end_utc", ask.end_utc, later)
    require(ask.end_utc <= now, "end_utc", ask.end_utc, f"a past time, by {now}")


def _shown(offers: Sequence[Offer]) -> str:
    found = {f"{o.report_specifier_id} ({o.report_name})" for o in offers}
    return ", ".join(sorted(found)) or "none"
