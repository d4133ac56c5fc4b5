"""Whether a VEN's message may be taken as its own: signed where it must be, and new."""

import asyncio
from datetime import datetime, timedelta

from vtn_service.house import House
from vtn_service.openadr.instants import iso_utc
from vtn_service.openadr.message import Message
from vtn_service.openadr.signing import SignatureError, verify
from vtn_service.store.nonces import use_nonce
from vtn_service.store.roster import Caller


async def find_signature_fault(
    house: House, caller: Caller, message: Message, received: datetime
) -> str:
    """Say what is wrong with a message's signature; empty if nothing is.

    Where none is asked for, a signature is not looked at: whoever could alter the
    message could leave it out as well. A good one counts once, which is on disk when
    this returns.
    """
    if not caller.must_sign:
        return ""
    seconds = house.settings.signature_seconds
    try:
        protect = await asyncio.to_thread(
            verify,
            message,
            certificate_sha256=caller.certificate_sha256,
            now=received,
            seconds=seconds,
        )
    except SignatureError as error:
        return str(error)
    is_first = await house.store.write(
        use_nonce,
        ven_id=caller.ven_id,
        nonce=protect.nonce,
        signed_at=iso_utc(protect.signed_at),
        forget_before=iso_utc(received - timedelta(seconds=2 * seconds)),
    )
    return "" if is_first else "got a message that was taken before, expected a new one"
