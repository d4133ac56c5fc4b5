"""The roster: which VENs may speak, and what is known of each."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from vtn_service.contract import KEPT, VenEnrolment
from vtn_service.store.schema import VEN


class TakenError(Exception):
    """Another VEN on the roster has this token or certificate; names the field."""


class NotEnrolledError(Exception):
    """There is no such VEN on the roster, so there is nothing to keep."""


class NamelessError(Exception):
    """Neither a token nor a certificate would remain to know the VEN by."""


class UnsignableError(Exception):
    """The VEN must sign, and has no certificate to sign with."""


@dataclass(frozen=True)
class Caller:
    """Who calls; `registered_at` is empty while it is not registered.

    `token_sha256` and `certificate_sha256` are what it must show; each may be empty.
    """

    ven_id: str
    ven_name: str
    token_sha256: str
    certificate_sha256: str
    must_sign: bool
    is_enabled: bool
    registration_id: str
    registered_at: str
    has_queried: bool


def find_caller(
    connection: Connection, token_sha256: str, certificate_sha256: str
) -> Caller | None:
    """Give the VEN that what was shown belongs to, enabled or not.

    A token counts first; without one the certificate does. Whether what else the VEN
    must show was shown is for the caller to check.
    """
    query, digest = (
        (_BY_TOKEN, token_sha256)
        if token_sha256
        else (_BY_CERTIFICATE, certificate_sha256)
    )
    if not digest:
        return None
    row = connection.execute(query, {"digest": digest}).one_or_none()
    return _caller(row) if row else None


def enrol(connection: Connection, enrolment: VenEnrolment, now: str) -> None:
    """Put a VEN on the roster or change its entry; its registration stays.

    Raises:
        TakenError: If the token or the certificate is another VEN's.
        NotEnrolledError: If something is to be kept of a VEN that is not there.
        NamelessError: If neither token nor certificate would remain.
        UnsignableError: If it must sign and no certificate would remain.
    """
    row = connection.execute(
        select(VEN).where(VEN.c.ven_id == enrolment.ven_id)
    ).one_or_none()
    before: dict[str, Any] = dict(row._mapping) if row else {}  # noqa: SLF001
    values = {
        "ven_name": enrolment.ven_name,
        "must_sign": enrolment.must_sign,
        "is_enabled": enrolment.is_enabled,
        **_known_by(enrolment, before),
    }
    if not (values["token_sha256"] or values["certificate_sha256"]):
        given = enrolment.token_sha256, enrolment.certificate_sha256
        raise NotEnrolledError if row is None and KEPT in given else NamelessError
    if enrolment.must_sign and not values["certificate_sha256"]:
        raise UnsignableError
    _require_free(connection, enrolment.ven_id, values)
    if row:
        connection.execute(
            update(VEN).where(VEN.c.ven_id == enrolment.ven_id).values(values)
        )
    else:
        connection.execute(
            insert(VEN).values(
                **values,
                ven_id=enrolment.ven_id,
                registration_id=f"reg-{secrets.token_hex(12)}",
                enrolled_at=now,
            )
        )


def _known_by(
    enrolment: VenEnrolment, before: Mapping[str, Any]
) -> dict[str, str | None]:
    """Give by what a VEN is known now; when another certificate ends is not kept."""
    token, certificate = (
        (before.get(name) if given == KEPT else given) or None
        for name, given in (
            ("token_sha256", enrolment.token_sha256),
            ("certificate_sha256", enrolment.certificate_sha256),
        )
    )
    ends = enrolment.certificate_expires_at
    if ends == KEPT:
        is_same = certificate == before.get("certificate_sha256")
        ends = before["certificate_expires_at"] if before and is_same else ""
    return {
        "token_sha256": token,
        "certificate_sha256": certificate,
        "certificate_expires_at": ends if certificate else "",
    }


def _require_free(
    connection: Connection, ven_id: str, values: Mapping[str, object]
) -> None:
    for column in (VEN.c.token_sha256, VEN.c.certificate_sha256):
        if digest := values[column.name]:
            holder = select(VEN.c.ven_id).where(column == digest)
            if connection.execute(holder).scalar_one_or_none() not in {None, ven_id}:
                raise TakenError(column.name)


def is_enrolled(connection: Connection, ven_id: str) -> bool:
    """Tell whether a VEN is on the roster."""
    found = connection.execute(select(VEN.c.ven_id).where(VEN.c.ven_id == ven_id))
    return found.first() is not None


def is_registration_of_another(
    connection: Connection, ven_id: str, registration_id: str
) -> bool:
    """Tell whether a registration id belongs to another VEN."""
    found = connection.execute(
        select(VEN.c.ven_id).where(
            VEN.c.registration_id == registration_id, VEN.c.ven_id != ven_id
        )
    )
    return found.first() is not None


def set_registered(connection: Connection, ven_id: str, now: str) -> None:
    """Register a VEN; empty `now` unregisters it."""
    connection.execute(
        update(VEN).where(VEN.c.ven_id == ven_id).values(registered_at=now)
    )


def note_polls(connection: Connection, polled_at: Mapping[str, str]) -> None:
    """Keep when each VEN polled last; another process may know of a later poll."""
    if polled_at:
        connection.execute(
            update(VEN)
            .where(
                VEN.c.ven_id == bindparam("ven"), VEN.c.last_poll_at < bindparam("at")
            )
            .values(last_poll_at=bindparam("at")),
            [{"ven": ven_id, "at": instant} for ven_id, instant in polled_at.items()],
        )


def note_queried(connection: Connection, ven_id: str) -> None:
    """Keep that a VEN asks what we speak before it registers."""
    connection.execute(
        update(VEN).where(VEN.c.ven_id == ven_id).values(has_queried=True)
    )


def _caller(row: Row[tuple[object, ...]]) -> Caller:
    given: dict[str, Any] = dict(row._mapping)  # noqa: SLF001
    found: dict[str, Any] = {n: "" if v is None else v for n, v in given.items()}
    return Caller(**found)


# Built once: building a statement takes several times as long as running it.
_CALLER = select(*(VEN.c[name] for name in Caller.__dataclass_fields__))
_BY_TOKEN = _CALLER.where(VEN.c.token_sha256 == bindparam("digest"))
_BY_CERTIFICATE = _CALLER.where(VEN.c.certificate_sha256 == bindparam("digest"))
