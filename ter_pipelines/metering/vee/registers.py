"""Cumulative registers: what they counted between two readings, and when they fell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from ter_pipelines.metering.vee.findings import REGISTER_STEP, UsageFinding, found
from ter_pipelines.metering.vee.series import Channel
from ter_pipelines.vocab.clock import Span, iso_utc
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.units import ENERGY_PLACES, plain

EventKind = Literal["rollover", "reset", "exchange"]


@dataclass(frozen=True)
class Register:
    """How a register counts.

    Args:
        resolution: Its smallest step, in its own units.
        multiplier: kWh of one unit.
        rolls_over_at: The count at which it starts again from 0; None if unknown.
    """

    resolution: Decimal
    multiplier: Decimal = Decimal(1)
    rolls_over_at: Decimal | None = None

    @property
    def step_kwh(self) -> Decimal:
        """Give the smallest energy it can tell."""
        return self.resolution * self.multiplier


@dataclass(frozen=True)
class RegisterReading:
    """What a register showed at an instant, in its own units."""

    at_utc: datetime
    value: Decimal


@dataclass(frozen=True)
class RegisterEvent:
    """What is known to have happened to a register at an instant."""

    at_utc: datetime
    kind: EventKind


@dataclass(frozen=True)
class RegisterWindow:
    """The time between two readings and what was counted in it.

    Raises:
        InputError: If energy cannot be kept to the last digit of the difference.
    """

    span: Span
    difference_kwh: Decimal
    step_kwh: Decimal

    def __post_init__(self) -> None:
        """Refuse a difference that no sum of energies can equal."""
        if len(plain(self.difference_kwh).partition(".")[2]) > ENERGY_PLACES:
            raise InputError(
                f"register from {iso_utc(self.span.start_utc)}: got "
                f"{plain(self.difference_kwh)} kWh, expected at most {ENERGY_PLACES} "
                "decimal places; round its readings to its resolution"
            )


@dataclass(frozen=True)
class Registers:
    """A channel's register: how it counts, its readings, and what happened to it.

    Raises:
        InputError: If two readings of one instant differ.
    """

    register: Register
    readings: Sequence[RegisterReading]
    events: Sequence[RegisterEvent] = ()

    def __post_init__(self) -> None:
        """Refuse readings that contradict each other."""
        for a, b in pairwise(self._in_order()):
            if a.at_utc == b.at_utc:
                raise InputError(
                    f"register at {iso_utc(a.at_utc)}: got readings "
                    f"{plain(a.value)} and {plain(b.value)}, expected one"
                )

    def windows(self, channel: Channel) -> list[RegisterWindow]:
        """Give the time between each two readings whose difference is energy.

        A reset or an exchange between them leaves no difference, nor does a rollover
        of a register whose size is not known. Readings that are not taken where an
        interval begins bound no whole intervals; the others are used.
        """
        fitting = [r for r in self._in_order() if channel.has_on_grid(r.at_utc)]
        found_windows = []
        for opening, closing in pairwise(fitting):
            counted = self._counted(opening, closing)
            if counted is not None:
                span = Span(opening.at_utc, closing.at_utc)
                energy_kwh = counted * self.register.multiplier
                found_windows.append(
                    RegisterWindow(span, energy_kwh, self.register.step_kwh)
                )
        return found_windows

    def find_steps(self, channel: Channel) -> list[UsageFinding]:
        """Find falls of the register without an event; a net register may fall."""
        if channel.direction == "net":
            return []
        return [
            found(
                REGISTER_STEP,
                channel.subject,
                Span(before.at_utc, after.at_utc),
                limit=plain(before.value),
                observed=plain(after.value),
            )
            for before, after in pairwise(self._in_order())
            if after.value < before.value and not self._between(before, after)
        ]

    def _counted(
        self, opening: RegisterReading, closing: RegisterReading
    ) -> Decimal | None:
        kinds = [event.kind for event in self._between(opening, closing)]
        if not kinds:
            return closing.value - opening.value
        size = self.register.rolls_over_at
        if size is None or set(kinds) != {"rollover"}:
            return None
        return closing.value + size * len(kinds) - opening.value

    def _between(
        self, before: RegisterReading, after: RegisterReading
    ) -> list[RegisterEvent]:
        return [e for e in self.events if before.at_utc < e.at_utc <= after.at_utc]

    def _in_order(self) -> list[RegisterReading]:
        distinct = {
            (reading.at_utc, reading.value): reading for reading in self.readings
        }
        return sorted(distinct.values(), key=lambda reading: reading.at_utc)
