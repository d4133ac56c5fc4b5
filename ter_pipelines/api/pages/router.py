"""All pages in one router, and what they are dressed in."""

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from ter_pipelines.api.pages.changes import router as changes
from ter_pipelines.api.pages.participation import router as participation
from ter_pipelines.api.pages.prices import router as prices
from ter_pipelines.api.pages.reference import router as reference
from ter_pipelines.api.pages.sign_in import router as sign_in
from ter_pipelines.api.pages.site import not_found, pages_router
from ter_pipelines.api.pages.sites import router as sites
from ter_pipelines.api.pages.statements import router as statements
from ter_pipelines.api.pages.usage import router as usage
from ter_pipelines.pages.templates import icon, style

_LASTING = {"Cache-Control": "public, max-age=31536000, immutable"}

router = APIRouter(include_in_schema=False)
router.include_router(sign_in)
router.include_router(prices)
router.include_router(participation)
router.include_router(usage)
router.include_router(statements)
router.include_router(sites)
router.include_router(changes)
router.include_router(reference)


@router.get("/")
def home() -> Response:
    """Lead to the first page."""
    return RedirectResponse("/pages/prices")


@router.get("/pages/style.css")
def stylesheet() -> Response:
    """Give the style; its address changes with it, so that it may be kept."""
    return Response(style()[0], media_type="text/css", headers=_LASTING)


@router.get("/pages/icon.svg")
def page_icon() -> Response:
    """Give the picture that stands in the browser's tab."""
    return Response(icon(), media_type="image/svg+xml", headers=_LASTING)


_nowhere = pages_router()


@_nowhere.get("/pages/{rest:path}")
def nowhere() -> Response:
    """Say that there is no such page."""
    raise not_found("There is no page of this address.")


router.include_router(_nowhere)  # last: it takes whatever the others do not
