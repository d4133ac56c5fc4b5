"""What comes of the year, worked out a second time from nothing but the story.

Whole numbers only: energy in mWh (0.000001 kWh), money in 1e-14 USD. The rules are
those of the rate's documents, written anew; nothing of the pipeline is used.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from tests.assets.year_story import (
    HOUR,
    HOUSE,
    MONTHS,
    SERVICES,
    ZONE,
    Publication,
    Told,
    days,
    hours_of,
)

WH, USD, CENT = 1000, 10**14, 10**12
NEW_RATE = MONTHS.index("2026-04")
LEAST_KNOWN, MOST_ESTIMATED = 95, 5  # per cent of the month's time
COMPLETE, WITHIN_LIMIT, INCOMPLETE = "COMPLETE", "WITHIN_LIMIT", "INCOMPLETE"
Line = tuple[str, int, int, int]  # code, mWh, exact amount, cents
Lines = tuple[Line, ...]
Charges = list[tuple[str, int, int]]
HOURS = [
    [h for d in days() if f"{d:%Y-%m}" == month for h in hours_of(d)]
    for month in MONTHS
]
BEGINS = [hours[0] for hours in HOURS]


@dataclass(frozen=True)
class Usage:
    """Energy of a meter in an interval of one device."""

    hour: int
    seconds: int
    mwh: int
    is_estimated: bool


@dataclass(frozen=True)
class Bill:
    """What a meter's month comes to as it is known at some time."""

    state: str
    missing_seconds: int
    lines: Lines
    import_mwh: int
    export_mwh: int


@dataclass(frozen=True)
class Statement:
    """A version of a meter's month, with what it says of months before."""

    label: str
    bill: Bill
    adjustments: Lines

    @property
    def lines(self) -> Lines:
        """Give every line, the total last; a credit's energy is told above zero."""
        lines = self.bill.lines + self.adjustments
        net = sum(-mwh if c == "export_credit" else mwh for c, mwh, _, _ in lines)
        return (*lines, ("total", net, sum(x for _, _, x, _ in lines), cents(lines)))


Statements = dict[tuple[str, int], list[Statement]]


