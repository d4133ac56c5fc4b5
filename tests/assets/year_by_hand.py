"""What comes of the year, worked out a second time from nothing but the story.

Whole numbers only: energy in mWh (0.000001 kWh), money in 1e-14 USD. The rules are
those of the rate's documents, written anew; nothing of the pipeline is used.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
LINES = tuple[tuple[str, int, int, int], ...]  # code, mWh, exact, rounded amount
NEW_RATE = MONTHS.index("2026-04")
LEAST_KNOWN, MOST_ESTIMATED = 95, 5  # per cent of the month's time
COMPLETE, WITHIN_LIMIT, INCOMPLETE = "COMPLETE", "WITHIN_LIMIT", "INCOMPLETE"


@dataclass(frozen=True)
class Usage:
    """Energy of a meter in an interval of one device."""

    hour: int
    seconds: int
    mwh: int
    is_estimated: bool


@dataclass(frozen=True)
class Bill:
    """What a meter's month comes to as it is known at some step."""

    state: str
    missing_seconds: int
    lines: LINES
    import_mwh: int
    export_mwh: int


@dataclass
class Year:
    """Everything that was told, in order.

    Args:
        told: Of usage.
        published: Prices.
    """

    told: list[Told]
    published: list[Publication]

    def usage(self, step: int) -> dict[tuple[str, int], list[Usage]]:
        """Give what is known of each meter and month at a step, estimates included."""
        known: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
        for each in self.told:
            if each.step <= step:
                known[each.device][each.start] = each.seconds, each.wh
        found = defaultdict(list)
        for service in SERVICES:
            heard = known[service.device]
            lacking = estimates(service.device, heard, step)
            both = {s: (*v, False) for s, v in heard.items()} | lacking
            for start, (seconds, wh, is_estimated) in both.items():
                if service.since <= start < (service.until or start + 1):
                    hour = start - start % HOUR
                    usage = Usage(hour, seconds, wh * WH, is_estimated)
                    found[service.meter, month_at(start)].append(usage)
        return found

    def prices(self, step: int) -> dict[int, int]:
        """Give the price that binds each hour, in 1e-8 USD/kWh."""
        found: dict[int, int] = {}
        in_time: set[int] = set()
        for each in self.published:
            if each.step > step:
                continue
            for hour, price in zip(hours_of(each.day), each.prices, strict=True):
                is_in_time = each.at < hour
                if is_in_time or hour not in in_time:
                    found[hour] = price * 1000
                if is_in_time:
                    in_time.add(hour)
        return found

    def bills(self, step: int) -> dict[tuple[str, int], Bill]:
        """Give what every meter's month up to a step comes to at that step."""
        usage, prices = self.usage(step), self.prices(step)
        return {
            (meter, month): bill(meter, month, usage[meter, month], prices)
            for month in range(step + 1)
            for meter in {s.meter for s in SERVICES}
            if served_seconds(meter, month)
        }


def month_at(instant: int) -> int:
    """Give the place in the year of an instant's local month."""
    return MONTHS.index(f"{datetime.fromtimestamp(instant, ZONE):%Y-%m}")


def hours_of_month(month: int) -> list[int]:
    """Give the starts of a month's hours."""
    return [h for d in days() if f"{d:%Y-%m}" == MONTHS[month] for h in hours_of(d)]


def served_spans(meter: str, month: int) -> list[tuple[int, int]]:
    """Give from when to when each device of a meter served it in a month."""
    hours = hours_of_month(month)
    begin, end = hours[0], hours[-1] + HOUR
    spans = [
        (max(s.since, begin), min(s.until or end, end))
        for s in SERVICES
        if s.meter == meter
    ]
    return [(since, until) for since, until in spans if since < until]


def served_seconds(meter: str, month: int) -> int:
    """Add up how long the devices of a meter served it in a month."""
    return sum(until - since for since, until in served_spans(meter, month))


def served_days(meter: str, month: int) -> int:
    """Count the local days on which a meter was served at all."""
    spans = served_spans(meter, month)
    return sum(
        any(since < hours[-1] + HOUR and hours[0] < until for since, until in spans)
        for hours in (
            hours_of(day) for day in days() if f"{day:%Y-%m}" == MONTHS[month]
        )
    )


def estimates(
    device: str, heard: dict[int, tuple[int, int]], step: int
) -> dict[int, tuple[int, int, bool]]:
    """Fill gaps: up to two hours by a line; a house's longer ones from like days."""
    found: dict[int, tuple[int, int, bool]] = {}
    for before, after in pairwise(sorted(heard)):
        seconds, wh = heard[before]
        missing = list(range(before + seconds, after, seconds))
        if not missing or month_at(before) > step:
            continue
        if after - missing[0] <= 2 * HOUR:
            rise = heard[after][1] - wh
            steps = len(missing) + 1
            values = [rounded(wh * steps + rise * n, steps) for n in range(1, steps)]
        elif device == HOUSE:
            values = [like_days(heard, start) for start in missing]
        else:
            continue
        filled = zip(missing, values, strict=True)
        found |= {start: (seconds, wh, True) for start, wh in filled}
    return found


