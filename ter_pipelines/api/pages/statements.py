"""The pages of bills: which there are, and one of them with its hours and versions.

A member sees those of their own meters; another's is not there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, Query, Request, Response

from ter_pipelines.api.answers import write_json
from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.pages.site import (
    csv_answer,
    not_found,
    pages_router,
    render,
    seeing,
)
from ter_pipelines.pages.statement import StatementPage, statement_context
from ter_pipelines.pages.statements import told_months, told_totals
from ter_pipelines.registry.people import SignedIn
from ter_pipelines.settlement.differences import differences
from ter_pipelines.settlement.document import Statement, told, told_value
from ter_pipelines.settlement.flat_rate import at_a_flat_rate
from ter_pipelines.statements import (
    FIRST_MONTH,
    LAST_MONTH,
    Totals,
    is_month,
    totals_of,
    until_version,
    versions_of,
)
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.errors import InputError

ADDRESS = "/pages/statements"
PAGE_SIZE = 50
_ALL = "statements:all"
_EVERY_STATEMENT = 10**9

router = pages_router()
Reader = Annotated[SignedIn, Depends(seeing("statements:own", _ALL))]
Find = Annotated[str, Query(max_length=128)]
Page = Annotated[int, Query(ge=1, le=10**6)]
Version = Annotated[int | None, Query(ge=1, le=10**6)]


@router.get(ADDRESS)
def statements_page(
    request: Request,
    here: Here,
    user: Reader,
    month: str = "",
    find: Find = "",
    page: Page = 1,
) -> Response:
    """Show which bills there are."""
    months = here.lake.partitions(tables.STATEMENT)
    sees_all = _ALL in user.scopes
    chosen = month or (months[-1] if sees_all and months else "")
    skipped = (page - 1) * PAGE_SIZE
    rows = totals_of(here.lake, _wanted(user, chosen, find, (PAGE_SIZE, skipped)))
    asked = {"month": chosen, "find": find}
    return render(
        request,
        "statements.html",
        sees_all=sees_all,
        months=told_months(months, chosen),
        find=find,
        csv=_address(f"{ADDRESS}.csv", asked),
        previous=_address(ADDRESS, {**asked, "page": page - 1}) if page > 1 else "",
        next=_address(ADDRESS, {**asked, "page": page + 1})
        if rows and skipped + len(rows) < rows[0]["statements"]
        else "",
        **told_totals(rows, chosen, here.programme.zone),
    )


@router.get(f"{ADDRESS}.csv")
def statements_csv(
    here: Here, user: Reader, month: str = "", find: Find = ""
) -> Response:
    """Give the same as a file, without pages."""
    rows = totals_of(here.lake, _wanted(user, month, find, (_EVERY_STATEMENT, 0)))
    names = (
        "billing_month", "meter_id", "version", "label", "asked", "amount", "currency",
        "state", "missing_seconds", "issued_at",
    )  # fmt: skip
    cells = [[told_value(row[name]) for name in names] for row in rows]
    return csv_answer("bills.csv", [names, *cells])


@router.get(f"{ADDRESS}/{{meter:path}}/{{month}}.csv")
def hours_csv(
    here: Here, user: Reader, meter: str, month: str, version: Version = None
) -> Response:
    """Give a bill's hours as a file."""
    statement = _versions(here, user, meter, month, version)[-1]
    rows = [asdict(hour) for hour in statement.hours]
    head = list(rows[0]) if rows else ["interval_start_utc"]
    cells = [[told_value(row[name]) for name in head] for row in rows]
    return csv_answer(f"bill-{month}-{statement.label}.csv", [head, *cells])


@router.get(f"{ADDRESS}/{{meter:path}}/{{month}}.json")
def statement_json(
    here: Here, user: Reader, meter: str, month: str, version: Version = None
) -> Response:
    """Give a bill as data, with its hours."""
    statement = _versions(here, user, meter, month, version)[-1]
    text = write_json(told(statement, has_hours=True))
    return Response(text, media_type="application/json")


@router.get(f"{ADDRESS}/{{meter:path}}/{{month}}")
def statement_page(
    request: Request,
    here: Here,
    user: Reader,
    meter: str,
    month: str,
    version: Version = None,
) -> Response:
    """Show a bill: its lines, hours and versions, and why these differ."""
    every = _versions(here, user, meter, month, None)
    until = _until(every, version)
    statement = until[-1]
    address = f"{ADDRESS}/{quote(meter)}/{month}"
    of_version = "" if version is None else f"?version={version}"
    shown = StatementPage(
        title=here.programme.title,
        zone=here.programme.zone,
        statement=statement,
        differences=tuple(differences(until)),
        flat_rate=at_a_flat_rate(statement, None),
    )
    return render(
        request,
        "statement_served.html",
        **statement_context(shown),
        back=ADDRESS,
        versions=_told_versions(every, statement, address),
        csv=f"{address}.csv{of_version}",
        json=f"{address}.json{of_version}",
    )


def _versions(
    here: Context, user: SignedIn, meter: str, month: str, version: int | None
) -> list[Statement]:
    """Give the versions up to one of a bill that somebody may see.

    Raises:
        HTTPException: 404 if there is none, or it is another's.
    """
    is_theirs = _ALL in user.scopes or meter in user.meter_ids
    found = versions_of(here.lake, meter, month) if is_theirs else []
    if not found:
        raise not_found("There is no bill of that meter and month.")
    return _until(found, version)


def _until(found: Sequence[Statement], version: int | None) -> list[Statement]:
    try:
        return until_version(found, version)
    except InputError as error:
        raise not_found("The bill has no such version.") from error


def _told_versions(
    every: Sequence[Statement], shown: Statement, address: str
) -> list[dict[str, Any]]:
    return [
        {
            "label": each.label,
            "href": f"{address}?version={each.version}",
            "is_shown": each.version == shown.version,
        }
        for each in every
    ]


def _wanted(user: SignedIn, month: str, find: str, page: tuple[int, int]) -> Totals:
    if month and not is_month(month):
        raise InputError(f"month: got {month[:20]!r}, expected one such as 2025-11")
    return Totals(
        first_month=month or FIRST_MONTH,
        last_month=month or LAST_MONTH,
        meter_ids=None if _ALL in user.scopes else user.meter_ids,
        text=find.strip(),
        at_most=page[0],
        skipped=page[1],
    )


def _address(path: str, asked: Mapping[str, object]) -> str:
    given = {name: value for name, value in asked.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
