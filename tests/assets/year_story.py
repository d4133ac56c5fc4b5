"""A year of a programme of ten devices, as plain data: who told what, and when.

Twelve months of New York from October 2025: a day of 25 hours and one of 23. What is
told has a step, the month in which it came: 0 is October. Energy is in Wh, prices are
in 0.00001 USD/kWh, instants are seconds since 1970. Nothing here knows the pipeline;
`year_at_work` lets all of it arrive, `year_by_hand` works out what comes of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
MONTHS = [f"{y}-{m:02d}" for y, m in [(2025, m) for m in (10, 11, 12)]] + [
    f"2026-{m:02d}" for m in range(1, 10)
]
HOUR, QUARTER = 3600, 900
HOUSE, OLD_METER, NEW_METER = "house", "E100245", "E100246"
NOV, DEC, JAN, FEB, MAR, APR, MAY, JUN, JUL, AUG = range(1, 11)


@dataclass(frozen=True)
class Told:
    """A device's energy of an interval; below zero it gave some."""

    step: int
    device: str
    start: int
    seconds: int
    wh: int


@dataclass(frozen=True)
class Publication:
    """The prices of a day's hours, in order of time."""

    step: int
    day: date
    at: int
    prices: tuple[int, ...]


@dataclass(frozen=True)
class Service:
    """A device's energy is a meter's from one instant to another; None is for ever."""

    device: str
    meter: str
    since: int
    until: int | None = None


def at(year: int, month: int, day: int, hour: int = 0) -> int:
    """Give the instant of a local hour that there is once."""
    return int(datetime(year, month, day, hour, tzinfo=ZONE).timestamp())


def days() -> list[date]:
    """Give every day of the year."""
    first, last = date(2025, 10, 1), date(2026, 9, 30)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def hours_of(day: date) -> list[int]:
    """Give the starts of a day's 23, 24 or 25 hours."""
    until = day + timedelta(days=1)
    return list(
        range(
            at(day.year, day.month, day.day),
            at(until.year, until.month, until.day),
            HOUR,
        )
    )


def step_of(day: date) -> int:
    """Give the place of a day's month in the year."""
    return MONTHS.index(f"{day:%Y-%m}")


START = at(2025, 10, 1)
MOVED = at(2025, 12, 1)  # a member leaves with the battery, another comes with theirs
JOINED = at(2026, 1, 15)
EXCHANGE = at(2026, 2, 17, 12)  # of two meters, at noon
SERVICES = (
    Service("ven-01", "M01", START),
    Service("ven-02", "M02", START),
    Service("ven-03", "M03", START, MOVED),
    Service("ven-04", "M04", START),
    Service("ven-05", "M05", START, EXCHANGE),
    Service("ven-05", "M15", EXCHANGE),
    Service("ven-06", "M06", START),
    Service("ven-07", "M07", START),
    Service("ven-08", "M07", JOINED),
    Service("ven-09", "M13", MOVED),
    Service(HOUSE, "M09", START),
    Service(OLD_METER, "M10", START, EXCHANGE),
    Service(NEW_METER, "M20", EXCHANGE),
)
# Hours in which a device said nothing; what came of some of them later is below.
SILENT = {
    "ven-01": [(at(2026, 1, 21, 3), 1)],
    "ven-02": [(at(2025, 11, 12, 1), 30)],
    "ven-06": [(at(2026, 7, 6), 96)],
    HOUSE: [(at(2026, 1, 14, 10), 5)],
}
LOST_QUARTER = at(2025, 11, 20, 8) + 2 * QUARTER  # of the battery that tells quarters
LATE = (
    (DEC, "ven-02", at(2025, 11, 12, 1), 30),
    (AUG, "ven-06", at(2026, 7, 6), 96),
)
CORRECTED = (
    (MAY, "ven-04", at(2026, 3, 8, 1), (1250, -375, 2125)),  # over the hour left out
    (JUN, "ven-04", at(2026, 3, 8, 3), (-3500,)),
    (APR, "ven-01", at(2026, 3, 30, 2), None),  # what was told before, once more
)


def _charger(n: int) -> int:
    return n * n * 37 % 6700 if n % 24 in {5, 6, 7, 8} else 0


