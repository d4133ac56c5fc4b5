"""Events: what a VEN is told, and how far that has come."""

from dataclasses import dataclass, field

from vtn_service.contract.message import Message


@dataclass(frozen=True)
class EventInterval(Message):
    """One interval of a signal; `value` is exact decimal text."""

    start_utc: str
    duration_seconds: int
    value: str


@dataclass(frozen=True)
class EventSignal(Message):
    """One signal of an event.

    Args:
        signal_name: Such as `ELECTRICITY_PRICE`, `LOAD_DISPATCH` or `CHARGE_STATE`.
        signal_type: Such as `price` or `setpoint`.
        item_name: Item base, such as `currencyPerKWh`, `powerReal` or `energyReal`;
            empty for a number without a unit.
        item_units: ISO 4217 currency code, `W` or `Wh`; empty without an item base.
        intervals: Contiguous, in order; all signals of an event span the same time.
        scale: SI scale of the unit, such as `none` or `k`.
        hertz: Of the grid; with an item base of power, as is
        voltage: the voltage in V, and
        is_ac: whether the current alternates.
    """

    signal_name: str
    signal_type: str
    item_name: str
    item_units: str
    intervals: list[EventInterval]
    scale: str = "none"
    hertz: str = "60"
    voltage: str = "240"
    is_ac: bool = True


@dataclass(frozen=True)
class Event(Message):
    """One event for one VEN.

    The same body again changes nothing; another body for the same id is a revision
    and raises the modification number.

    Args:
        market_context: URI of the programme.
        signals: At least one.
        priority: 0 for none, else 1 (highest) to 4294967295.
        resource_ids: The VEN's resources it is for; empty for all.
        needs_answer: Whether the VEN must say optIn or optOut. An event that needs
            none is told once for every revision.
        is_cancelled: Whether the event is withdrawn.
    """

    market_context: str
    signals: list[EventSignal]
    priority: int = 0
    resource_ids: list[str] = field(default_factory=list)
    needs_answer: bool = True
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
    """How far an event's current revision has come with its VEN.

    Args:
        event_id: The event.
        ven_id: The VEN that it is for.
        modification_number: Of the current revision.
        start_utc: When it starts.
        end_utc: When it ends.
        delivered_at: When the current revision was first told; empty if it was not.
        opt: The VEN's latest answer, `optIn` or `optOut`; empty if it gave none.
        opt_at: When that was received.
        opt_modification_number: The revision that it answers; -1 for none.
        is_cancelled: Whether the event is withdrawn.
        needs_answer: Whether the VEN must answer the current revision.
    """

    event_id: str
    ven_id: str
    modification_number: int
    start_utc: str
    end_utc: str
    delivered_at: str = ""
    opt: str = ""
    opt_at: str = ""
    opt_modification_number: int = -1
    is_cancelled: bool = False
    needs_answer: bool = True
