"""What all pages share: the frame around them, who looks, and how they answer."""

import csv
import io
import re
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, HTTPException, Request, Response, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from ter_pipelines.api.context import Here, context_of
from ter_pipelines.api.credentials import read_cookie
from ter_pipelines.api.refusals import Refusal
from ter_pipelines.api.security import sign_in
from ter_pipelines.pages.templates import Site, SiteLink, fill
from ter_pipelines.registry.people import SignedIn
from ter_pipelines.vocab.clock import iso_utc, parse_day
from ter_pipelines.vocab.errors import InputError, RemoteError
from ter_pipelines.vocab.units import plain

SIGN_IN = "/pages/sign-in"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # With no-referrer a browser would not say which site a form comes from.
    "Referrer-Policy": "same-origin",
}
PAGE_SIZE = 50
LONGEST_TEXT = 128
_MOST_FIELDS = 50
_COMPUTED = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")

# Name, address, and the scopes of which one is enough to see it; none: open to all.
_PAGES: Sequence[tuple[str, str, frozenset[str]]] = (
    ("Prices", "/pages/prices", frozenset()),
    ("Devices", "/pages/participation", frozenset({"usage:read"})),
    ("Usage", "/pages/usage", frozenset({"usage:read"})),
    ("Bills", "/pages/statements", frozenset({"statements:own", "statements:all"})),
    ("Meters", "/pages/sites", frozenset({"sites:own", "sites:all"})),
    ("Changes", "/pages/changes", frozenset({"log:read"})),
    ("API", "/pages/api", frozenset()),
)


class PageInsteadError(Exception):
    """Another answer than the page that was asked for.

    Args:
        answer: Such as a page that says why.
    """

    def __init__(self, answer: Response) -> None:
        """Keep it."""
        super().__init__(answer.status_code)
        self.answer = answer


class PageRoute(APIRoute):
    """A route whose refusals are pages as well."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Give the handler, which answers people in words."""
        handle = super().get_route_handler()

        async def handle_for_people(request: Request) -> Response:
            try:
                return await handle(request)
            except PageInsteadError as instead:
                return instead.answer
            except RequestValidationError as error:
                return _refusal(request, InputError(_in_words(error)))
            except (HTTPException, Refusal, InputError, RemoteError) as error:
                return _refusal(request, error)

        return handle_for_people


def visit(request: Request, here: Here) -> SignedIn | None:
    """Tell who looks; None if they did not sign in, or too long ago."""
    if "authorization" in request.headers:
        user: SignedIn | None = sign_in(request, here)
    else:
        cookie = read_cookie(request)
        user = here.registry.people.identify(cookie.text) if cookie else None
    request.state.visitor = user
    return user


Visitor = Annotated[SignedIn | None, Depends(visit)]


def pages_router() -> APIRouter:
    """Make a router for pages: every one knows who looks, and says no in words."""
    return APIRouter(
        include_in_schema=False, route_class=PageRoute, dependencies=[Depends(visit)]
    )


def seeing(*scopes: str) -> Callable[[Request, SignedIn | None], SignedIn]:
    """Make the dependency of a page that takes one of these scopes.

    Who is not signed in is led to the sign-in page and back; who may not see it is
    told so.
    """

    def see(request: Request, user: Visitor) -> SignedIn:
        if user is None:
            raise PageInsteadError(_to_sign_in(request))
        if not user.scopes & set(scopes):
            raise HTTPException(
                status.HTTP_403_FORBIDDEN, f"You are signed in as {user.name}, who may "
                "not see this page. Ask the operator if you should.",
            )  # fmt: skip
        return user

    return see


async def form_of(request: Request) -> dict[str, str]:
    """Give the fields of a form that was sent; the last one of each name."""
    body = await request.body()
    try:
        return dict(
            parse_qsl(
                body.decode("utf-8"),
                keep_blank_values=True,
                max_num_fields=_MOST_FIELDS,
            )
        )
    except ValueError as error:
        raise HTTPException(
            status.HTTP_400_BAD_REQUEST, "This form cannot be read."
        ) from error


