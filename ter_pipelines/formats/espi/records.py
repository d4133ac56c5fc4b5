"""What a Green Button feed says, as rows: readings, summaries, and what is doubtful."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class ReadingType:
    """What the numbers of a meter reading mean; codes as in the ESPI schema.

    Args:
        flow_direction: 1 delivered, 19 received, 4 net, 20 total.
        uom: Unit of measure: 72 Wh, 38 W, 169 therm ...
        power_of_ten: Multiplier of the values; 0 where the feed has none.
        interval_length: Seconds, where readings state none.
        accumulation_behaviour: 4 delta; 1, 2, 3 and 9 are registers.
        data_qualifier: 2 average, 8 maximum, 9 minimum, 12 normal.
        kind: 12 energy, 37 power ...
        commodity: 1 electricity, 7 gas ...
        phase: As sent.
        currency: ISO 4217 number of the costs.
        default_quality: Of readings that state none.
        tou: Time-of-use bucket of readings that state none.
        consumption_tier: Likewise.
        cpp: Critical peak period, likewise.
    """

    flow_direction: int | None = None
    uom: int | None = None
    power_of_ten: int = 0
    interval_length: int | None = None
    accumulation_behaviour: int | None = None
    data_qualifier: int | None = None
    kind: int | None = None
    commodity: int | None = None
    phase: int | None = None
    currency: int | None = None
    default_quality: int | None = None
    tou: int | None = None
    consumption_tier: int | None = None
    cpp: int | None = None


@dataclass(frozen=True, slots=True)
class UsagePoint:
    """Where a service is metered.

    Args:
        name: Its own address in the feed, else the id of its entry.
        service_kind: 0 electricity, 1 gas, 2 water ...; None where unsaid.
    """

    name: str
    service_kind: int | None = None


class Detail(NamedTuple):
    """What many readings share.

    Args:
        qualities: Every quality code, the reading type's default where it has none.
        tou: Time-of-use bucket.
        consumption_tier: Tier of the tariff.
        cpp: Critical peak period.
    """

    qualities: tuple[int, ...] = ()
    tou: int | None = None
    consumption_tier: int | None = None
    cpp: int | None = None


class Reading(NamedTuple):
    """One interval.

    Args:
        start: Epoch seconds, UTC.
        duration_seconds: Of the interval, above zero.
        value: As sent, before the multiplier.
        detail: Quality and tariff.
        cost: In the currency, not in its hundred-thousandths.
    """

    start: int
    duration_seconds: int
    value: Decimal
    detail: Detail = Detail()
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings that stand together in a feed, in its order.

    Args:
        usage_point: Whose they are.
        reading_type: What their values mean.
        entry: Which entry they come from.
        updated_utc: When that was published last; None where unsaid.
        rows: The readings, repeats and all.
    """

    usage_point: UsagePoint
    reading_type: ReadingType
    entry: str
    updated_utc: datetime | None
    rows: list[Reading]


@dataclass(frozen=True, slots=True)
class Measurement:
    """A quantity in a summary: `value` times ten to the `power_of_ten`, in `uom`."""

    value: Decimal
    power_of_ten: int
    uom: int | None
    at: int | None


@dataclass(frozen=True, slots=True)
class LineItem:
    """A line of a bill.

    Args:
        amount: In the currency.
        rounding: Likewise.
        dated: Epoch seconds.
        note: What it is for, in words.
        item_kind: 1 generation fee, 2 delivery fee, 3 usage fee, 5 tax, 9 payment ...
        unit_cost: In the currency.
        measurement: The quantity that is charged for.
        period: Start and duration, seconds.
    """

    amount: Decimal | None
    rounding: Decimal | None
    dated: int | None
    note: str
    item_kind: int | None
    unit_cost: Decimal | None
    measurement: Measurement | None
    period: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """A billing period as the utility sums it up; amounts in the currency.

    Args:
        usage_point: Whose it is.
        entry: Which entry it comes from.
        billing_period: Start, epoch seconds, and duration, seconds.
        bill_last_period: Amount of the last bill.
        bill_to_date: Amount so far.
        cost_additional_last_period: Charges beside the usage.
        line_items: Those charges one by one.
        currency: ISO 4217 number.
        quality: Quality code.
        stated_at: Epoch seconds of the statement.
        tariff_profile: As sent.
        read_cycle: As sent.
        measurements: Quantities by the element's name, such as
            `overallConsumptionLastPeriod`.
    """

    usage_point: UsagePoint
    entry: str
    billing_period: tuple[int, int] | None
    bill_last_period: Decimal | None
    bill_to_date: Decimal | None
    cost_additional_last_period: Decimal | None
    line_items: tuple[LineItem, ...]
    currency: int | None
    quality: int | None
    stated_at: int | None
    tariff_profile: str
    read_cycle: str
    measurements: dict[str, Measurement]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What cannot be used, and why.

    Args:
        file: Name of the file.
        entry: Which entry, by number and address.
        line: Line of the file.
        reason: Dotted code, such as `time.fractional`.
        message: What was got and what was expected.
        start_text: The reading's start as sent; empty where it has none.
        duration_text: Likewise its duration, and
        value_text: its value.
    """

    file: str
    entry: str
    line: int
    reason: str
    message: str
    start_text: str = ""
    duration_text: str = ""
    value_text: str = ""
