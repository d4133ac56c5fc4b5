"""The data points VENs registered, and what we asked them for.

A VEN may register two kinds of report under one specifier, with the same rIDs in both:
what is registered and asked for is of a specifier and a kind.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, or_, select

from vtn_service.store.schema import OFFER, REPORT_REQUEST, VEN

USAGE = "TELEMETRY_USAGE"
STATUS = "TELEMETRY_STATUS"
HISTORY = "HISTORY_USAGE"
METADATA = "METADATA_"
_LIKELIEST_FIRST = (USAGE, HISTORY, STATUS)


@dataclass(frozen=True)
class Offer:
    """A data point a VEN can report; text as registered, empty where unsaid.

    `report_name` is the kind of report it is in, such as `TELEMETRY_USAGE`.
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
    """What we ask of a VEN for points of one of its reports; durations are ISO 8601."""

    report_specifier_id: str
    report_name: str
    report_request_id: str
    granularity: str
    report_back_duration: str


@dataclass(frozen=True)
class Meaning:
    """What a VEN's reports mean at a moment: its offers and our requests."""

    offers: Sequence[Offer]
    requests: Sequence[ReportRequest]

    def offer_of(
        self, specifier: str, r_id: str, *, name: str, request_id: str
    ) -> Offer | None:
        """Give what was offered as a point; None if it never was.

        Of several kinds of report under one specifier a report says which it is, by its
        name or the request it answers. If it does not, what they say differently of the
        point is left empty.
        """
        found = self._by_point.get((specifier, r_id), {})
        if len(found) <= 1:
            return next(iter(found.values()), None)
        named = found.get(name.removeprefix(METADATA))
        request = self._by_request.get((specifier, request_id))
        asked = found.get(request.report_name) if request else None
        return named or asked or _in_common(found)

    def granularity_of(self, specifier: str, *, name: str, request_id: str) -> str:
        """Give the granularity a report was asked for; empty if that is unclear."""
        request = self._by_request.get((specifier, request_id))
        if request:
            return request.granularity
        asked = [r for r in self.requests if r.report_specifier_id == specifier]
        kind = name.removeprefix(METADATA)
        of_kind = [r for r in asked if r.report_name == kind]
        found = {r.granularity for r in of_kind or asked}
        return found.pop() if len(found) == 1 else ""

    @cached_property
    def _by_point(self) -> dict[tuple[str, str], dict[str, Offer]]:
        found: dict[tuple[str, str], dict[str, Offer]] = {}
        for o in self.offers:
            found.setdefault((o.report_specifier_id, o.r_id), {})[o.report_name] = o
        return found

    @cached_property
    def _by_request(self) -> dict[tuple[str, str], ReportRequest]:
        return {(r.report_specifier_id, r.report_request_id): r for r in self.requests}


def offered_beside(
    connection: Connection, ven_id: str, offers: Sequence[Offer]
) -> tuple[int, int]:
    """Count the reports, and their points, that stay offered beside these offers."""
    replaced = {_report_of(offer) for offer in offers}
    rows = connection.execute(
        select(OFFER.c.report_specifier_id, OFFER.c.report_name, func.count())
        .where(OFFER.c.ven_id == ven_id, OFFER.c.registered_at >= _REGISTERED_AT)
        .group_by(OFFER.c.report_specifier_id, OFFER.c.report_name),
        {"ven": ven_id},
    )
    points = [count for *report, count in rows if tuple(report) not in replaced]
    return len(points), sum(points)


