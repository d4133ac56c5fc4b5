"""The pages of the API: one for each partner's contract, from the OpenAPI document.

They need no script, and are open to everybody, as the document itself is.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from ter_pipelines.api.pages.site import not_found, pages_router, render
from ter_pipelines.pages.reference import (
    Contract,
    contracts_of,
    told_contract,
    told_operations,
)

ADDRESS = "/pages/api"

router = pages_router()


@router.get(ADDRESS)
def contracts_page(request: Request) -> Response:
    """List the contracts."""
    contracts = contracts_of(request.app.openapi())
    told = [told_contract(contract) for contract in contracts]
    return render(request, "reference.html", contracts=told)


@router.get(f"{ADDRESS}/{{slug}}.json")
def contract_document(request: Request, slug: str) -> Response:
    """Give the OpenAPI document of one contract."""
    document = request.app.openapi()
    contract = _find(document, slug)
    return JSONResponse({**document, "paths": contract.paths})


@router.get(f"{ADDRESS}/{{slug}}")
def contract_page(request: Request, slug: str) -> Response:
    """Show one contract: what may be asked, by whom, and what is answered."""
    contract = _find(request.app.openapi(), slug)
    base = str(request.base_url).rstrip("/")
    return render(
        request,
        "reference_contract.html",
        contract=told_contract(contract),
        operations=told_operations(contract, base),
    )


def _find(document: Mapping[str, Any], slug: str) -> Contract:
    for contract in contracts_of(document):
        if contract.slug == slug:
            return contract
    raise not_found("There is no contract of that name.")
