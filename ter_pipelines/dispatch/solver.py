"""The linear programme of the cheapest day, given to HiGHS through SciPy.

What a battery takes costs the price, what it gives earns it, less its wear. Of every
kWh that it gives, a millionth of the currency is taken off besides, so that it rests
where nothing is earned. Where a price is below 0 it may not take and give at once;
elsewhere that never pays.

Figures are floats here and nowhere else: what comes back is how full the battery is to
be, and `cheapest` makes exact powers of that.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ter_pipelines.dispatch.battery import Battery
from ter_pipelines.vocab.errors import InputError, SettingsError

NEGLIGIBLE_PRICE_PER_KWH = 1e-6
_INFEASIBLE = 2
_Array = Any  # of numpy, which is not imported where nobody plans


def cheapest_levels(
    battery: Battery,
    hours: Sequence[Fraction],
    prices_per_kwh: Sequence[Decimal],
    *,
    start_kwh: Fraction,
    end_kwh: Fraction,
) -> list[Fraction]:
    """Give what a battery is to store at the end of each interval, kWh.

    Args:
        battery: With its limits.
        hours: Length of each interval, h.
        prices_per_kwh: Likewise.
        start_kwh: What it stores at the beginning.
        end_kwh: What it is to store at the end at least.

    Raises:
        InputError: If no plan keeps the limits; SettingsError without SciPy.
    """
    numpy, linprog = _solver()
    length = numpy.array([*hours], dtype=float)
    price = numpy.array([*prices_per_kwh], dtype=float)
    below = numpy.flatnonzero(price < 0)
    gain = _gain(numpy, battery, length, below.size)
    floor = numpy.full(length.size, battery.lowest_kwh - start_kwh, dtype=float)
    floor[-1] = max(battery.lowest_kwh, end_kwh) - start_kwh
    ceiling = numpy.full(length.size, battery.highest_kwh - start_kwh, dtype=float)
    exclusive, most = _not_both(numpy, battery, length.size, below)
    found = linprog(
        _cost(numpy, battery, length, price),
        A_ub=numpy.vstack([gain, -gain, exclusive]),
        b_ub=numpy.concatenate([ceiling, -floor, most]),
        bounds=_bounds(battery, length.size, below.size),
        integrality=[0] * (2 * length.size) + [1] * below.size,
        method="highs",
    )
    if found.status:
        raise InputError(_complaint(battery, found.status, found.message))
    return [start_kwh + Fraction(value) for value in (gain @ found.x).tolist()]


# The unknowns, in this order: the power taken in each interval, the power given in
# each, and for each price below 0 whether the battery takes.


def _bounds(battery: Battery, n: int, k: int) -> list[tuple[Decimal, Decimal]]:
    """Give the least and the most of each unknown."""
    most = [battery.max_charge_kw] * n + [battery.max_discharge_kw] * n
    return [(Decimal(0), limit) for limit in [*most, *[Decimal(1)] * k]]


def _cost(numpy: Any, battery: Battery, length: _Array, price: _Array) -> _Array:  # noqa: ANN401
    """Give what one unit of each unknown costs."""
    wear = numpy.array(battery.wear_price_per_kwh, dtype=float)
    earned = price - wear - NEGLIGIBLE_PRICE_PER_KWH
    undecided = 0 * price[price < 0]
    return numpy.concatenate([price * length, -earned * length, undecided])


def _gain(numpy: Any, battery: Battery, length: _Array, undecided: int) -> _Array:  # noqa: ANN401
    """Give what one unit of each unknown adds to what is stored after each interval."""
    until_now = numpy.tril(numpy.ones((length.size, length.size)))
    into = length * numpy.array(battery.charge_efficiency, dtype=float)
    out_of = length / numpy.array(battery.discharge_efficiency, dtype=float)
    nothing = numpy.zeros((length.size, undecided))
    return numpy.hstack([until_now * into, -until_now * out_of, nothing])


def _not_both(
    numpy: Any,  # noqa: ANN401
    battery: Battery,
    n: int,
    below: _Array,
) -> tuple[_Array, _Array]:
    """Give the rows that forbid taking and giving at once where prices are below 0."""
    k = below.size
    rows = numpy.zeros((2 * k, 2 * n + k))
    row = numpy.arange(k)
    charge, discharge = (
        numpy.array(limit, dtype=float)
        for limit in (battery.max_charge_kw, battery.max_discharge_kw)
    )
    rows[row, below] = 1
    rows[row, 2 * n + row] = -charge
    rows[k + row, n + below] = 1
    rows[k + row, 2 * n + row] = discharge
    return rows, numpy.concatenate([numpy.zeros(k), numpy.full(k, discharge)])


def _complaint(battery: Battery, status: int, message: str) -> str:
    subject = f"cheapest plan of {battery.ven_id}/{battery.device_id}"
    if status == _INFEASIBLE:
        return (
            f"{subject}: its limits leave none, expected that it can get from its "
            "start to its end with its power in the time there is"
        )
    return f"{subject}: HiGHS gave none: {message}"


def _solver() -> tuple[Any, Any]:
    try:
        import numpy
        from scipy.optimize import linprog
    except ImportError as error:
        raise SettingsError(
            f"The cheapest plan of a battery needs SciPy ({error}): install "
            "ter-pipelines[dispatch]. Schedules work without."
        ) from error
    return numpy, linprog
