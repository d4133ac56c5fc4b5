"""The ESPI codes that change what a number means: energy, quality, currency."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

from ter_pipelines.formats.espi.records import ReadingType

WATT_HOURS, WATTS = 72, 38
FORWARD, REVERSE = 1, 19
DELTA = 4
AVERAGE, MAXIMUM, MINIMUM = 2, 8, 9
VALID, ADJUSTED, ESTIMATED = "VALID", "ADJUSTED", "ESTIMATED"
RAW, SUSPECT, FORECAST = "RAW", "SUSPECT", "FORECAST"
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)

_MILLIWATT_HOUR = Decimal("0.001")
_HOUR_SECONDS = Decimal(3600)
_BEST_FIRST = (VALID, ADJUSTED, ESTIMATED, RAW, SUSPECT, FORECAST)
_STATES = {
    0: VALID, 17: VALID, 18: VALID, 19: VALID, 14: RAW, 8: ESTIMATED, 9: ESTIMATED,
    7: ADJUSTED, 11: ADJUSTED, 10: SUSPECT, 13: SUSPECT, 15: SUSPECT, 16: SUSPECT,
    12: FORECAST,
}  # fmt: skip
_NOTES = {18: "verified after failing a check"}
_CURRENCIES = {840: "USD", 124: "CAD", 978: "EUR", 826: "GBP", 36: "AUD"}
_INTERVAL_BEHAVIOURS = {None, 0, DELTA}
_REGISTER_BEHAVIOURS = {1, 2, 3, 9}
_NO_TOTALS = {AVERAGE, MAXIMUM, MINIMUM}


def quality_state(qualities: Iterable[int]) -> str | None:
    """Give the worst state that quality codes stand for; None if there are none.

    A code that no list knows is SUSPECT.

    >>> quality_state([17]), quality_state([17, 8]), quality_state([])
    ('VALID', 'ESTIMATED', None)
    """
    states = {_STATES.get(code, SUSPECT) for code in qualities}
    return max(states, key=_BEST_FIRST.index, default=None)


def quality_note(qualities: Iterable[int]) -> str:
    """Say what the state alone does not tell; mostly empty."""
    return ", ".join(_NOTES[code] for code in qualities if code in _NOTES)


def currency_name(number: int | None) -> str | None:
    """Give the ISO 4217 letters of a currency, its three digits where unknown.

    >>> currency_name(840), currency_name(8)
    ('USD', '008')
    """
    if number is None:
        return None
    return _CURRENCIES.get(number, f"{number:03d}")


def quantity(reading_type: ReadingType, value: Decimal) -> Decimal:
    """Give a value in its unit of measure, exactly."""
    return EXACT.scaleb(value, reading_type.power_of_ten)


def is_register(reading_type: ReadingType) -> bool:
    """Tell whether values are what a dial of energy shows, not energy of an interval.

    >>> is_register(ReadingType(uom=72, accumulation_behaviour=3))
    True
    """
    is_cumulative = reading_type.accumulation_behaviour in _REGISTER_BEHAVIOURS
    return is_cumulative and reading_type.uom == WATT_HOURS


def energy_wh(
    reading_type: ReadingType, value: Decimal, duration_seconds: int
) -> Decimal | None:
    """Give the energy of an interval, Wh; None where the value is none.

    Wh count as they are, whatever the duration. W are energy only as the average of
    the interval, and then rounded once to a milliwatt-hour. Registers, peaks and
    everything in other units are no energy of an interval.

    >>> energy_wh(ReadingType(uom=72, power_of_ten=-3), Decimal(312500), 900)
    Decimal('312.500')
    """
    if reading_type.uom == WATT_HOURS and _is_total(reading_type):
        return quantity(reading_type, value)
    if reading_type.uom == WATTS and _is_average_power(reading_type):
        watts = quantity(reading_type, value)
        watt_seconds = EXACT.multiply(watts, Decimal(duration_seconds))
        exact = EXACT.divide(watt_seconds, _HOUR_SECONDS)
        return EXACT.quantize(exact, _MILLIWATT_HOUR)
    return None


def _is_total(reading_type: ReadingType) -> bool:
    return (
        reading_type.accumulation_behaviour in _INTERVAL_BEHAVIOURS
        and reading_type.data_qualifier not in _NO_TOTALS
    )


def _is_average_power(reading_type: ReadingType) -> bool:
    if reading_type.data_qualifier == AVERAGE:
        return reading_type.accumulation_behaviour in _INTERVAL_BEHAVIOURS
    is_delta = reading_type.accumulation_behaviour == DELTA
    return is_delta and reading_type.data_qualifier not in {MAXIMUM, MINIMUM}
