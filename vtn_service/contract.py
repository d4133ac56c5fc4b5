"""What the VTN and the pipeline say to each other, and nothing else.

One HTTP contract under `/control/v1`, JSON bodies, `Authorization: Bearer <key>`,
idempotent both ways. Standard library only. Instants are text `2025-11-02T05:00:00Z`;
prices and values are text, so that no digit is lost.

| method, path | body | answer |
| --- | --- | --- |
| `GET /healthz` (no key) | - | 200 `{"status": "ok"}` |
| `PUT /control/v1/vens/{ven_id}` | `VenEnrolment` | 200 `VenStatus` |
| `GET /control/v1/vens` | - | 200 list of `VenStatus` |
| `PUT /control/v1/vens/{ven_id}/events/{event_id}` | `Event` | 200 `EventReceipt` |
| `GET /control/v1/events?first_day_utc=&last_day_utc=` | - | 200 list of `EventStatus` |
| `GET /control/v1/reports?after_seq=&limit=` | - | 200 list of `ReportHead` |
| `GET /control/v1/reports?start_utc=&end_utc=&after_seq=&limit=` | - | 200 list of `Report` |
| `GET /control/v1/reports/{seq}/body` | - | 200 the XML as received |

`first_day_utc` and `last_day_utc` are days such as `2025-11-02`, both included, and
give every event that overlaps them. Reports come in order of `seq`, those after
`after_seq`, at most `limit` (`MAX_PAGE` if unsaid); a page with fewer is the last one.
A report belongs to a span if the time from the first to the last second it touches (see
`ReportHead`) overlaps `[start_utc, end_utc)`, or if it was received in it: every report
that touches the span is given, and some that touch only time on both sides of it.

The same bytes from the same VEN with the same meaning (see `ReportValue`, but for
`registered_at`) are one report, however late they come again. The same bytes with another
meaning, since the VEN registered its points again, are a new one.

Errors: 400, 401, 404, 409, 413, 415 with
`{"error": "subject: got ..., expected ..."}`.
"""  # noqa: E501

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from functools import cache
from typing import Any, Self, get_args, get_origin, get_type_hints

CONTROL_PREFIX = "/control/v1"
OPENADR_PREFIX = "/{token}/OpenADR2/Simple/2.0b"
MAX_PAGE = 1000
MAX_SPANS = 1000

_KIND_NAMES = {str: "text", int: "a whole number", bool: "true or false"}