@dataclass
class Known:
    """What was told until now: usage by device and month, prices by hour."""

    usage: dict[tuple[str, int], dict[int, tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    prices: dict[int, int] = field(default_factory=dict)
    bound: set[int] = field(default_factory=set)

    def hear(self, told: Told) -> int:
        """Take energy in: the newest value of an interval holds. Give the month."""
        month = month_at(told.start)
        self.usage[told.device, month][told.start] = told.seconds, told.wh
        return month

    def publish(self, publication: Publication) -> int:
        """Take prices in: the newest told before an hour binds it. Give the month."""
        hours = hours_of(publication.day)
        for hour, price in zip(hours, publication.prices, strict=True):
            is_in_time = publication.at < hour
            if is_in_time or hour not in self.bound:
                self.prices[hour] = price * 1000
            if is_in_time:
                self.bound.add(hour)
        return month_at(hours[0])

    def bill(self, meter: str, month: int) -> Bill:
        """Work out a meter's month."""
        usage = [u for each in self._services(meter) for u in self._used(each, month)]
        spans = served(meter, month)
        expected = sum(until - since for since, until in spans)
        known = sum(each.seconds for each in usage)
        estimated = sum(each.seconds for each in usage if each.is_estimated)
        charges = _old_charges if month < NEW_RATE else _new_charges
        return Bill(
            state_of(expected, known, estimated),
            expected - known,
            tuple(
                (code, mwh, exact, rounded(exact, CENT))
                for code, mwh, exact in charges(usage, self.prices, days_in(spans))
            ),
            sum(max(each.mwh, 0) for each in usage),
            sum(max(-each.mwh, 0) for each in usage),
        )

    def _services(self, meter: str) -> list[tuple[str, int, int]]:
        return [
            (s.device, s.since, s.until or HOURS[-1][-1] + HOUR)
            for s in SERVICES
            if s.meter == meter
        ]

    def _used(self, service: tuple[str, int, int], month: int) -> Iterable[Usage]:
        device, since, until = service
        heard = self.usage[device, month]
        all_of_it = {start: (*value, False) for start, value in heard.items()}
        all_of_it |= estimates(device, heard)
        for start, (seconds, wh, is_estimated) in all_of_it.items():
            if since <= start < until:
                yield Usage(start - start % HOUR, seconds, wh * WH, is_estimated)


def statements(told: Iterable[Told], published: Iterable[Publication]) -> Statements:
    """Live through the year: what was issued of each meter and month, in order.

    What a new version bills otherwise stands on the meter's next first statement, by
    month; a later version says of other months what the first one did.
    """
    usage, prices, known = list(told), list(published), Known()
    issued: Statements = {}
    for step in range(len(MONTHS)):
        months = {known.publish(p) for p in prices if p.step == step}
        months |= {known.hear(t) for t in usage if t.step == step}
        for month in sorted(months):
            for meter in sorted({s.meter for s in SERVICES if served(s.meter, month)}):
                _issue(issued, meter, month, known.bill(meter, month))
    return issued


def _issue(issued: Statements, meter: str, month: int, now: Bill) -> None:
    before = issued.get((meter, month), [])
    if now.state == INCOMPLETE or (before and before[-1].bill == now):
        return
    owed = before[0].adjustments if before else _owed(issued, meter, month)
    label = f"R{len(before)}" if before else "INITIAL"
    issued[meter, month] = [*before, Statement(label, now, owed)]


def _owed(issued: Statements, meter: str, month: int) -> Lines:
    found: list[Line] = []
    for earlier in range(month):
        code = f"adjustment.{MONTHS[earlier]}"
        versions = issued.get((meter, earlier), [])
        billed = [cents(version.bill.lines) for version in versions] or [0]
        told = cents(
            line
            for (other, _), versions in issued.items()
            for line in versions[0].adjustments
            if (other, line[0]) == (meter, code)
        )
        if owes := billed[-1] - billed[0] - told:
            found.append((code, 0, owes * CENT, owes))
    return tuple(found)


def month_at(instant: int) -> int:
    """Give the place in the year of an instant's month."""
    return bisect_right(BEGINS, instant) - 1


def served(meter: str, month: int) -> list[tuple[int, int]]:
    """Give from when to when each device of a meter served it in a month."""
    begin, end = HOURS[month][0], HOURS[month][-1] + HOUR
    spans = [
        (max(s.since, begin), min(s.until or end, end))
        for s in SERVICES
        if s.meter == meter
    ]
    return [(since, until) for since, until in spans if since < until]


def days_in(spans: list[tuple[int, int]]) -> int:
    """Count the local days of which any span has a part."""
    hours = {h for since, until in spans for h in range(since, until, HOUR)}
    return len({datetime.fromtimestamp(hour, ZONE).date() for hour in hours})


def estimates(
    device: str, heard: dict[int, tuple[int, int]]
) -> dict[int, tuple[int, int, bool]]:
    """Fill a month's gaps: up to two hours by a line, a house's longer from like days.

    No gap of the story lies at the bounds of a month.
    """
    found: dict[int, tuple[int, int, bool]] = {}
    for before, after in pairwise(sorted(heard)):
        seconds, wh = heard[before]
        missing = range(before + seconds, after, seconds)
        if not missing:
            continue
        if len(missing) * seconds <= 2 * HOUR:
            rise, steps = heard[after][1] - wh, len(missing) + 1
            values = [rounded(wh * steps + rise * n, steps) for n in range(1, steps)]
        elif device == HOUSE:
            values = [_like_days(heard, start) for start in missing]
        else:
            continue
        for start, value in zip(missing, values, strict=True):
            found[start] = seconds, value, True
    return found


def _like_days(heard: dict[int, tuple[int, int]], start: int) -> int:
    """Average the same clock time of the three nearest weekdays."""
    local = datetime.fromtimestamp(start, ZONE)
    near = [local + timedelta(days=way * n) for n in range(1, 8) for way in (-1, 1)]
    like = [day for day in near if day.weekday() < 5][:3]
    return rounded(sum(heard[int(day.timestamp())][1] for day in like), len(like))


def rounded(value: int, divisor: int) -> int:
    """Divide and round half away from zero."""
    whole = (2 * abs(value) + divisor) // (2 * divisor)
    return whole if value >= 0 else -whole


def cents(lines: Iterable[Line]) -> int:
    """Add rounded amounts up."""
    return sum(amount for *_, amount in lines)


def state_of(expected: int, known: int, estimated: int) -> str:
    """Tell whether a month can be billed."""
    if known - estimated == expected:
        return COMPLETE
    is_enough = known * 100 >= LEAST_KNOWN * expected
    is_measured = estimated * 100 <= MOST_ESTIMATED * expected
    return WITHIN_LIMIT if is_enough and is_measured else INCOMPLETE


def _old_charges(usage: list[Usage], prices: dict[int, int], days: int) -> Charges:
    """Import and export apart at the hour's price; 0.10 a day; a tax of 1.5 %."""
    taken = [each for each in usage if each.mwh > 0]
    given = [each for each in usage if each.mwh < 0]
    cost = sum(each.mwh * prices[each.hour] for each in taken)
    credit = sum(each.mwh * prices[each.hour] for each in given)
    fee = days * USD // 10
    taxed = max(cost, 0) + fee
    assert taxed * 15 % 1000 == 0, "the story's tax has no more digits than are kept"
    return [
        ("import_energy", sum(each.mwh for each in taken), cost),
        ("export_credit", -sum(each.mwh for each in given), credit),
        ("programme_fee", 0, fee),
        ("tax", 0, taxed * 15 // 1000),
    ]


def _new_charges(usage: list[Usage], prices: dict[int, int], days: int) -> Charges:
    """Net by the hour: 0.02 on top, 0.45 at most; export no less than 0; losses 1/5."""
    net: dict[int, int] = defaultdict(int)
    for each in usage:
        net[each.hour] += each.mwh
    amount = 0
    for hour, mwh in net.items():
        import_price = min(prices[hour] + 2_000_000, 45_000_000)
        export_price = max(prices[hour], 0)
        amount += mwh * (import_price if mwh > 0 else export_price)
    fee = 499 * USD // 100 if days else 0
    return [
        ("net_energy", sum(net.values()) * 5 // 4, amount * 5 // 4),
        ("programme_fee", 0, fee),
    ]