def like_days(heard: dict[int, tuple[int, int]], start: int) -> int:
    """Average the same clock time of the three nearest weekdays."""
    local = datetime.fromtimestamp(start, ZONE)
    offsets = [sign * n for n in range(1, 8) for sign in (-1, 1)]
    near = [local + timedelta(days=n) for n in offsets]
    like = [day for day in near if day.weekday() < 5][:3]
    return rounded(sum(heard[int(day.timestamp())][1] for day in like), len(like))


def rounded(value: int, divisor: int) -> int:
    """Divide and round half away from zero."""
    whole = (2 * abs(value) + divisor) // (2 * divisor)
    return whole if value >= 0 else -whole


def bill(meter: str, month: int, usage: list[Usage], prices: dict[int, int]) -> Bill:
    """Work out a meter's month."""
    expected = served_seconds(meter, month)
    estimated = sum(each.seconds for each in usage if each.is_estimated)
    known = sum(each.seconds for each in usage)
    import_mwh = sum(max(each.mwh, 0) for each in usage)
    export_mwh = sum(max(-each.mwh, 0) for each in usage)
    charges = _old_charges if month < NEW_RATE else _new_charges
    lines = [
        (code, mwh, exact, rounded(exact, CENT))
        for code, mwh, exact in charges(usage, prices, served_days(meter, month))
    ]
    return Bill(
        state_of(expected, known, estimated),
        expected - known,
        tuple(lines),
        import_mwh,
        export_mwh,
    )


def state_of(expected: int, known: int, estimated: int) -> str:
    """Tell whether a month can be billed."""
    if known - estimated == expected:
        return COMPLETE
    is_enough = known * 100 >= LEAST_KNOWN * expected
    is_measured = estimated * 100 <= MOST_ESTIMATED * expected
    return WITHIN_LIMIT if is_enough and is_measured else INCOMPLETE


Charges = list[tuple[str, int, int]]


def _old_charges(usage: list[Usage], prices: dict[int, int], days: int) -> Charges:
    """Import and export apart at the hour's price; 0.10 a day; a tax of 1.5 %."""
    taken = [each for each in usage if each.mwh > 0]
    given = [each for each in usage if each.mwh < 0]
    cost = sum(each.mwh * prices[each.hour] for each in taken)
    credit = sum(each.mwh * prices[each.hour] for each in given)
    fee = days * USD // 10
    taxed = max(cost, 0) + fee
    assert taxed * 15 % 1000 == 0, "the tax of the story has no digits beyond the kept"
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


@dataclass(frozen=True)
class Statement:
    """A version of a meter's month, with the lines of other months."""

    label: str
    bill: Bill
    adjustments: LINES

    @property
    def lines(self) -> LINES:
        """Give every line, the total last."""
        lines = self.bill.lines + self.adjustments
        net_mwh = sum(mwh for _, mwh, _, _ in self.bill.lines)
        if self.bill.lines[0][0] == "import_energy":
            net_mwh -= 2 * self.bill.lines[1][1]  # the credit's energy is told as such
        exact, amount = (sum(line[i] for line in lines) for i in (2, 3))
        return (*lines, ("total", net_mwh, exact, amount))


Statements = dict[tuple[str, int], list[Statement]]


def statements(year: Year) -> Statements:
    """Live through the year: what was issued of each meter and month, in order.

    What a new version bills otherwise stands on the meter's next first statement, by
    month; a later version says of other months what the first one did.
    """
    issued: Statements = {}
    for step in range(len(MONTHS)):
        for (meter, month), now in sorted(year.bills(step).items(), key=_by_month):
            before = issued.get((meter, month), [])
            if now.state == INCOMPLETE or (before and before[-1].bill == now):
                continue
            owed = before[0].adjustments if before else _owed(issued, meter, month)
            label = f"R{len(before)}" if before else "INITIAL"
            issued[meter, month] = [*before, Statement(label, now, owed)]
    return issued


def _by_month(item: tuple[tuple[str, int], Bill]) -> tuple[int, str]:
    (meter, month), _ = item
    return month, meter


def _owed(issued: Statements, meter: str, month: int) -> LINES:
    found = []
    for earlier in range(month):
        versions = issued.get((meter, earlier), [])
        if len(versions) < 2:
            continue
        code = f"adjustment.{MONTHS[earlier]}"
        first, newest = (_cents(versions[i].bill.lines) for i in (0, -1))
        told = sum(
            cents
            for (other, _), said in issued.items()
            if other == meter
            for name, _, _, cents in said[0].adjustments
            if name == code
        )
        if owes := newest - first - told:
            found.append((code, 0, owes * CENT, owes))
    return tuple(found)


def _cents(lines: LINES) -> int:
    return sum(cents for *_, cents in lines)
