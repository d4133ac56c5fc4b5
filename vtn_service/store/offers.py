"""The data points VENs registered, and what we asked them for."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, or_, select

from vtn_service.store.schema import OFFER, REPORT_REQUEST, VEN


@dataclass(frozen=True)
class Offer:
    """A data point a VEN can report; text as registered, empty where unsaid.

    `registered_at` is known of an offer that has been stored.
    """

    report_specifier_id: str
    r_id: str
    report_name: str
    resource_id: str
    item_name: str
    item_description: str
    unit: str
    scale: str
    reading_type: str
    report_type: str
    min_period: str
    max_period: str
    registered_at: str = ""


@dataclass(frozen=True)
class ReportRequest:
    """What we ask of a VEN for one of its reports; durations are ISO 8601."""

    report_specifier_id: str
    report_request_id: str
    granularity: str
    report_back_duration: str


@dataclass(frozen=True)
class Meaning:
    """What a VEN's reports mean at a moment: its offers and our requests.

    Args:
        offers: By report specifier id and rID.
        granularities: Requested granularity by report specifier id.
    """

    offers: dict[tuple[str, str], Offer]
    granularities: dict[str, str]


def register_offers(
    connection: Connection,
    ven_id: str,
    offers: Sequence[Offer],
    requests: Sequence[ReportRequest],
    now: str,
) -> None:
    """Replace what was offered under these report specifiers, and our requests.

    What was offered before the VEN last registered is offered no more: some VENs name
    their reports anew at every start.
    """
    specifiers = {offer.report_specifier_id for offer in offers}
    registered_at = select(VEN.c.registered_at).where(VEN.c.ven_id == ven_id)
    is_stale = OFFER.c.registered_at < registered_at.scalar_subquery()
    is_replaced = OFFER.c.report_specifier_id.in_(specifiers)
    connection.execute(
        delete(OFFER).where(OFFER.c.ven_id == ven_id, or_(is_replaced, is_stale))
    )
    offered = select(OFFER.c.report_specifier_id).where(OFFER.c.ven_id == ven_id)
    connection.execute(
        delete(REPORT_REQUEST).where(
            REPORT_REQUEST.c.ven_id == ven_id,
            REPORT_REQUEST.c.report_specifier_id.not_in(offered),
        )
    )
    if offers:
        rows = [{**asdict(o), "ven_id": ven_id, "registered_at": now} for o in offers]
        connection.execute(insert(OFFER), rows)
    if requests:
        rows = [{**asdict(r), "ven_id": ven_id, "requested_at": now} for r in requests]
        connection.execute(insert(REPORT_REQUEST), rows)


def meaning_of(connection: Connection, ven_id: str) -> Meaning:
    """Give what a VEN's reports mean now."""
    names = Offer.__dataclass_fields__
    rows = connection.execute(
        select(*(OFFER.c[name] for name in names))
        .where(OFFER.c.ven_id == ven_id)
        .order_by(OFFER.c.report_specifier_id, OFFER.c.r_id)
    )
    offers = [Offer(**row._mapping) for row in rows]  # noqa: SLF001
    requested = connection.execute(
        select(
            REPORT_REQUEST.c.report_specifier_id, REPORT_REQUEST.c.granularity
        ).where(REPORT_REQUEST.c.ven_id == ven_id)
    )
    return Meaning(
        {(o.report_specifier_id, o.r_id): o for o in offers},
        {row.report_specifier_id: row.granularity for row in requested},
    )