Form = Annotated[dict[str, str], Depends(form_of)]


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
    page = fill(template, {**context, "site": _site(request)})
    return HTMLResponse(page, code, headers=HEADERS)


def read_day(text: str) -> date | None:
    """Read a day; none for nothing.

    Raises:
        InputError: If it is no day, or not of the years 1900 to 2199.
    """
    if not text:
        return None
    try:
        return parse_day(text)
    except ValueError as error:
        raise InputError(
            f"day: got {text[:20]!r}, expected one such as 2025-11-02"
        ) from error


def not_found(what: str) -> HTTPException:
    """Make the refusal to raise for what is not there, or is somebody else's."""
    return HTTPException(status.HTTP_404_NOT_FOUND, what)


def csv_answer(name: str, rows: Iterable[Sequence[object]]) -> Response:
    """Answer with rows as a CSV file (RFC 4180), the first of them the names.

    Args:
        name: Of the file, with its `.csv`.
        rows: Empty cells as None; instants and numbers as text already. Text that a
            spreadsheet would compute gets an apostrophe before it.
    """
    text = io.StringIO()
    csv.writer(text).writerows([_inert(value) for value in row] for row in rows)
    return Response(
        text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _inert(value: object) -> object:
    if not isinstance(value, str) or not value.startswith(_COMPUTED):
        return value
    return value if _NUMBER.fullmatch(value) else f"'{value}"


def cell(value: object) -> object:
    """Write a cell of a file: instants in UTC, numbers without an exponent."""
    if isinstance(value, datetime):
        return iso_utc(value)
    return plain(value) if isinstance(value, Decimal) else value


def pager(
    page: int, *, shown: int, of: int, address: Callable[[int], str]
) -> dict[str, str]:
    """Say which of all devices a page shows, and where the others are.

    Args:
        page: From 1.
        shown: How many are on it.
        of: How many there are.
        address: Gives that of another page.
    """
    skipped = (page - 1) * PAGE_SIZE
    said = f"{of:,} device{'' if of == 1 else 's'}"
    if of > PAGE_SIZE:
        said = f"devices {skipped + 1:,} to {skipped + shown:,} of {of:,}"
    return {
        "said": said,
        "previous": address(page - 1) if skipped else "",
        "next": address(page + 1) if skipped + shown < of else "",
    }


def _site(request: Request) -> Site:
    user: SignedIn | None = getattr(request.state, "visitor", None)
    may = frozenset[str]() if user is None else user.scopes
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


def _to_sign_in(request: Request) -> Response:
    back = request.url.path
    if request.url.query:
        back += f"?{request.url.query}"
    where = f"{SIGN_IN}?{urlencode({'next': back})}"
    return Response(
        status_code=status.HTTP_303_SEE_OTHER, headers={"Location": where, **HEADERS}
    )


def _refusal(
    request: Request, error: HTTPException | Refusal | InputError | RemoteError
) -> Response:
    match error:
        case HTTPException():
            code, said, headers = error.status_code, error.detail, error.headers
        case Refusal():
            code, said = error.status, error.body.get("detail", "")
            headers = error.headers
        case InputError():
            code, said, headers = status.HTTP_400_BAD_REQUEST, str(error), None
        case RemoteError():
            code, headers = status.HTTP_503_SERVICE_UNAVAILABLE, {"Retry-After": "5"}
            said = "The registry does not answer at the moment. Try again."
    page = render(
        request, "refusal.html", code=code, title=_TITLES.get(code, _SORRY), said=said
    )
    page.headers.update(headers or {})
    return page


def _in_words(error: RequestValidationError) -> str:
    """Say what is wrong with an address, field by field."""
    wrong = [f"{each['loc'][-1]}: {each['msg']}" for each in error.errors()]
    return f"This address cannot be read. {'; '.join(wrong)}."


_SORRY = "That did not work"
_TITLES = {
    403: "Not for you to see",
    404: "There is nothing here",
    429: "A little slower, please",
    503: "Not at the moment",
}
