"""The control door's roster: who may speak, and how each VEN stands."""

import re

import structlog
from aiohttp import web

from vtn_service import guard
from vtn_service.contract import KEPT, VenEnrolment, VenStatus
from vtn_service.control.reading import path_id, read_body, require
from vtn_service.house import House
from vtn_service.openadr.instants import iso_utc, parse_instant
from vtn_service.store import roster
from vtn_service.store.standing import list_standing

MAX_NAME = 128
_LOG = structlog.get_logger()
_SHA256 = re.compile(r"([0-9a-f]{64})?")


class Roster:
    """Handlers of the roster."""

    def __init__(self, house: House) -> None:
        """Take what they work with."""
        self._house = house

    async def list_vens(self, _request: web.Request) -> web.Response:
        """Give how every VEN of the roster stands."""
        vens = await self._standing()
        return web.json_response([ven.to_json() for ven in vens])

    async def put_ven(self, request: web.Request) -> web.Response:
        """Put a VEN on the roster, or change it there."""
        ven_id = path_id(request, "ven_id")
        enrolment = await read_body(request, VenEnrolment)
        require(enrolment.ven_id == ven_id, "ven_id", enrolment.ven_id, ven_id)
        _check_enrolment(enrolment)
        if enrolment.must_sign and self._house.signer is None:
            raise guard.Refusal(
                409,
                "must_sign: got true, expected a VTN that signs its answers; set "
                "VTN_SIGNING_CERT_FILE and VTN_SIGNING_KEY_FILE",
            )
        try:
            await self._house.desk.change(
                ven_id, roster.enrol, enrolment, _now(self._house)
            )
        except roster.TakenError as error:
            raise guard.Refusal(
                409, f"{error}: got another VEN's, expected a new one"
            ) from None
        except roster.NotEnrolledError:
            raise guard.Refusal(
                404, f"ven_id: got {ven_id} with nothing to keep, expected one enrolled"
            ) from None
        except roster.UnsignableError:
            raise guard.Refusal(
                400, "must_sign: got true, expected a certificate to sign with too"
            ) from None
        except roster.NamelessError:
            raise guard.Refusal(
                400, "token_sha256: got none, and no certificate; expected one of them"
            ) from None
        (status,) = await self._standing(ven_id)
        _LOG.info("enrolled", ven_id=ven_id, is_enabled=enrolment.is_enabled)
        return web.json_response(status.to_json())

    async def _standing(self, ven_id: str = "") -> list[VenStatus]:
        await self._house.flush_polls()
        return await self._house.store.read(
            list_standing,
            now=_now(self._house),
            silent_seconds=self._house.settings.silent_seconds,
            ven_id=ven_id,
        )


async def require_enrolled(house: House, ven_id: str) -> None:
    """Refuse a VEN that is not on the roster (404)."""
    if not await house.store.read(roster.is_enrolled, ven_id):
        raise guard.Refusal(404, f"ven_id: got {ven_id}, expected one enrolled")


def _now(house: House) -> str:
    return iso_utc(house.clock())


def _check_enrolment(enrolment: VenEnrolment) -> None:
    for name in ("token_sha256", "certificate_sha256"):
        got = getattr(enrolment, name)
        require(
            got == KEPT or _SHA256.fullmatch(got) is not None,
            name,
            f"{len(got)} characters",
            f"64 hexadecimal digits in lower case, {KEPT!r} or empty",
        )
    ends = enrolment.certificate_expires_at
    require(
        ends in {"", KEPT} or parse_instant(ends) is not None,
        "certificate_expires_at",
        ends,
        f"an instant, {KEPT!r} or empty",
    )
    require(
        len(enrolment.ven_name) <= MAX_NAME and enrolment.ven_name.isprintable(),
        "ven_name",
        enrolment.ven_name,
        f"at most {MAX_NAME} printable characters",
    )
