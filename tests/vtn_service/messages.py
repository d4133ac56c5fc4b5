"""What VENs send, written out as XML."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "oadr": "http://openadr.org/oadr-2.0b/2012/07",
        "ei": "http://docs.oasis-open.org/ns/energyinterop/201110",
        "pyld": "http://docs.oasis-open.org/ns/energyinterop/201110/payloads",
        "xcal": "urn:ietf:params:xml:ns:icalendar-2.0",
        "strm": "urn:ietf:params:xml:ns:icalendar-2.0:stream",
        "power": "http://docs.oasis-open.org/ns/emix/2011/06/power",
        "scale": "http://docs.oasis-open.org/ns/emix/2011/06/siscale",
    }.items()
)
CREATED = "<ei:createdDateTime>2025-11-02T05:00:00Z</ei:createdDateTime>"
ENERGY_KWH = (
    "<power:energyReal><power:itemDescription>RealEnergy</power:itemDescription>"
    "<power:itemUnits>Wh</power:itemUnits><scale:siScaleCode>k</scale:siScaleCode>"
    "</power:energyReal>"
)


def signed(content: str) -> bytes:
    """Wrap a message into the payload."""
    return (
        f"<oadr:oadrPayload {_NAMESPACES}><oadr:oadrSignedObject>{content}"
        "</oadr:oadrSignedObject></oadr:oadrPayload>"
    ).encode()


def message(kind: str, content: str) -> bytes:
    """Write a message with its schema version."""
    return signed(f'<oadr:{kind} ei:schemaVersion="2.0b">{content}</oadr:{kind}>')


def ven(ven_id: str | None) -> str:
    """Write the venID element, if any."""
    return "" if ven_id is None else f"<ei:venID>{escape(ven_id)}</ei:venID>"


def request(request_id: str) -> str:
    """Write the requestID element."""
    return f"<pyld:requestID>{escape(request_id)}</pyld:requestID>"


def response(request_id: str = "req-1") -> str:
    """Write an OK of ours."""
    return (
        "<ei:eiResponse><ei:responseCode>200</ei:responseCode>"
        f"{request(request_id)}</ei:eiResponse>"
    )


def query_registration(request_id: str = "req-1") -> bytes:
    """Write an oadrQueryRegistration."""
    return message("oadrQueryRegistration", request(request_id))


def create_registration(
    ven_id: str | None = None, *, name: str = "example-ven", registration_id: str = ""
) -> bytes:
    """Write an oadrCreatePartyRegistration of a pulling 2.0b VEN."""
    claimed = f"<ei:registrationID>{registration_id}</ei:registrationID>"
    return message(
        "oadrCreatePartyRegistration",
        f"{request('req-1')}{claimed if registration_id else ''}{ven(ven_id)}"
        "<oadr:oadrProfileName>2.0b</oadr:oadrProfileName>"
        "<oadr:oadrTransportName>simpleHttp</oadr:oadrTransportName>"
        "<oadr:oadrTransportAddress>None</oadr:oadrTransportAddress>"
        "<oadr:oadrReportOnly>false</oadr:oadrReportOnly>"
        "<oadr:oadrXmlSignature>false</oadr:oadrXmlSignature>"
        f"<oadr:oadrVenName>{name}</oadr:oadrVenName>"
        "<oadr:oadrHttpPullModel>true</oadr:oadrHttpPullModel>",
    )


def cancel_registration(registration_id: str) -> bytes:
    """Write an oadrCancelPartyRegistration."""
    claimed = f"<ei:registrationID>{registration_id}</ei:registrationID>"
    return message("oadrCancelPartyRegistration", f"{request('req-1')}{claimed}")


def poll(ven_id: str) -> bytes:
    """Write an oadrPoll."""
    return message("oadrPoll", ven(ven_id))


def request_event(ven_id: str, *, limit: int | None = None) -> bytes:
    """Write an oadrRequestEvent."""
    reply = "" if limit is None else f"<pyld:replyLimit>{limit}</pyld:replyLimit>"
    return message(
        "oadrRequestEvent",
        f"<pyld:eiRequestEvent>{request('req-7')}{ven(ven_id)}{reply}"
        "</pyld:eiRequestEvent>",
    )


def created_event(ven_id: str, opts: Sequence[tuple[str, int, str]]) -> bytes:
    """Write an oadrCreatedEvent; an opt is event id, modification number, type."""
    responses = "".join(
        "<ei:eventResponse><ei:responseCode>200</ei:responseCode>"
        f"{request('req-1')}<ei:qualifiedEventID><ei:eventID>{event_id}</ei:eventID>"
        f"<ei:modificationNumber>{number}</ei:modificationNumber>"
        f"</ei:qualifiedEventID><ei:optType>{opt}</ei:optType></ei:eventResponse>"
        for event_id, number, opt in opts
    )
    return message(
        "oadrCreatedEvent",
        f"<pyld:eiCreatedEvent>{response()}<ei:eventResponses>{responses}"
        f"</ei:eventResponses>{ven(ven_id)}</pyld:eiCreatedEvent>",
    )


def create_opt(ven_id: str, opt_id: str, *, event_id: str = "") -> bytes:
    """Write an oadrCreateOpt, for an event or in general."""
    qualified = (
        f"<ei:qualifiedEventID><ei:eventID>{event_id}</ei:eventID>"
        "<ei:modificationNumber>0</ei:modificationNumber></ei:qualifiedEventID>"
    )
    return message(
        "oadrCreateOpt",
        f"<ei:optID>{opt_id}</ei:optID><ei:optType>optOut</ei:optType>"
        f"<ei:optReason>economic</ei:optReason>{ven(ven_id)}{CREATED}"
        f"{request('req-1')}{qualified if event_id else ''}<ei:eiTarget/>",
    )


def cancel_opt(ven_id: str, opt_id: str) -> bytes:
    """Write an oadrCancelOpt."""
    opt = f"<ei:optID>{opt_id}</ei:optID>"
    return message("oadrCancelOpt", f"{request('req-1')}{opt}{ven(ven_id)}")


@dataclass(frozen=True)
class Point:
    """A data point to be registered."""

    r_id: str
    resource_id: str = "device-1"
    item: str = ENERGY_KWH
    shortest: str = "PT15M"
    longest: str = "PT24H"

    def to_xml(self) -> str:
        """Write the description."""
        return (
            f"<oadr:oadrReportDescription><ei:rID>{self.r_id}</ei:rID>"
            "<ei:reportDataSource>"
            f"<ei:resourceID>{self.resource_id}</ei:resourceID></ei:reportDataSource>"
            f"<ei:reportType>reading</ei:reportType>{self.item}"
            "<ei:readingType>Direct Read</ei:readingType><oadr:oadrSamplingRate>"
            f"<oadr:oadrMinPeriod>{self.shortest}</oadr:oadrMinPeriod>"
            f"<oadr:oadrMaxPeriod>{self.longest}</oadr:oadrMaxPeriod>"
            "<oadr:oadrOnChange>false</oadr:oadrOnChange></oadr:oadrSamplingRate>"
            "</oadr:oadrReportDescription>"
        )


def report_offer(
    specifier: str, points: Sequence[Point], *, name: str = "TELEMETRY_USAGE"
) -> str:
    """Write one offered report."""
    return (
        f"<oadr:oadrReport>{''.join(point.to_xml() for point in points)}"
        "<ei:reportRequestID>0</ei:reportRequestID>"
        f"<ei:reportSpecifierID>{specifier}</ei:reportSpecifierID>"
        f"<ei:reportName>METADATA_{name}</ei:reportName>{CREATED}</oadr:oadrReport>"
    )


def register_report(ven_id: str | None, *offers: str) -> bytes:
    """Write an oadrRegisterReport."""
    return message(
        "oadrRegisterReport", f"{request('req-2')}{''.join(offers)}{ven(ven_id)}"
    )


def value(
    r_id: str,
    number: str,
    *,
    quality: str = "",
    confidence: str = "",
    accuracy: str = "",
) -> str:
    """Write one value; quality, confidence and accuracy only if given."""
    sure = f"<ei:confidence>{confidence}</ei:confidence>" if confidence else ""
    exact = f"<ei:accuracy>{accuracy}</ei:accuracy>" if accuracy else ""
    said = f"<oadr:oadrDataQuality>{quality}</oadr:oadrDataQuality>" if quality else ""
    return (
        f"<oadr:oadrReportPayload><ei:rID>{escape(r_id)}</ei:rID>{sure}{exact}"
        f"<ei:payloadFloat><ei:value>{number}</ei:value></ei:payloadFloat>{said}"
        "</oadr:oadrReportPayload>"
    )


def resource_status(
    r_id: str, *, online: str = "true", manual_override: str = "false"
) -> str:
    """Write one device status as the TER example client does, nearly empty."""
    return (
        f"<oadr:oadrReportPayload><ei:rID>{r_id}</ei:rID>"
        f"<oadr:oadrPayloadResourceStatus><oadr:oadrOnline>{online}</oadr:oadrOnline>"
        f"<oadr:oadrManualOverride>{manual_override}</oadr:oadrManualOverride>"
        "<oadr:oadrLoadControlState/></oadr:oadrPayloadResourceStatus>"
        "</oadr:oadrReportPayload>"
    )


def interval(
    payloads: str, *, start: str = "", duration: str = "", uid: str = ""
) -> str:
    """Write one interval; start, duration and uid only if given."""
    begin = f"<xcal:dtstart><xcal:date-time>{start}</xcal:date-time></xcal:dtstart>"
    length = f"<xcal:duration><xcal:duration>{duration}</xcal:duration></xcal:duration>"
    number = f"<xcal:uid><xcal:text>{uid}</xcal:text></xcal:uid>"
    return (
        f"<ei:interval>{begin if start else ''}{length if duration else ''}"
        f"{number if uid else ''}{payloads}</ei:interval>"
    )


def report(
    intervals: Sequence[str],
    *,
    specifier: str = "usage",
    start: str = "",
    length: str = "",
    request_id: str = "0",
) -> str:
    """Write one report with its intervals; its length, a duration, if given."""
    begin = f"<xcal:dtstart><xcal:date-time>{start}</xcal:date-time></xcal:dtstart>"
    lasts = f"<xcal:duration><xcal:duration>{length}</xcal:duration></xcal:duration>"
    inside = f"<strm:intervals>{''.join(intervals)}</strm:intervals>"
    return (
        f"<oadr:oadrReport>{begin if start else ''}{lasts if length else ''}"
        f"{inside if intervals else ''}"
        f"<ei:reportRequestID>{request_id}</ei:reportRequestID>"
        f"<ei:reportSpecifierID>{specifier}</ei:reportSpecifierID>"
        f"{CREATED}</oadr:oadrReport>"
    )


def update_report(
    ven_id: str | None, *reports: str, request_id: str = "req-3"
) -> bytes:
    """Write an oadrUpdateReport."""
    return message(
        "oadrUpdateReport", f"{request(request_id)}{''.join(reports)}{ven(ven_id)}"
    )


def hour(r_id: str = "r1", number: str = "0.06", *, at: int = 5) -> str:
    """Write the interval of one hour of 2025-11-02, UTC."""
    return interval(
        value(r_id, number), start=f"2025-11-02T{at:02}:00:00Z", duration="PT1H"
    )


def answer(
    kind: str,
    ven_id: str | None = None,
    *,
    request_id: str = "mine-1",
    code: int = 200,
    pending: Sequence[str] | None = None,
) -> bytes:
    """Write an answer to what the VTN told; with the reports it names as pending."""
    said = (
        f"<ei:eiResponse><ei:responseCode>{code}</ei:responseCode>"
        f"{request(request_id)}</ei:eiResponse>"
    )
    ids = "".join(
        f"<ei:reportRequestID>{name}</ei:reportRequestID>" for name in pending or ()
    )
    reports = f"<oadr:oadrPendingReports>{ids}</oadr:oadrPendingReports>"
    inside = "" if pending is None else reports
    return message(kind, f"{said}{inside}{ven(ven_id)}")


def with_vendor_prefixes(document: bytes) -> bytes:
    """Write a message with other prefixes than usual, as some vendors' tools do."""
    for usual, theirs in ((b"oadr", b"ns3"), (b"ei", b"ns2"), (b"pyld", b"ns7")):
        for mark in (b"<", b"</", b" xmlns:", b" "):
            end = b"=" if mark == b" xmlns:" else b":"
            document = document.replace(mark + usual + end, mark + theirs + end)
    return document
