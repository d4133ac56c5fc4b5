"""The pages of the API tell of every request there is, and of who may send it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.api_at_work import Door, running_api
from tests.house.tree import ROOT


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


def test_every_contract_has_a_page_and_a_document_of_its_own(door: Door) -> None:
    index = door.get("/pages/api").text
    slugs = re.findall(r'href="/pages/api/([a-z0-9-]+)"', index)

    documents = [door.get(f"/pages/api/{slug}.json").json() for slug in slugs]
    pages = {slug: door.get(f"/pages/api/{slug}") for slug in slugs}

    whole = door.get("/openapi.json").json()["paths"]
    told = dict.fromkeys(whole, 0)
    for document in documents:
        for path in document["paths"]:
            told[path] += 1
    assert set(told.values()) == {1}
    assert {page.status_code for page in pages.values()} == {200}
    assert "POST" in pages["ter-partners"].text
    assert "prices:write" in pages["ter-partners"].text


@pytest.mark.parametrize(
    "slug", ["ter-partners", "silesiasolar", "accounts-and-shadow-prices"]
)
def test_a_partners_page_names_the_script_that_runs(door: Door, slug: str) -> None:
    page = door.get(f"/pages/api/{slug}").text

    script = re.search(r"examples/partners/[a-z]+[.]sh", page)

    assert script is not None
    assert (ROOT / script[0]).is_file()


def test_what_needs_no_sign_in_says_so(door: Door) -> None:
    assert "Open to everybody" in door.get("/pages/api/open-price-feed").text


def test_an_example_of_a_body_is_json_in_the_documents_own_form(door: Door) -> None:
    page = door.get("/pages/api/ter-partners").text
    bodies = re.findall(r"-d &#39;(\{.*?\})&#39;", page)

    names = {next(iter(json.loads(b.replace("&#34;", '"')))) for b in bodies}

    assert {"schedule", "meters"} <= names


def test_an_unknown_contract_is_not_there(door: Door) -> None:
    assert door.get("/pages/api/nothing").status_code == 404
