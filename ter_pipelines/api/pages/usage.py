"""The pages of usage: how complete every device's day is, and a day's intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.pages.site import (
    LONGEST_TEXT,
    PAGE_SIZE,
    cell,
    csv_answer,
    not_found,
    pager,
    pages_router,
    read_day,
    render,
    seeing,
)
from ter_pipelines.pages import wording
from ter_pipelines.pages.usage import (
    day_address,
    told_columns,
    told_devices,
    told_states,
)
from ter_pipelines.pages.usage_day import told_intervals, told_remarks
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, day_span, days_between, parse_day
from ter_pipelines.vocab.errors import InputError

ADDRESS = "/pages/usage"
USUAL_DAYS, MOST_DAYS = 14, 62
_EVERY_DEVICE = 10**9
Order = Literal["gaps", "name"]
Row = dict[str, Any]

router = pages_router()
_MAY_SEE = Depends(seeing("usage:read"))


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to see.

    Args:
        first: First day.
        last: Last day.
        find: Text that the device or its meter must have.
        order: What comes first.
        page: From 1.
    """

    first: date
    last: date
    find: str
    order: Order
    page: int

    def address(self, path: str = ADDRESS) -> str:
        """Give the address of this view."""
        asked = {"from": self.first, "to": self.last, "order": self.order}
        more = {"find": self.find} if self.find else {}
        paged = {"page": self.page} if self.page > 1 else {}
        return f"{path}?{urlencode({**asked, **more, **paged})}"

    def moved(self, days: int) -> str:
        """Give the address of as many days, earlier or later."""
        return replace(
            self, first=self.first + days * DAY, last=self.last + days * DAY, page=1
        ).address()

    @property
    def length(self) -> int:
        """Give the number of days."""
        return (self.last - self.first).days + 1


def wanted(
    here: Here,
    from_: Annotated[str, Query(alias="from")] = "",
    to: str = "",
    find: Annotated[str, Query(max_length=LONGEST_TEXT)] = "",
    order: Order = "gaps",
    page: Annotated[int, Query(ge=1, le=10**6)] = 1,
) -> Wanted:
    """Read what is asked for; without days, the newest there are.

    Raises:
        InputError: If the days are no days, or too many.
    """
    last = read_day(to) or _newest_day(here)
    first = read_day(from_) or last - (USUAL_DAYS - 1) * DAY
    if not 0 <= (last - first).days < MOST_DAYS:
        raise InputError(
            f"usage from {first} to {last}: expected 1 to {MOST_DAYS} days, the "
            "first one before the last"
        )
    return Wanted(first, last, find.strip(), order, page)


@router.get(ADDRESS, dependencies=[_MAY_SEE])
def usage_page(
    request: Request, here: Here, asked: Annotated[Wanted, Depends(wanted)]
) -> Response:
    """Show how complete every device's day is."""
    days = days_between(asked.first, asked.last)
    span = {"first_day": asked.first, "last_day": asked.last}
    devices = _devices(here, asked, PAGE_SIZE)
    return render(
        request,
        "usage.html",
        period=wording.period(asked.first, asked.last),
        first=asked.first,
        last=asked.last,
        find=asked.find,
        order=asked.order,
        columns=told_columns(days),
        devices=told_devices(devices, _days(here, asked, devices), days),
        pager=pager(
            asked.page,
            shown=len(devices),
            of=devices[0]["devices"] if devices else 0,
            address=lambda page: replace(asked, page=page).address(),
        ),
        earlier=asked.moved(-asked.length),
        later=asked.moved(asked.length),
        csv=replace(asked, page=1).address(f"{ADDRESS}.csv"),
        **told_states(here.lake.run("usage_states", span).rows(named=True)),
    )


