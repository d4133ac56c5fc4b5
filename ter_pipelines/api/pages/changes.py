"""The page of changes: who changed what in the registry, and if the log is whole."""

import json
import re
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response

from ter_pipelines.api.context import Here
from ter_pipelines.api.pages.site import csv_answer, pages_router, render, seeing
from ter_pipelines.pages import wording
from ter_pipelines.registry.changes import Entry, read_log, verify_log
from ter_pipelines.vocab.clock import iso_utc

ADDRESS = "/pages/changes"
PAGE_SIZE = 100
_EVERY_ENTRY = 10**9
_SHOWN_DIGITS = 12
_DIGEST = re.compile(r"[0-9a-f]{64}")

router = pages_router()
_MAY_SEE = Depends(seeing("log:read"))
About = Annotated[str, Query(max_length=256, pattern=r"^[^\x00]*$")]


@router.get(ADDRESS, dependencies=[_MAY_SEE])
def changes_page(
    request: Request,
    here: Here,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    about: About = "",
) -> Response:
    """Show the newest changes."""
    engine = here.registry.changes.engine
    entries = read_log(
        engine, before_id=before, at_most=PAGE_SIZE, subject=about or None
    )
    return render(
        request,
        "changes.html",
        about=about,
        entries=[_told(entry, here.programme.zone) for entry in entries],
        older=entries[-1].id if len(entries) == PAGE_SIZE else "",
    )


@router.get(f"{ADDRESS}/verified", dependencies=[_MAY_SEE])
def verified_page(request: Request, here: Here) -> Response:
    """Check every seal of the log, and show what was found."""
    found = verify_log(here.registry.changes.engine)
    return render(request, "changes_verified.html", found=found)


@router.get(f"{ADDRESS}.csv", dependencies=[_MAY_SEE])
def changes_csv(here: Here, about: About = "") -> Response:
    """Give the log as a file, the newest first."""
    engine = here.registry.changes.engine
    head = list(Entry.__dataclass_fields__)
    rows = [
        [*(_cell(getattr(entry, name)) for name in head)]
        for entry in read_log(engine, at_most=_EVERY_ENTRY, subject=about or None)
    ]
    return csv_answer("changes.csv", [head, *rows])


def _told(entry: Entry, zone: ZoneInfo) -> dict[str, Any]:
    at = entry.made_at
    return {
        "id": entry.id,
        "when": "cannot be read" if at is None else wording.moment(at, zone),
        "made_by": entry.made_by,
        "action": entry.action.replace(".", " ").replace("_", " "),
        "subject": entry.subject,
        "detail": [(name, _plain(value)) for name, value in _detail(entry).items()],
    }


def _detail(entry: Entry) -> dict[str, object]:
    """Give the detail's members; what is damaged as it stands there."""
    try:
        detail = json.loads(entry.detail)
    except (TypeError, ValueError):
        detail = None
    return detail if isinstance(detail, dict) else {"": entry.detail}


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    text = "none" if value is None else str(value)
    return (
        f"{text[:_SHOWN_DIGITS]}\N{HORIZONTAL ELLIPSIS}"
        if _DIGEST.fullmatch(text)
        else text
    )


def _cell(value: object) -> object:
    return iso_utc(value) if isinstance(value, datetime) else value
