"""Signing in and out: a form, and a cookie that scripts and other sites never see.

What the cookie holds is a token of the registry like any other: it expires, and it
can be revoked.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request, Response, status

from ter_pipelines.api.context import Here
from ter_pipelines.api.credentials import COOKIE, NameAndPassword, is_from_here
from ter_pipelines.api.pages.site import (
    HEADERS,
    SIGN_IN,
    Form,
    Visitor,
    pages_router,
    render,
)
from ter_pipelines.api.security import check
from ter_pipelines.registry.tokens import PAGES

SESSION = timedelta(hours=12)
_FIRST_PAGE = "/pages/prices"

router = pages_router()


def require_own_form(request: Request) -> None:
    """Refuse a form that another site sent.

    Raises:
        HTTPException: 403.
    """
    if not is_from_here(request):
        raise HTTPException(
            status.HTTP_403_FORBIDDEN, "This form was not sent from one of our pages."
        )


OwnForm = Depends(require_own_form)


@router.get(SIGN_IN)
def sign_in_page(request: Request, next: str = _FIRST_PAGE) -> Response:  # noqa: A002
    """Show the form."""
    return render(request, "sign_in.html", next=page_of(next), name="", wrong="")


@router.post(SIGN_IN, dependencies=[OwnForm])
def sign_in_now(request: Request, here: Here, visitor: Visitor, form: Form) -> Response:
    """Let somebody in, or show the form again."""
    name, back = form.get("name", ""), page_of(form.get("next", _FIRST_PAGE))
    user = check(request, here, NameAndPassword(name, form.get("password", "")))
    if user is None:
        return render(
            request,
            "sign_in.html",
            code=status.HTTP_403_FORBIDDEN,
            next=back,
            name=name,
            wrong="That name and password do not belong together.",
        )
    people = here.registry.acting(user.name).people
    if visitor is not None and visitor.token_id is not None:
        people.revoke(visitor.token_id)
    secret, _ = people.new_token(user.name, label=PAGES, lasts=SESSION)
    answer = _to(back)
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(SESSION.total_seconds()),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/pages/sign-out", dependencies=[OwnForm])
def sign_out(here: Here, visitor: Visitor) -> Response:
    """Let somebody out; what their cookie held works no longer."""
    if visitor is not None and visitor.token_id is not None:
        here.registry.acting(visitor.name).people.revoke(visitor.token_id)
    answer = _to(_FIRST_PAGE)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def page_of(address: str) -> str:
    r"""Give an address if it is one of our pages, else the first page.

    >>> page_of("/pages/usage?from=2025-11-01")
    '/pages/usage?from=2025-11-01'
    >>> [page_of(x) for x in ("//elsewhere/pages/", "/pages/\\elsewhere", "/prices/")]
    ['/pages/prices', '/pages/prices', '/pages/prices']
    """
    try:
        parts = urlsplit(address)
    except ValueError:  # such as half an IPv6 address
        return _FIRST_PAGE
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/pages/")
    is_plain = address.isascii() and address.isprintable() and "\\" not in address
    is_page = not parts.path.startswith("/pages/sign-")
    return address if is_ours and is_plain and is_page else _FIRST_PAGE


def _to(address: str) -> Response:
    return Response(
        status_code=status.HTTP_303_SEE_OTHER, headers={"Location": address, **HEADERS}
    )
