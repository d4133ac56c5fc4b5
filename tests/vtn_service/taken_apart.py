"""What a report message means, for tests that hold no VTN."""

from tests.vtn_service.messages import report, update_report
from vtn_service.contract import Report, ReportValue
from vtn_service.openadr.message import parse_message
from vtn_service.openadr.values import read_values
from vtn_service.store.offers import Meaning, Offer, ReportRequest

NOTHING_KNOWN = Meaning([], [])
GOOD = "Quality Good - Non Specific"
AT_FIVE = "2025-11-02T05:00:00Z"
AT_SIX = "2025-11-02T06:00:00Z"


def offer_of(r_id: str, **changes: str) -> Offer:
    """Give an offer of the report `usage`, changed as said."""
    names = dict.fromkeys(Offer.__dataclass_fields__, "")
    return Offer(**{**names, "report_specifier_id": "usage", "r_id": r_id, **changes})


def meaning_of(*offers: Offer, asked: str = "") -> Meaning:
    """Give what reports mean after these offers; `asked` is a granularity."""
    request = ReportRequest("usage", "TELEMETRY_USAGE", "request-1", asked, "PT1H")
    return Meaning(offers, [request] if asked else [])


def read(
    *intervals: str,
    start: str = "",
    length: str = "",
    meaning: Meaning = NOTHING_KNOWN,
) -> list[ReportValue]:
    """Give the values of a report of these intervals."""
    told = report(intervals, start=start, length=length)
    message = parse_message(update_report("v1", told))
    content = read_values(message, meaning)
    return Report(1, "v1", AT_SIX, "", content.points, content.columns).values


def starts_of(values: list[ReportValue]) -> list[str]:
    """Give where values begin."""
    return [v.start_text for v in values]
