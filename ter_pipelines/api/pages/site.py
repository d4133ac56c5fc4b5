"""What all pages share: the frame around them, who looks, and how they answer."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fastapi import Request, Response, status
from fastapi.responses import HTMLResponse

from ter_pipelines.api.context import context_of
from ter_pipelines.pages.templates import Site, SiteLink, fill

if TYPE_CHECKING:
    from ter_pipelines.api.security import SignedIn

# Name, address, and the scopes of which one is enough to see it; none: open to all.
_PAGES: Sequence[tuple[str, str, frozenset[str]]] = (
    ("Prices", "/pages/prices", frozenset()),
    ("Devices", "/pages/participation", frozenset({"usage:read"})),
    ("Usage", "/pages/usage", frozenset({"usage:read"})),
    ("Bills", "/pages/statements", frozenset({"statements:own", "statements:all"})),
    ("Meters", "/pages/sites", frozenset({"sites:own", "sites:all"})),
    ("Changes", "/pages/changes", frozenset({"log:read"})),
)


def render(
    request: Request,
    template: str,
    *,
    code: int = status.HTTP_200_OK,
    **context: object,
) -> HTMLResponse:
    """Answer with a page.

    Args:
        request: What it answers: whose it is decides which pages it leads to.
        template: File of `ter_pipelines/pages`, made upon `base.html`.
        code: HTTP status.
        **context: What the template names.
    """
    return HTMLResponse(fill(template, {**context, "site": _site(request)}), code)


def csv_answer(name: str, rows: Iterable[Sequence[object]]) -> Response:
    """Answer with rows as a CSV file (RFC 4180), the first of them the names.

    Args:
        name: Of the file, with its `.csv`.
        rows: Empty cells as None; instants and numbers as text already.
    """
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return Response(
        text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def visitor(request: Request) -> "SignedIn | None":
    """Tell who looks; None if they did not sign in."""
    return getattr(request.state, "visitor", None)


def _site(request: Request) -> Site:
    user = visitor(request)
    may: frozenset[str] = getattr(user, "scopes", frozenset())
    path = request.url.path
    return Site(
        title=context_of(request).programme.title,
        links=[
            SiteLink(name, href, is_here=path == href or path.startswith(f"{href}/"))
            for name, href, scopes in _PAGES
            if not scopes or scopes & may
        ],
        user="" if user is None else user.name,
    )
