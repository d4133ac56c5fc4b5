"""The control door's reports: which time they touch, and what they say."""

from collections.abc import Sequence

from aiohttp import web

from vtn_service import guard
from vtn_service.contract import MAX_PAGE
from vtn_service.control.reading import instant, require, whole
from vtn_service.house import House
from vtn_service.store import reports

MAX_SEQ = 2**63 - 1


class Reports:
    """Handlers of reports."""

    def __init__(self, house: House) -> None:
        """Take what they work with."""
        self._house = house

    async def list_reports(self, request: web.Request) -> web.StreamResponse:
        """Give reports after a sequence number: heads, or all of a span."""
        query = request.query
        after_seq = whole(query, "after_seq", default=0, low=0, high=MAX_SEQ)
        limit = whole(query, "limit", default=MAX_PAGE, low=1, high=MAX_PAGE)
        if "start_utc" not in query and "end_utc" not in query:
            heads = await self._house.store.read(reports.list_heads, after_seq, limit)
            page_end = heads[-1].seq if len(heads) == limit else None
            self._house.seen.reports_listed(after_seq, page_end)
            return await _stream(request, heads)
        span = instant(query, "start_utc"), instant(query, "end_utc")
        require(span[0] < span[1], "end_utc", span[1], f"later than {span[0]}")
        found = await self._house.store.read(
            reports.list_reports, span, after_seq, limit
        )
        return await _stream(request, found)

    async def report_body(self, request: web.Request) -> web.Response:
        """Give a report as received."""
        seq = whole(request.match_info, "seq", default=0, low=0, high=MAX_SEQ)
        body = await self._house.store.read(reports.body_of, seq)
        if body is None:
            raise guard.Refusal(404, f"seq: got {seq}, expected a stored report")
        return web.Response(body=body, content_type="application/xml")


async def _stream(
    request: web.Request,
    found: Sequence[reports.StoredHead | reports.StoredReport],
) -> web.StreamResponse:
    """Write reports or heads one at a time, so that polls are answered meanwhile.

    A page of long ones would not fit in memory either.
    """
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b"[")
    for i, report in enumerate(found):
        await response.write((", " if i else "").encode())
        await response.write(report.to_json_text().encode())
    await response.write(b"]")
    await response.write_eof()
    return response