def register_offers(
    connection: Connection,
    ven_id: str,
    offers: Sequence[Offer],
    requests: Sequence[ReportRequest],
    now: str,
) -> None:
    """Replace what was offered as these reports, and our requests for them.

    What was offered before the VEN last registered is offered no more: some VENs name
    their reports anew at every start.
    """
    of_ven = OFFER.c.ven_id == bindparam("ven")
    reports = {_report_of(offer) for offer in offers}
    if reports:
        rows = [{"ven": ven_id, "of": of, "kind": kind} for of, kind in sorted(reports)]
        is_of = OFFER.c.report_specifier_id == bindparam("of")
        is_kind = OFFER.c.report_name == bindparam("kind")
        connection.execute(delete(OFFER).where(of_ven, is_of, is_kind), rows)
    is_stale = OFFER.c.registered_at < _REGISTERED_AT
    connection.execute(delete(OFFER).where(of_ven, is_stale), {"ven": ven_id})
    connection.execute(_UNOFFERED, {"ven": ven_id})
    if offers:
        rows = [{**asdict(o), "ven_id": ven_id, "registered_at": now} for o in offers]
        connection.execute(insert(OFFER), rows)
    if requests:
        rows = [{**asdict(r), "ven_id": ven_id, "requested_at": now} for r in requests]
        connection.execute(insert(REPORT_REQUEST), rows)


def keep_request(
    connection: Connection, ven_id: str, request: ReportRequest, now: str
) -> None:
    """Keep what a VEN is asked for, in place of what it was asked for before."""
    table = REPORT_REQUEST.c
    is_same_report = (
        (table.report_specifier_id == request.report_specifier_id)
        & (table.report_name == request.report_name)
        & (table.granularity == request.granularity)
    )
    is_same_id = table.report_request_id == request.report_request_id
    connection.execute(
        delete(REPORT_REQUEST).where(
            table.ven_id == ven_id, or_(is_same_report, is_same_id)
        )
    )
    connection.execute(
        insert(REPORT_REQUEST).values(
            **asdict(request), ven_id=ven_id, requested_at=now
        )
    )


def meaning_of(connection: Connection, ven_id: str) -> Meaning:
    """Give what a VEN's reports mean now."""
    offers = connection.execute(_OFFERED, {"ven": ven_id})
    requests = connection.execute(_REQUESTED, {"ven": ven_id})
    return Meaning(
        [Offer(*row) for row in offers], [ReportRequest(*row) for row in requests]
    )


def _report_of(offer: Offer) -> tuple[str, str]:
    return offer.report_specifier_id, offer.report_name


def _in_common(found: dict[str, Offer]) -> Offer:
    """Give what several kinds of report say alike of a point, as the likeliest kind."""
    alike = {
        name: said.pop() if len(said) == 1 else ""
        for name in Offer.__dataclass_fields__
        for said in [{getattr(offer, name) for offer in found.values()}]
    }
    kinds = (kind for kind in (*_LIKELIEST_FIRST, *found) if kind in found)
    return Offer(**{**alike, "report_name": next(kinds)})


# Built once: building a statement takes several times as long as running it.
_OFFERED = (
    select(*(OFFER.c[name] for name in Offer.__dataclass_fields__))
    .where(OFFER.c.ven_id == bindparam("ven"))
    .order_by(OFFER.c.report_specifier_id, OFFER.c.r_id, OFFER.c.report_name)
)
_REQUESTED = (
    select(*(REPORT_REQUEST.c[n] for n in ReportRequest.__dataclass_fields__))
    .where(REPORT_REQUEST.c.ven_id == bindparam("ven"))
    .order_by(REPORT_REQUEST.c.report_request_id)
)
_REGISTERED_AT = (
    select(VEN.c.registered_at)
    .where(VEN.c.ven_id == bindparam("ven"))
    .scalar_subquery()
)
_UNOFFERED = delete(REPORT_REQUEST).where(
    REPORT_REQUEST.c.ven_id == bindparam("ven"),
    ~exists().where(
        OFFER.c.ven_id == REPORT_REQUEST.c.ven_id,
        OFFER.c.report_specifier_id == REPORT_REQUEST.c.report_specifier_id,
        OFFER.c.report_name == REPORT_REQUEST.c.report_name,
    ),
)