def _battery(n: int) -> int:
    return (n * n * 31 + n * 17) % 7919 - 3959


def _heat_pump(n: int) -> int:
    return (n * n * 13 + n * 7) % 3011


def _solar(n: int) -> int:
    return -(n * 53 % 4001) if n % 24 in range(12, 22) else 0


def _house(n: int) -> int:
    return 600 + 3 * ((n * n * 11 + n * 5) % 97)


# The place of an interval since the year began -> Wh.
LOADS: dict[str, tuple[int, Callable[[int], int]]] = {
    "ven-01": (HOUR, _charger),
    "ven-02": (HOUR, _battery),
    "ven-03": (QUARTER, lambda n: _battery(n + 5) // 4),
    "ven-04": (HOUR, lambda n: _battery(n + 11)),
    "ven-05": (HOUR, _heat_pump),
    "ven-06": (HOUR, _solar),
    "ven-07": (HOUR, lambda n: _heat_pump(n + 3)),
    "ven-08": (HOUR, lambda n: _solar(n + 7)),
    "ven-09": (HOUR, lambda n: _battery(n + 23)),
    HOUSE: (HOUR, _house),
    OLD_METER: (HOUR, lambda n: _house(n + 50)),
    NEW_METER: (HOUR, lambda n: _house(n + 90)),
}


def told() -> Iterator[Told]:
    """Give everything that was told of usage, in the order in which it came."""
    for day in days():
        for device in LOADS:
            yield from _told_in_time(day, device)
    for step, device, start, hours in LATE:
        for n in range(hours):
            yield _told(step, device, start + n * HOUR)
    for step, device, start, values in CORRECTED:
        for n, wh in enumerate(values or [_told(step, device, start).wh]):
            yield Told(step, device, start + n * HOUR, HOUR, wh)


def _told_in_time(day: date, device: str) -> Iterator[Told]:
    seconds, _ = LOADS[device]
    for hour in hours_of(day):
        for start in range(hour, hour + HOUR, seconds):
            if is_served(device, start) and not _is_silent(device, start):
                yield _told(step_of(day), device, start)


def is_served(device: str, instant: int) -> bool:
    """Tell whether a device has a meter at an instant."""
    return any(
        s.device == device
        and s.since <= instant
        and (s.until is None or instant < s.until)
        for s in SERVICES
    )


def _is_silent(device: str, start: int) -> bool:
    if device == "ven-03":
        return start == LOST_QUARTER
    return any(
        begin <= start < begin + hours * HOUR for begin, hours in SILENT.get(device, [])
    )


def _told(step: int, device: str, start: int) -> Told:
    seconds, load = LOADS[device]
    return Told(step, device, start, seconds, load((start - START) // seconds))


def published() -> Iterator[Publication]:
    """Give every publication of prices, in the order in which they came."""
    for day in days():
        evening = hours_of(day)[0] - 7 * HOUR
        late = at(2026, 6, 25) if day == NOT_TOLD else evening
        yield Publication(step_of(day), day, late, _prices(day))
    yield from REVISIONS


def _prices(day: date) -> tuple[int, ...]:
    first = (hours_of(day)[0] - START) // HOUR
    sign = -1 if day == NEGATIVE_DAY else 1
    hours = range(first, first + len(hours_of(day)))
    return tuple(sign * ((n * n * 7 + n * 13) % 49_999) for n in hours)


def _revised(step: int, day: date, received: int, by: int) -> Publication:
    return Publication(step, day, received, tuple(p + by for p in _prices(day)))


NEGATIVE_DAY = date(2025, 12, 25)
BEFORE_THE_DAY, IN_THE_DAY = date(2025, 12, 10), date(2026, 4, 15)
AFTER_THE_DAY, NOT_TOLD = date(2026, 4, 2), date(2026, 6, 20)
REVISIONS = (
    _revised(DEC, BEFORE_THE_DAY, at(2025, 12, 9, 20), 1111),
    _revised(APR, IN_THE_DAY, at(2026, 4, 15, 10) - QUARTER, -2222),
    _revised(MAY, AFTER_THE_DAY, at(2026, 5, 10), 7777),
    _revised(JUL, NOT_TOLD, at(2026, 7, 20), 3333),
)
