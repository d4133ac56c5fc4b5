"""Usage of a meter, interval by interval, as the hours that are billed.

The hour is the grain of prices: what lies in an hour is added up, what lies in two is
shared by its seconds. The store's query `settled_hour` says the same of a whole lake.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from itertools import pairwise

from ter_pipelines.settlement.document import StatementHour
from ter_pipelines.settlement.energy import EXACT, PricedInterval, energy_of
from ter_pipelines.settlement.prorating import shares_by_hour
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.metered import ADJUSTED, ESTIMATED, Direction, MeteredInterval
from ter_pipelines.vocab.rate import Terms
from ter_pipelines.vocab.units import AMOUNT_PLACES, ENERGY_PLACES

HOUR_SECONDS = 3600
_HOURLY = Context(prec=100, rounding=ROUND_HALF_UP)
_ENERGY = Decimal(1).scaleb(-ENERGY_PLACES)
_AMOUNT = Decimal(1).scaleb(-AMOUNT_PLACES)
_Key = tuple[str, Direction, datetime]


@dataclass
class UsedHour:
    """What a meter used in an hour, before it is priced."""

    import_kwh: Decimal = Decimal(0)
    export_kwh: Decimal = Decimal(0)
    heard_seconds: int = 0
    estimated_seconds: int = 0
    usage_version: int = 0
    qualities: set[str] = field(default_factory=set)

    @property
    def quality(self) -> str:
        """Give `E` if some of it is estimated, else `A` if some of it is adjusted."""
        if ESTIMATED in self.qualities:
            return "E"
        return "A" if ADJUSTED in self.qualities else ""


def newest_intervals(intervals: Iterable[MeteredInterval]) -> list[MeteredInterval]:
    """Give the newest version of every interval, in order of time; repeats once.

    Raises:
        InputError: If one version of an interval says two things, or intervals of a
            device overlap; with the places of both.
    """
    newest: dict[_Key, MeteredInterval] = {}
    for each in intervals:
        key = each.device_id, each.direction, each.interval_start_utc
        known = newest.get(key)
        if known is None or known.version < each.version:
            newest[key] = each
        elif known.version == each.version:
            _require_same(known, each)
    ordered = sorted(newest.items())
    for (before_key, before), (key, after) in pairwise(ordered):
        end = before.interval_start_utc + timedelta(seconds=before.duration_seconds)
        if key[:2] == before_key[:2] and after.interval_start_utc < end:
            raise InputError(
                f"meter {after.meter_id}: {after.place}: got an interval from "
                f"{iso_utc(after.interval_start_utc)}, expected none before "
                f"{iso_utc(end)}, the end of that in {before.place}"
            )
    return [each for _, each in ordered]


def used_hours(intervals: Iterable[MeteredInterval]) -> dict[datetime, UsedHour]:
    """Add up what is billed in each hour, import and export apart.

    Energy that is received is export, and so is net energy below zero.

    Raises:
        InputError: If an interval is longer than an hour.
    """
    hours: dict[datetime, UsedHour] = {}
    with localcontext(EXACT):
        for each in intervals:
            if each.is_billed and each.energy_kwh is not None:
                _add(hours, each, each.energy_kwh)
    return dict(sorted(hours.items()))


def channels_of(intervals: Iterable[MeteredInterval]) -> int:
    """Count a meter's channels: each direction of each device."""
    return len({(each.device_id, each.direction) for each in intervals})


def billed_hours(
    hours: Mapping[datetime, UsedHour],
    prices: Mapping[datetime, Decimal],
    terms: Terms,
    channels: int,
) -> list[StatementHour]:
    """Give hours as a rate bills them, amounts kept to 14 places.

    What a rate sets off within the month is not set off within its hours.
    """
    if terms.netting == "month":
        terms = replace(terms, netting="interval")
    return [
        _billed_hour(start, hour, prices.get(start), terms, channels)
        for start, hour in hours.items()
    ]


def _billed_hour(
    start: datetime,
    hour: UsedHour,
    price: Decimal | None,
    terms: Terms,
    channels: int,
) -> StatementHour:
    used = PricedInterval(start, HOUR_SECONDS, hour.import_kwh, hour.export_kwh, price)
    billed = energy_of([used], terms)
    return StatementHour(
        interval_start_utc=start,
        duration_seconds=HOUR_SECONDS,
        import_kwh=_HOURLY.quantize(billed.import_kwh, _ENERGY),
        export_kwh=_HOURLY.quantize(billed.export_kwh, _ENERGY),
        price_per_kwh=price,
        import_amount=_HOURLY.quantize(billed.import_amount, _AMOUNT),
        export_amount=_HOURLY.quantize(billed.export_amount, _AMOUNT),
        price_submission_id=None,
        usage_version=hour.usage_version,
        quality=hour.quality,
        heard_seconds=hour.heard_seconds,
        missing_seconds=channels * HOUR_SECONDS - hour.heard_seconds,
    )


def _add(
    hours: dict[datetime, UsedHour], each: MeteredInterval, energy: Decimal
) -> None:
    net = -energy if each.direction == "received" else energy
    start = each.interval_start_utc.astimezone(UTC)
    try:
        shares = shares_by_hour(start, each.duration_seconds, net)
    except InputError as error:
        raise InputError(f"meter {each.meter_id}: {each.place}: {error}") from error
    for share in shares:
        begin = share.interval_start_utc.replace(minute=0, second=0, microsecond=0)
        hour = hours.setdefault(begin, UsedHour())
        hour.import_kwh += max(share.energy_kwh, Decimal(0))
        hour.export_kwh += max(-share.energy_kwh, Decimal(0))
        hour.heard_seconds += share.duration_seconds
        hour.usage_version = max(hour.usage_version, each.version)
        hour.qualities.add(each.quality)
        if each.quality == ESTIMATED:
            hour.estimated_seconds += share.duration_seconds


def _require_same(known: MeteredInterval, each: MeteredInterval) -> None:
    said = [
        (one.duration_seconds, one.energy_kwh, one.quality) for one in (known, each)
    ]
    if said[0] != said[1]:
        first, second = sorted((known.place, each.place))
        raise InputError(
            f"meter {each.meter_id}: {first} and {second}: got two values for "
            f"{iso_utc(each.interval_start_utc)}, expected one, or another version"
        )
