"""Intervalization: a period's energy shared out over its hours by a load profile.

The shares of a period add up to its energy exactly. An hour that a partner measured is
as it was measured; the others keep their share.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from ter_pipelines.accounts.account import Account, SummaryUsage
from ter_pipelines.accounts.bodies import MeteredHour
from ter_pipelines.accounts.market import LoadProfile, LoadZone, Market, Shape
from ter_pipelines.vocab.clock import days_between, interval_starts_utc
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.units import plain

METERED, PROFILE = "METERED", "PROFILE"
SHARE_PLACES = 4
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class IntervalizedHour:
    """An account's energy in an hour, and how it is known: `METERED` or `PROFILE`."""

    day: date
    start_utc: datetime
    energy_kwh: Decimal
    method: str


@dataclass(frozen=True)
class AccountUsage:
    """All that an account's hours are made from.

    Args:
        account: With its summary usages, profile and zone.
        metered: Measured hours, each once.
    """

    account: Account
    metered: tuple[MeteredHour, ...] = ()

    @property
    def has_usage(self) -> bool:
        """Tell whether there is any."""
        return bool(self.account.summary_usages or self.metered)

    @property
    def days(self) -> set[date]:
        """Give the local days that have usage."""
        found = {hour.recorded_on for hour in self.metered}
        for usage in self.account.summary_usages:
            found.update(days_between(*usage.period))
        return found

    def fingerprint(self, market: Market) -> str:
        """Hash what decides about the hours; another one asks for them anew."""
        account = self.account
        zone = market.load_zones.get(account.load_zone)
        rests_on = (
            account.summary_usages,
            self.metered,
            market.profile_of(account.utility, account.load_profile),
            account.load_zone,
            zone.temperature_days if zone else None,
            sorted(market.holidays),
        )
        return hashlib.sha256(repr(rests_on).encode()).hexdigest()


def intervalize(
    usage: AccountUsage, market: Market, zone: ZoneInfo
) -> list[IntervalizedHour]:
    """Give an account's hours in order of time.

    Raises:
        InputError: If the account's profile cannot share its energy out.
    """
    hours: dict[datetime, IntervalizedHour] = {}
    for summary in usage.account.summary_usages:
        for hour in share_out(summary, usage.account, market, zone):
            hours[hour.start_utc] = hour
    for metered in usage.metered:
        start = metered.start_utc(zone)
        hours[start] = IntervalizedHour(
            metered.recorded_on, start, metered.volume_kwh, METERED
        )
    return [hours[start] for start in sorted(hours)]


def share_out(
    summary: SummaryUsage, account: Account, market: Market, zone: ZoneInfo
) -> list[IntervalizedHour]:
    """Give the hours of a summary usage; they add up to its volume.

    Raises:
        InputError: If there is no such profile, a day has no shape, or the weights of
            the period are all zero.
    """
    profile = market.profile_of(account.utility, account.load_profile)
    load_zone = market.load_zones.get(account.load_zone)
    if profile is None or load_zone is None:
        raise InputError(
            f"load profile {account.load_profile!r} of {account.utility!r}, zone "
            f"{account.load_zone!r}: got none, expected both in the market's file"
        )
    days = days_between(*summary.period)
    weighted = [
        (day, start, weight)
        for day in days
        for start, weight in _weights_of(day, profile, load_zone, market, zone)
    ]
    energies = share_exactly(summary.volume_kwh, [weight for *_, weight in weighted])
    return [
        IntervalizedHour(day, start, energy, PROFILE)
        for (day, start, _), energy in zip(weighted, energies, strict=True)
    ]


def share_exactly(energy_kwh: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share energy out by weights, to 4 places, with the sum kept to the last digit.

    Each gets what is whole of its share; what is left goes, one unit each, to the
    largest remainders, the earliest first among equals. Energy of more than 4 places
    is shared out to as many as it has.

    Raises:
        InputError: If all weights are zero and the energy is not.

    >>> [str(part) for part in share_exactly(Decimal("0.0002"), [Decimal(1)] * 3)]
    ['0.0001', '0.0001', '0.0000']
    """
    if not energy_kwh:
        return [Decimal(0)] * len(weights)
    scale = max((_places(weight) for weight in weights), default=0)
    parts = [int(_EXACT.scaleb(weight, scale)) for weight in weights]
    whole = sum(parts)
    if whole == 0:
        raise InputError(
            f"{plain(energy_kwh)} kWh over {len(weights)} hours: got weights that are "
            "all zero, expected one above zero"
        )
    places = max(SHARE_PLACES, _places(energy_kwh))
    units = int(_EXACT.scaleb(abs(energy_kwh), places))
    shares = [units * part // whole for part in parts]
    by_remainder = sorted(
        range(len(parts)), key=lambda i: units * parts[i] % whole, reverse=True
    )  # stable: among equals the earliest hour stays first
    for i in by_remainder[: units - sum(shares)]:
        shares[i] += 1
    sign = -1 if energy_kwh < 0 else 1
    return [_EXACT.scaleb(Decimal(sign * share), -places) for share in shares]


def find_imbalance(
    usage: AccountUsage, hours: Iterable[IntervalizedHour], subject: str, zone: ZoneInfo
) -> list[Finding]:
    """Find summary usages whose hours are not its energy, and hours that are double.

    A summary usage with measured hours in it is their sum and the others' share.
    """
    metered = {hour.start_utc(zone) for hour in usage.metered}
    listed = sorted(hours, key=lambda hour: hour.start_utc)
    findings = [
        Finding("usage.hour_is_double", subject, {"at": str(start)})
        for start, same in groupby(listed, key=lambda hour: hour.start_utc)
        if len(list(same)) > 1
    ]
    for summary in usage.account.summary_usages:
        first, last = summary.period
        inside = [hour for hour in listed if first <= hour.day <= last]
        if any(hour.start_utc in metered for hour in inside):
            continue
        got = sum((hour.energy_kwh for hour in inside), Decimal(0))
        if got != summary.volume_kwh:
            facts = {"summary_kwh": plain(summary.volume_kwh), "hours_kwh": plain(got)}
            findings.append(
                Finding("usage.summary_differs", f"{subject} {first}", facts)
            )
    return findings


def _weights_of(
    day: date, profile: LoadProfile, load_zone: LoadZone, market: Market, zone: ZoneInfo
) -> Iterable[tuple[datetime, Decimal]]:
    """Give a day's hours with their weights, by the clock: a repeated one has its own.

    Raises:
        InputError: If no shape of the profile fits the day.
    """
    shape = _shape_of(day, profile, load_zone.temperature_days, market)
    factor = profile.day_factors.get(day, Decimal(1))
    for start in interval_starts_utc(day, zone):
        weight = shape.weights[start.astimezone(zone).hour]
        yield start, _EXACT.multiply(weight, factor)


def _shape_of(
    day: date, profile: LoadProfile, temperatures: Mapping[date, str], market: Market
) -> Shape:
    for shape in profile.shapes:
        classes = shape.temperature_classes
        if (
            day.month in shape.months
            and market.day_type(day) in shape.day_types
            and (not classes or temperatures.get(day) in classes)
        ):
            return shape
    raise InputError(
        f"load profile {profile.name!r}: got no shape for {day} (month {day.month}, "
        f"{market.day_type(day)}, temperature class {temperatures.get(day)}), "
        "expected one that fits"
    )


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
