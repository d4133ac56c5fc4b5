"""The roster: which VENs may speak, and what is known of each."""

import secrets
from collections.abc import Mapping

from sqlalchemy import Connection, insert, select, update

from vtn_service.contract import VenEnrolment, VenStatus
from vtn_service.store.schema import VEN


class TokenTakenError(Exception):
    """Another VEN on the roster has this token."""


def find_by_token(connection: Connection, token_sha256: str) -> VenEnrolment | None:
    """Give the VEN the token belongs to, enabled or not."""
    row = connection.execute(
        select(
            VEN.c.ven_id, VEN.c.ven_name, VEN.c.token_sha256, VEN.c.is_enabled
        ).where(VEN.c.token_sha256 == token_sha256)
    ).one_or_none()
    return VenEnrolment(**row._mapping) if row else None  # noqa: SLF001


def enrol(connection: Connection, enrolment: VenEnrolment, now: str) -> VenStatus:
    """Put a VEN on the roster or change its entry; its registration stays.

    Raises:
        TokenTakenError: If the token is another VEN's.
    """
    holder = find_by_token(connection, enrolment.token_sha256)
    if holder and holder.ven_id != enrolment.ven_id:
        raise TokenTakenError
    values = {
        "ven_name": enrolment.ven_name,
        "token_sha256": enrolment.token_sha256,
        "is_enabled": enrolment.is_enabled,
    }
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


def is_registered(connection: Connection, ven_id: str) -> bool:
    """Tell whether a VEN on the roster has registered and not cancelled it."""
    return status_of(connection, ven_id).registered_at != ""


def registration_id_of(connection: Connection, ven_id: str) -> str:
    """Give the registration id of a VEN on the roster; it never changes."""
    found = connection.execute(
        select(VEN.c.registration_id).where(VEN.c.ven_id == ven_id)
    )
    return str(found.scalar_one())


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


def set_registered(connection: Connection, ven_id: str, now: str) -> str:
    """Register a VEN and give its registration id; empty `now` unregisters it."""
    connection.execute(
        update(VEN).where(VEN.c.ven_id == ven_id).values(registered_at=now)
    )
    return registration_id_of(connection, ven_id)


def note_polls(connection: Connection, polled_at: Mapping[str, str]) -> None:
    """Keep when each VEN polled last."""
    for ven_id, instant in polled_at.items():
        connection.execute(
            update(VEN).where(VEN.c.ven_id == ven_id).values(last_poll_at=instant)
        )


_STATUS = (
    VEN.c.ven_id,
    VEN.c.ven_name,
    VEN.c.is_enabled,
    VEN.c.registered_at,
    VEN.c.last_poll_at,
    VEN.c.last_report_at,
)
