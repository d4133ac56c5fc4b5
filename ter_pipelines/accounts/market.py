"""The market that accounts are checked and priced by, as data.

Load zones with their prices, utilities with their lists, load profiles. Read from one
file by `market_file`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

DAY_TYPES = ("weekday", "saturday", "sunday", "holiday")
HOURS_OF_A_SHAPE = 24
_FRIDAY, _SATURDAY = 5, 6


@dataclass(frozen=True, kw_only=True)
class ZoneRates:
    """What a load zone's energy costs beside its LMP, from a day on.

    Args:
        effective_from: First local day.
        ancillaries_per_mwh: Ancillary services of the energy.
        rps_per_mwh: Renewable portfolio standard.
        capacity_per_mw_day: Capacity, for each MW of tag and day.
        transmission_per_mw_day: Transmission, for each MW of tag and day.
        transmission_ancillaries_per_mw_day: The same for what goes with it; may be
            below zero.
    """

    effective_from: date
    ancillaries_per_mwh: Decimal
    rps_per_mwh: Decimal
    capacity_per_mw_day: Decimal
    transmission_per_mw_day: Decimal
    transmission_ancillaries_per_mw_day: Decimal


@dataclass(frozen=True, kw_only=True)
class LoadZone:
    """A zone of the wholesale market.

    Args:
        name: As accounts say it.
        lmp_source: Who writes its prices, such as `pjm`.
        lmp_location: Its location in these files; None where they have but one.
        rates: In order of their days.
        temperature_days: Temperature class by day, for profiles that ask for it.
    """

    name: str
    lmp_source: str
    lmp_location: str | None = None
    rates: tuple[ZoneRates, ...] = ()
    temperature_days: Mapping[date, str] = field(default_factory=dict)

    def rates_on(self, day: date) -> ZoneRates | None:
        """Give the rates of a day; None before the first."""
        return next((r for r in reversed(self.rates) if r.effective_from <= day), None)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Weights of a day's local hours, and the days that have them.

    Args:
        weights: One for each hour of the clock, 0 to 23.
        months: 1 to 12.
        day_types: Of `DAY_TYPES`.
        temperature_classes: Of the zone's; empty for every day.
    """

    weights: tuple[Decimal, ...]
    months: tuple[int, ...] = tuple(range(1, 13))
    day_types: tuple[str, ...] = DAY_TYPES
    temperature_classes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LoadProfile:
    """How the usage of a kind of customer is shared out over the hours.

    Args:
        name: As accounts say it.
        shapes: The first that fits a day is the day's.
        day_factors: What a day's weights are multiplied by, 1 if unsaid.
    """

    name: str
    shapes: tuple[Shape, ...]
    day_factors: Mapping[date, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Utility:
    """A utility, and what its accounts may be.

    Args:
        name: As accounts say it.
        load_zones: Zones it delivers in.
        rate_classes: Its rate classes.
        loss_uplifts: By voltage: losses as a share of the energy's price.
        load_profiles: By name.
    """

    name: str
    load_zones: tuple[str, ...]
    rate_classes: tuple[str, ...]
    loss_uplifts: Mapping[str, Decimal]
    load_profiles: Mapping[str, LoadProfile]


@dataclass(frozen=True, kw_only=True)
class Market:
    """Everything an account is held against.

    Args:
        currency: Of every price in it; empty if there is no market.
        states: Two letters each.
        holidays: Local days that are neither weekday, Saturday nor Sunday.
        needs_tags: Whether an account's tags must cover its summary usages.
        allows_negative: Whether a period's energy may be below zero.
        load_zones: By name.
        utilities: By name.
    """

    currency: str = ""
    states: tuple[str, ...] = ()
    holidays: frozenset[date] = frozenset()
    needs_tags: bool = False
    allows_negative: bool = False
    load_zones: Mapping[str, LoadZone] = field(default_factory=dict)
    utilities: Mapping[str, Utility] = field(default_factory=dict)

    @property
    def is_set(self) -> bool:
        """Tell whether there is one."""
        return bool(self.utilities)

    @property
    def digest(self) -> str:
        """Hash everything in it, but for the order of its holidays."""
        plain = {**vars(self), "holidays": sorted(self.holidays)}
        return hashlib.sha256(repr(plain).encode()).hexdigest()

    def profile_of(self, utility: str, load_profile: str) -> LoadProfile | None:
        """Give a utility's load profile; None if it has none of that name."""
        found = self.utilities.get(utility)
        return found.load_profiles.get(load_profile) if found else None

    def day_type(self, day: date) -> str:
        """Give what kind of day it is, of `DAY_TYPES`."""
        if day in self.holidays:
            return "holiday"
        if day.isoweekday() <= _FRIDAY:
            return "weekday"
        return "saturday" if day.isoweekday() == _SATURDAY else "sunday"


NO_MARKET = Market()
