"""Hours and registers of meters for tests of what is written of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.formats.cmep import (
    KWH,
    SAID,
    Days,
    Message,
    Meters,
    find_unsendable,
    write_batch,
)
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.cmep_out import CmepOut
from tests.formats.plain_cmep import Hour

NEW_YORK = ZoneInfo("America/New_York")
CLOCKS_FORWARD, PLAIN_DAY = date(2024, 3, 10), date(2024, 7, 1)
CLOCKS_BACK = date(2024, 11, 3)
MADE_AT = datetime(2024, 11, 4, 6, 5, tzinfo=UTC)
NISC = Message("NHEC", "NISCMDM", "OK", MADE_AT)
OPENING = (Decimal("1234.500000"), Decimal("88.250000"))
NET_KWH = [
    "1.250", "1.100", "1.050", "1.000", "0.950", "0.900", "0.875", "1.200", "1.500",
    "0.400", "-0.300", "-1.100", "-1.750", "-2.000", "-1.800", "-1.150", "-0.250",
    "0.650", "2.100", "2.600", "2.450", "2.200", "1.900", "1.600", "1.400",
]  # fmt: skip
ENERGY = pl.Decimal(18, 6)
SCHEMA = {
    "meter_id": pl.String(),
    "interval_start_utc": pl.Datetime("us", "UTC"),
    "import_kwh": ENERGY,
    "export_kwh": ENERGY,
    "heard_seconds": pl.Int32(),
    "missing_seconds": pl.Int32(),
    "quality": pl.String(),
}
Hours = Mapping[datetime, Hour]


def starts_of(*days: date) -> list[list[datetime]]:
    """Give the starts of the hours of local days."""
    return [list(interval_starts_utc(day, NEW_YORK)) for day in days]


def hour(net_kwh: str, **changes: Any) -> Hour:  # noqa: ANN401
    """Give an hour from its net energy."""
    net, zero = Decimal(net_kwh), Decimal(0)
    return Hour(max(net, zero), max(-net, zero), **changes)


def worked_day(**changes: Any) -> dict[datetime, Hour]:  # noqa: ANN401
    """Give the worked day of 25 hours."""
    (starts,) = starts_of(CLOCKS_BACK)
    nets = zip(starts, NET_KWH, strict=True)
    return {start: hour(net, **changes) for start, net in nets}


def meters_of(
    hours: Mapping[str, Hours],
    *,
    earlier: pl.DataFrame | None = None,
    opening: tuple[Decimal, Decimal] = OPENING,
) -> Meters:
    """Put meters' hours into columns."""
    rows = [
        (meter, start, h.import_kwh, h.export_kwh, h.heard, h.missing, h.quality)
        for meter, known in hours.items()
        for start, h in sorted(known.items())
    ]
    openings = {"meter_id": pl.String(), "import_kwh": KWH, "export_kwh": KWH}
    return Meters(
        pl.DataFrame([(m, *opening) for m in hours], schema=openings, orient="row"),
        pl.DataFrame(rows, schema=SCHEMA, orient="row"),
        SAID.to_frame() if earlier is None else earlier,
    )


def write(
    meters: Meters,
    days: Sequence[Sequence[datetime]],
    profile: CmepOut | None = None,
    message: Message = NISC,
) -> bytes:
    """Write meters; none may be refused."""
    assert find_unsendable(meters, Days(days), profile or CmepOut()) == {}
    return write_batch(meters, Days(days), message, profile or CmepOut())


def written(
    hours: Hours,
    days: Sequence[Sequence[datetime]],
    profile: CmepOut | None = None,
    **more: Any,  # noqa: ANN401
) -> list[list[str]]:
    """Write one meter, TER0001; give the fields of each line."""
    body = write(meters_of({"TER0001": hours}, **more), days, profile)
    assert body.endswith(b"\r\n")
    return [line.split(",") for line in body.decode("ascii").split("\r\n")[:-1]]


def refusal_of(
    hours: Hours, days: Sequence[Sequence[datetime]], profile: CmepOut | None = None
) -> str:
    """Give why a meter cannot be sent; empty if it can."""
    meters = meters_of({"TER0001": hours})
    found = find_unsendable(meters, Days(days), profile or CmepOut())
    return found.get("TER0001", "")