@router.get(f"{ADDRESS}.csv", dependencies=[_MAY_SEE])
def usage_csv(here: Here, asked: Annotated[Wanted, Depends(wanted)]) -> Response:
    """Give the same as a file, of every device."""
    devices = _devices(here, replace(asked, page=1), _EVERY_DEVICE)
    meters = {(row["ven_id"], row["device_id"]): row["meter_ids"] for row in devices}
    names = ("seconds", "unbilled_seconds", "changed_seconds")
    rows = [
        [row["operating_day"], of, *key, *(row[name] for name in names)]
        for row in _days(here, asked, devices)
        if (of := meters.get(key := (row["ven_id"], row["device_id"])))
    ]
    head = ["operating_day", "meter_ids", "ven_id", "device_id", *names]
    return csv_answer(f"usage-{asked.first}-{asked.last}.csv", [head, *rows])


@router.get(f"{ADDRESS}/{{ven}}/{{device:path}}/{{day}}.csv", dependencies=[_MAY_SEE])
def usage_day_csv(here: Here, ven: str, device: str, day: str) -> Response:
    """Give a device's intervals of a day as a file."""
    rows = _intervals(here, ven, device, _require_day(day))
    head = list(rows[0])
    cells = [[cell(row[name]) for name in head] for row in rows]
    return csv_answer(f"usage-{day}.csv", [head, *cells])


@router.get(f"{ADDRESS}/{{ven}}/{{device:path}}/{{day}}", dependencies=[_MAY_SEE])
def usage_day_page(
    request: Request, here: Here, ven: str, device: str, day: str
) -> Response:
    """Show a device's intervals of a day, and why they are as they are."""
    of_day, zone = _require_day(day), here.programme.zone
    rows = _intervals(here, ven, device, of_day)
    remarks = here.lake.run("device_remarks", _of_device(ven, device, of_day))
    return render(
        request,
        "usage_day.html",
        device=device,
        ven=ven,
        day_name=f"{wording.day_name(of_day)}, {of_day.year}",
        back=ADDRESS,
        csv=f"{day_address(ven, device, of_day)}.csv",
        before=day_address(ven, device, of_day - DAY),
        after=day_address(ven, device, of_day + DAY),
        **told_intervals(rows, of_day, zone),
        **told_remarks(remarks.rows(named=True), zone),
    )


def _require_day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError as error:
        raise not_found("There is no such day.") from error


def _newest_day(here: Context) -> date:
    known = here.lake.partitions(tables.VALIDATED_USAGE)
    if known:
        return date.fromisoformat(known[-1])
    return here.now().astimezone(here.programme.zone).date()


def _devices(here: Context, asked: Wanted, page_size: int) -> Sequence[Row]:
    zone = here.programme.zone
    return here.lake.run(
        "usage_devices",
        {
            "first_day": asked.first,
            "last_day": asked.last,
            "begin_utc": day_span(asked.first, zone).start_utc,
            "end_utc": day_span(asked.last, zone).end_utc,
            "wanted_text": asked.find,
            "is_by_name_flag": asked.order == "name",
            "page_size_count": page_size,
            "skipped_count": (asked.page - 1) * page_size,
        },
    ).rows(named=True)


def _days(here: Context, asked: Wanted, devices: Sequence[Row]) -> Sequence[Row]:
    return here.lake.run(
        "usage_days",
        {
            "first_day": asked.first,
            "last_day": asked.last,
            "wanted_ven_ids": sorted({row["ven_id"] for row in devices}),
            "wanted_device_ids": sorted({row["device_id"] for row in devices}),
        },
    ).rows(named=True)


def _intervals(here: Context, ven: str, device: str, day: date) -> Sequence[Row]:
    rows = here.lake.run("device_intervals", _of_device(ven, device, day))
    if rows.is_empty():
        raise not_found(
            f"Nothing is known of {device} of {ven} on {wording.day_name(day)}, "
            f"{day.year}."
        )
    return rows.rows(named=True)


def _of_device(ven: str, device: str, day: date) -> dict[str, object]:
    return {
        "operating_day": day,
        "wanted_ven_text": ven,
        "wanted_device_text": device,
    }
