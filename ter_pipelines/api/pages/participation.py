"""The page of participation: device by day, told, answered, silent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.pages.site import (
    LONGEST_TEXT,
    PAGE_SIZE,
    cell,
    csv_answer,
    pager,
    pages_router,
    read_day,
    render,
    seeing,
)
from ter_pipelines.pages import wording
from ter_pipelines.pages.participation import legend, told_summary, told_vens
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, days_between

ADDRESS = "/pages/participation"
SHOWN_DAYS = 7
_EVERY_VEN = 10**9
Row = dict[str, Any]

router = pages_router()
_MAY_SEE = Depends(seeing("usage:read"))


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to see.

    Args:
        day: The operating day.
        find: Text that the VEN's name must have.
        page: From 1.
    """

    day: date
    find: str
    page: int

    def address(self, path: str = ADDRESS) -> str:
        """Give the address of this view."""
        more = {"find": self.find} if self.find else {}
        paged = {"page": self.page} if self.page > 1 else {}
        return f"{path}?{urlencode({'day': self.day, **more, **paged})}"


def wanted(
    here: Here,
    day: str = "",
    find: Annotated[str, Query(max_length=LONGEST_TEXT)] = "",
    page: Annotated[int, Query(ge=1, le=10**6)] = 1,
) -> Wanted:
    """Read what is asked for; without a day, the newest that was looked at.

    Raises:
        InputError: If the day is none.
    """
    return Wanted(read_day(day) or _newest_day(here), find.strip(), page)


@router.get(ADDRESS, dependencies=[_MAY_SEE])
def participation_page(
    request: Request, here: Here, asked: Annotated[Wanted, Depends(wanted)]
) -> Response:
    """Show how every device took part in a day, and in the days before it."""
    days = days_between(asked.day - (SHOWN_DAYS - 1) * DAY, asked.day)
    rows, zone = _rows(here, asked, PAGE_SIZE), here.programme.zone
    of_days = here.lake.run(
        "participation_days",
        {
            "first_day": days[0],
            "last_day": days[-1],
            "wanted_ven_ids": [row["ven_id"] for row in rows],
        },
    ).rows(named=True)
    vens = told_vens(rows, of_days, days, zone=zone, now=here.now())
    return render(
        request,
        "participation.html",
        day=asked.day,
        day_name=f"{wording.day_name(asked.day)}, {asked.day.year}",
        find=asked.find,
        vens=vens,
        legend=legend(),
        before=asked.day - DAY,
        after=asked.day + DAY,
        newest="" if rows else _newest_day(here),
        csv=replace(asked, page=1).address(f"{ADDRESS}.csv"),
        pager=pager(
            asked.page,
            shown=len(vens),
            of=rows[0]["vens"] if rows else 0,
            address=lambda page: replace(asked, page=page).address(),
        ),
        **told_summary(rows, asked.day, zone),
    )


@router.get(f"{ADDRESS}.csv", dependencies=[_MAY_SEE])
def participation_csv(
    here: Here, asked: Annotated[Wanted, Depends(wanted)]
) -> Response:
    """Give the same as a file, of every device."""
    rows = _rows(here, replace(asked, page=1), _EVERY_VEN)
    head = ["operating_day", *tables.VEN_PARTICIPATION.column_names]
    cells = [[cell(row[name]) for name in head] for row in rows]
    return csv_answer(f"participation-{asked.day}.csv", [head, *cells])


def _rows(here: Context, asked: Wanted, page_size: int) -> Sequence[Row]:
    return here.lake.run(
        "participation_day",
        {
            "operating_day": asked.day,
            "wanted_text": asked.find,
            "page_size_count": page_size,
            "skipped_count": (asked.page - 1) * page_size,
        },
    ).rows(named=True)


def _newest_day(here: Context) -> date:
    known = here.lake.partitions(tables.VEN_PARTICIPATION)
    if known:
        return date.fromisoformat(known[-1])
    return here.now().astimezone(here.programme.zone).date()
