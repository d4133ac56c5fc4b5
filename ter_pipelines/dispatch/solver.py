"""The linear programme of the cheapest day, given to HiGHS through SciPy.

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


def cheapest_levels(
    battery: Battery,
    hours: Sequence[Fraction],
    prices_per_kwh: Sequence[Decimal],
    *,
    start_kwh: Fraction,
    end_kwh: Fraction,
) -> list[Fraction]:
    """Give what a battery is to store at the end of each interval, kWh.

    What it takes costs the price, what it gives earns it, less its wear. Of every kWh
    that it gives, a millionth of the currency is taken off besides, so that it rests
    where nothing is earned. Where a price is below 0 it may not take and give at once;
    elsewhere that never pays.

    Args:
        battery: With its limits.
        hours: Length of each interval, h.
        prices_per_kwh: Of each interval.
        start_kwh: What it stores at the beginning.
        end_kwh: What it is to store at the end at least.

    Raises:
        InputError: If no plan keeps the limits.
        SettingsError: If SciPy is not installed.
    """
    numpy, linprog = _solver()
    n = len(hours)
    length = numpy.array([*hours], dtype=float)
    price = numpy.array([*prices_per_kwh], dtype=float)
    wear = numpy.array(battery.wear_price_per_kwh, dtype=float)
    earned = price - wear - NEGLIGIBLE_PRICE_PER_KWH
    below = numpy.flatnonzero(price < 0)
    # Columns: power taken, power given, and for prices below 0 whether it takes.
    cost = numpy.concatenate([price * length, -earned * length, 0 * below])
    into = length * numpy.array(battery.charge_efficiency, dtype=float)
    out_of = length / numpy.array(battery.discharge_efficiency, dtype=float)
    running = numpy.tril(numpy.ones((n, n)))
    level = numpy.hstack(
        [running * into, -running * out_of, numpy.zeros((n, below.size))]
    )
    start = numpy.array(start_kwh, dtype=float)
    floor = numpy.full(n, battery.lowest_kwh, dtype=float) - start
    floor[-1] = max(floor[-1], numpy.array(end_kwh - start_kwh, dtype=float))
    ceiling = numpy.full(n, battery.highest_kwh, dtype=float) - start
    exclusive, most = _not_both(numpy, battery, n, below)
    found = linprog(
        cost,
        A_ub=numpy.vstack([level, -level, exclusive]),
        b_ub=numpy.concatenate([ceiling, -floor, most]),
        bounds=[
            *[(0, battery.max_charge_kw)] * n,
            *[(0, battery.max_discharge_kw)] * n,
            *[(0, 1)] * below.size,
        ],
        integrality=numpy.concatenate([numpy.zeros(2 * n), numpy.ones(below.size)]),
        method="highs",
    )
    if found.status:
        raise InputError(_complaint(battery, found.status, found.message))
    return [Fraction(value) for value in (start + level @ found.x).tolist()]


def _not_both(
    numpy: Any,  # noqa: ANN401
    battery: Battery,
    n: int,
    below: Any,  # noqa: ANN401
) -> tuple[Any, Any]:
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
