"""Who is let in to a service, and a note of those who are not."""

from aiohttp import web

from vtn_service import guard, identity
from vtn_service.connections import note_let_in
from vtn_service.contract import Refused
from vtn_service.desk import Known
from vtn_service.house import House
from vtn_service.openadr.instants import iso_utc


async def let_in(
    house: House, request: web.Request, shown: identity.Shown, service: str
) -> Known:
    """Give the VEN that is calling a service.

    Raises:
        Refusal: 403 if it is none; 429, without a look at what it shows, if its address
            showed too many wrong identities.
    """
    if house.limits.is_known(shown):
        known = await _proven(house, shown, service)
    else:
        async with house.limits.one_by_one(shown):
            house.limits.require_address(shown)
            known = await _proven(house, shown, service)
    note_let_in(request)
    return known


def note_unread(
    house: House,
    shown: identity.Shown,
    ven_id: str,
    service: str,
    refusal: guard.Refusal,
) -> None:
    """Keep and count the refusal of a request that was not read."""
    note_refused(house, shown, ven_id, refusal.status, refusal.noted)
    house.seen.message_unread(service, refusal.status)


def note_refused(
    house: House, shown: identity.Shown, ven_id: str, status: int, reason: str
) -> None:
    """Keep a refusal, for whoever looks after the device."""
    house.seen.refused(
        Refused(
            at=iso_utc(house.clock()),
            address=shown.address,
            ven_id=ven_id,
            status=status,
            reason=reason,
            certificate_sha256=shown.certificate_sha256,
        )
    )


async def _proven(house: House, shown: identity.Shown, service: str) -> Known:
    """Give the VEN if it has shown all it must; else its address has to answer."""
    known = await identity.find(house.desk, shown)
    try:
        proven = identity.require_proven(known, shown)
    except guard.Refusal as refusal:
        house.limits.note_refusal(shown)
        note_unread(
            house, shown, known.caller.ven_id if known else "", service, refusal
        )
        raise
    house.limits.note_let_in(shown)
    house.desk.remember(proven, shown.token_sha256, shown.certificate_sha256)
    return proven
