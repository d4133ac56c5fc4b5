"""Nonces: which signed messages were taken, so that none is taken twice."""

from sqlalchemy import Connection, delete, insert, select

from vtn_service.store.schema import NONCE


def use_nonce(
    connection: Connection,
    *,
    ven_id: str,
    nonce: str,
    signed_at: str,
    forget_before: str,
) -> bool:
    """Keep that a VEN used a nonce; tell whether it is the first time.

    Nonces signed before `forget_before` are forgotten: their messages are too old to
    be taken anyway.
    """
    connection.execute(delete(NONCE).where(NONCE.c.signed_at < forget_before))
    used = select(NONCE.c.nonce).where(NONCE.c.ven_id == ven_id, NONCE.c.nonce == nonce)
    if connection.execute(used).first():
        return False
    connection.execute(
        insert(NONCE).values(ven_id=ven_id, nonce=nonce, signed_at=signed_at)
    )
    return True