class Message:
    """A dataclass that travels as a JSON object."""

    def to_json(self) -> dict[str, Any]:
        """Give the message as JSON values."""
        return asdict(self)  # type: ignore[call-overload, no-any-return]

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read the message.

        Raises:
            ValueError: If the body is not an object, a field is missing, unknown or
                not of the expected kind; the message names it.
        """
        return cls._read(body, cls.__name__)

    @classmethod
    def _read(cls, body: object, path: str) -> Self:
        if not isinstance(body, Mapping):
            raise ValueError(f"{path}: got {_shown(body)}, expected an object")  # noqa: TRY004
        kinds, required = _shape(cls)  # type: ignore[arg-type]
        if unknown := sorted(map(str, set(body) - set(kinds))):
            raise ValueError(f"{path}: got unknown {', '.join(unknown)}")
        if missing := [name for name in required if name not in body]:
            raise ValueError(f"{path}: expected {', '.join(missing)}, which is missing")
        return cls(
            **{
                name: _read_value(kinds[name], value, f"{path}.{name}")
                for name, value in body.items()
            }
        )


@cache
def _shape(kind: type[Message]) -> tuple[dict[str, type], list[str]]:
    """Give the kind of every field, and the names of those without a default."""
    known = fields(kind)  # type: ignore[arg-type]
    required = [
        f.name for f in known if f.default is MISSING and f.default_factory is MISSING
    ]
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in known}, required


def _read_value(kind: type, value: object, path: str) -> object:
    if get_origin(kind) is list:
        if not isinstance(value, list):
            raise ValueError(f"{path}: got {_shown(value)}, expected a list")
        (item,) = get_args(kind)
        return [_read_value(item, v, f"{path}[{i}]") for i, v in enumerate(value)]
    if issubclass(kind, Message):
        return kind._read(value, path)  # noqa: SLF001
    if type(value) is not kind:
        raise ValueError(f"{path}: got {_shown(value)}, expected {_KIND_NAMES[kind]}")
    return value


def _shown(value: object) -> str:
    return repr(value)[:60]


@dataclass(frozen=True)
class VenEnrolment(Message):
    """A VEN on the roster.

    Args:
        ven_id: The identifier the VEN gets at registration.
        ven_name: The name the VEN must register with; empty for any.
        token_sha256: SHA-256, hex, of the token in its URL; the VTN never stores
            the token itself. Empty keeps the token there is; a VEN that is not on
            the roster is then answered 404.
        is_enabled: Whether it may speak at all.
    """

    ven_id: str
    ven_name: str
    token_sha256: str
    is_enabled: bool = True


@dataclass(frozen=True)
class VenStatus(Message):
    """What the VTN knows of a VEN; instants are empty text until they happened."""

    ven_id: str
    ven_name: str
    is_enabled: bool
    registered_at: str = ""
    last_poll_at: str = ""
    last_report_at: str = ""


@dataclass(frozen=True)
class EventInterval(Message):
    """One priced interval; `value` is exact decimal text."""

    start_utc: str
    duration_seconds: int
    value: str


@dataclass(frozen=True)
class Event(Message):
    """One event with one signal for one VEN.

    The same body again changes nothing; another body for the same id is a revision
    and raises the modification number.

    Args:
        market_context: URI of the programme.
        signal_name: Such as `ELECTRICITY_PRICE`.
        signal_type: Such as `price`.
        item_name: Item base, such as `currencyPerKWh`.
        item_units: ISO 4217 currency code.
        intervals: Contiguous, in order.
        is_cancelled: Whether the event is withdrawn.
    """

    market_context: str
    signal_name: str
    signal_type: str
    item_name: str
    item_units: str
    intervals: list[EventInterval]
    is_cancelled: bool = False


@dataclass(frozen=True)
class EventReceipt(Message):
    """What became of an event that was PUT."""

    event_id: str
    modification_number: int
    is_changed: bool
    body_sha256: str


@dataclass(frozen=True)
class EventStatus(Message):
    """How far an event's current revision has come with its VEN."""

    event_id: str
    ven_id: str
    modification_number: int
    start_utc: str
    end_utc: str
    delivered_at: str = ""
    opt: str = ""
    opt_at: str = ""
    opt_modification_number: int = -1


@dataclass(frozen=True)
class TouchedSpan(Message):
    """A stretch of time `[start_utc, end_utc)` that values of a report touch."""

    start_utc: str
    end_utc: str


@dataclass(frozen=True)
class ReportHead(Message):
    """Which time a stored report touches.

    A value with a start but no usable duration touches one second, and one interval
    counts for at most one day. A start outside the years 1900 to 2199 does not count.
    A report without one usable time touches the second it was received in.

    Args:
        touched: In order, merged where they adjoin or overlap: a day of hourly values
            is one span, two values a year apart are two. Never empty. Of more than
            `MAX_SPANS` the nearest neighbours are joined, with the time between.
    """

    seq: int
    ven_id: str
    received_at: str
    touched: list[TouchedSpan]


@dataclass(frozen=True)
class ReportValue(Message):
    """One value of a report, with what was registered for its data point.

    Everything is text as sent; empty where nothing was sent or registered.
    `start_text` is inherited from the report (plus the durations before it) where the
    interval has none; `duration_text` falls back to the registered granularity.
    `report_type` is as registered, such as `usage`, `reading` or `storedEnergy`;
    `registered_at` is when the point's offer was registered, as an instant. Both are
    empty if the point was never offered.
    """

    report_name: str
    report_specifier_id: str
    r_id: str
    resource_id: str
    reading_type: str
    report_type: str
    registered_at: str
    start_text: str
    duration_text: str
    value_text: str
    unit: str
    scale: str
    data_quality: str


@dataclass(frozen=True)
class Report(Message):
    """A stored oadrUpdateReport message, taken apart."""

    seq: int
    ven_id: str
    received_at: str
    body_sha256: str
    values: list[ReportValue] = field(default_factory=list)
