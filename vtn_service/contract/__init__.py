"""What the VTN and the pipeline say to each other, and nothing else.

One HTTP contract under `/control/v1`, JSON bodies, `Authorization: Bearer <key>`,
idempotent both ways. Standard library only. Instants are text `2025-11-02T05:00:00Z`;
prices and values are text, so that no digit is lost.

| method, path | body | answer |
| --- | --- | --- |
| `GET /healthz`, `/readyz`, `/metrics` (no key) | - | 200; 503 while the store cannot be written |
| `PUT /control/v1/vens/{ven_id}` | `VenEnrolment` | 200 `VenStatus` |
| `GET /control/v1/vens` | - | 200 list of `VenStatus` |
| `PUT /control/v1/vens/{ven_id}/events/{event_id}` | `Event` | 200 `EventReceipt` |
| `GET /control/v1/events?first_day_utc=&last_day_utc=` | - | 200 list of `EventStatus` |
| `PUT /control/v1/vens/{ven_id}/asks/{ask_id}` | `Ask` | 200 `AskStatus` |
| `DELETE /control/v1/vens/{ven_id}/asks/{ask_id}` | - | 200 `AskStatus` |
| `GET /control/v1/asks?ven_id=` | - | 200 list of `AskStatus` |
| `GET /control/v1/refusals?ven_id=` | - | 200 list of `Refused` |
| `GET /control/v1/reports?after_seq=&limit=` | - | 200 list of `ReportHead` |
| `GET /control/v1/reports?start_utc=&end_utc=&after_seq=&limit=` | - | 200 list of `Report` |
| `GET /control/v1/reports/{seq}/body` | - | 200 the XML as received |

`first_day_utc` and `last_day_utc` are days such as `2025-11-02`, both included, and
give every event that overlaps them. Reports come in order of `seq`, those after
`after_seq`, at most `limit` (`MAX_PAGE` if unsaid); a page with fewer is the last one.
A report belongs to a span if the time from the first to the last second it touches (see
`ReportHead`) overlaps `[start_utc, end_utc)`, or if it was received in it: every report
that touches the span is given, and some that touch only time on both sides of it.

The same bytes from the same VEN with the same meaning (its points, but for their
`registered_at`) are one report, however late they come again. The same bytes with another
meaning, since the VEN registered its points again, are a new one.

An oadrQueryRegistration whose requestID is `CHECK_REQUEST_ID` comes from somebody who
looks at a device's connection; nothing is learned of the device from it.

Errors: 400, 401, 404, 409, 413, 415 with
`{"error": "subject: got ..., expected ..."}`.
"""  # noqa: E501

from vtn_service.contract.asks import ASK_KINDS, Ask, AskStatus
from vtn_service.contract.events import (
    Event,
    EventInterval,
    EventReceipt,
    EventSignal,
    EventStatus,
)
from vtn_service.contract.message import Message
from vtn_service.contract.reports import (
    MAX_SPANS,
    Report,
    ReportColumns,
    ReportHead,
    ReportPoint,
    ReportValue,
    TouchedSpan,
)
from vtn_service.contract.roster import KEPT, Refused, VenEnrolment, VenStatus

CONTROL_PREFIX = "/control/v1"
OPENADR_PATH = "/OpenADR2/Simple/2.0b"
OPENADR_PREFIX = f"/{{token}}{OPENADR_PATH}"
CHECK_REQUEST_ID = "ter-vtn-doctor"
MAX_PAGE = 1000

__all__ = [
    "ASK_KINDS",
    "CHECK_REQUEST_ID",
    "CONTROL_PREFIX",
    "KEPT",
    "MAX_PAGE",
    "MAX_SPANS",
    "OPENADR_PATH",
    "OPENADR_PREFIX",
    "Ask",
    "AskStatus",
    "Event",
    "EventInterval",
    "EventReceipt",
    "EventSignal",
    "EventStatus",
    "Message",
    "Refused",
    "Report",
    "ReportColumns",
    "ReportHead",
    "ReportPoint",
    "ReportValue",
    "TouchedSpan",
    "VenEnrolment",
    "VenStatus",
]
