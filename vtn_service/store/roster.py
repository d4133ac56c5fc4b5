"""The roster: which VENs may speak, and what is known of each."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from vtn_service.contract import VenEnrolment, VenStatus
from vtn_service.store.schema import VEN


class TokenTakenError(Exception):
    """Another VEN on the roster has this token."""


class NotEnrolledError(Exception):
    """There is no such VEN on the roster, so there is no token to keep."""


@dataclass(frozen=True)
class Caller:
    """Who a token belongs to; `registered_at` is empty while it is not registered."""

    ven_id: str
    ven_name: str
    is_enabled: bool
    registration_id: str
    registered_at: str


def find_by_token(connection: Connection, token_sha256: str) -> Caller | None:
    """Give the VEN the token belongs to, enabled or not."""
    row = connection.execute(
        select(*_CALLER).where(VEN.c.token_sha256 == token_sha256)
    ).one_or_none()
    return Caller(**row._mapping) if row else None  # noqa: SLF001


def enrol(connection: Connection, enrolment: VenEnrolment, now: str) -> VenStatus:
    """Put a VEN on the roster or change its entry; its registration stays.

    So does its token where the enrolment has none.

    Raises:
        TokenTakenError: If the token is another VEN's.
        NotEnrolledError: If there is no token, given or kept.
    """
    values: dict[str, object] = {
        "ven_name": enrolment.ven_name,
        "is_enabled": enrolment.is_enabled,
    }
    if enrolment.token_sha256:
        holder = find_by_token(connection, enrolment.token_sha256)
        if holder and holder.ven_id != enrolment.ven_id:
            raise TokenTakenError
        values["token_sha256"] = enrolment.token_sha256
    elif not is_enrolled(connection, enrolment.ven_id):
        raise NotEnrolledError
    changed = connection.execute(
        update(VEN).where(VEN.c.ven_id == enrolment.ven_id).values(values)
    )
    if changed.rowcount == 0:
        connection.execute(
            insert(VEN).values(
                **values,
                ven_id=enrolment.ven_id,
                registration_id=f"reg-{secrets.token_hex(12)}",
                enrolled_at=now,
            )
        )
    return status_of(connection, enrolment.ven_id)


def status_of(connection: Connection, ven_id: str) -> VenStatus:
    """Give what is known of a VEN on the roster."""
    row = connection.execute(select(*_STATUS).where(VEN.c.ven_id == ven_id)).one()
    return VenStatus(**row._mapping)  # noqa: SLF001


def list_status(connection: Connection) -> list[VenStatus]:
    """Give what is known of every VEN, by id."""
    rows = connection.execute(select(*_STATUS).order_by(VEN.c.ven_id))
    return [VenStatus(**row._mapping) for row in rows]  # noqa: SLF001


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
    """Keep when each VEN polled last."""
    for ven_id, instant in polled_at.items():
        connection.execute(
            update(VEN).where(VEN.c.ven_id == ven_id).values(last_poll_at=instant)
        )


_CALLER = (
    VEN.c.ven_id,
    VEN.c.ven_name,
    VEN.c.is_enabled,
    VEN.c.registration_id,
    VEN.c.registered_at,
)
_STATUS = (
    VEN.c.ven_id,
    VEN.c.ven_name,
    VEN.c.is_enabled,
    VEN.c.registered_at,
    VEN.c.last_poll_at,
    VEN.c.last_report_at,
)
