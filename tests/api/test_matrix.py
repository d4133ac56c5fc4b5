"""Every role at every route: who is let through, and who is not.

The table below is written by hand, from what partners and people must be able to do. A
route that is not in it fails the test, and so does one more role that gets through.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from fastapi.routing import iter_route_contexts

from ter_pipelines.api.app import create_app
from ter_pipelines.api.limits import Limits
from ter_pipelines.settings import Settings
from tests.accounts.at_hand import MARKET_TOML
from tests.api.api_at_work import TIMEOUT_SECONDS, USERS, Door, running_api

OPEN = frozenset({"nobody", *USERS.values()})
SIGNED_IN = OPEN - {"nobody"}
NOBODY = frozenset[str]()
TABLE: list[tuple[str, str, str | frozenset[str]]] = [
    # Open to everybody.
    ("GET", "/|/healthz|/openapi[.]json|/prices/today/", OPEN),
    ("GET", "/public/v1/prices.*", OPEN),
    ("GET", "/pages/(prices|sign-in|style[.]css|icon[.]svg|api.*)", OPEN),
    ("POST", "/auth/(register|login)|/pages/sign-out", OPEN),
    ("POST", "/pages/sign-in", NOBODY),  # an empty form is a wrong password
    ("GET", "/pages/[{]rest:path[}]", OPEN),  # says that nothing is there
    # The price partner and the metering partner.
    ("GET", "/prices/.*", "prices analyst operator"),
    ("POST PUT PATCH DELETE", "/prices/.*", "prices"),
    ("GET", "/(meters|devices)/([{].*:number[}]/)?", "meters analyst operator"),
    ("POST PUT PATCH DELETE", "/(meters|devices)/.*", "meters"),
    # Sites and what their meters measure.
    ("GET", "/auth/info", SIGNED_IN),
    ("POST", "/auth/logout(all)?", SIGNED_IN),
    ("GET", "/meters|/meters/[{]meter[}]/measurements", "member operator"),
    ("GET POST PUT PATCH DELETE", "/user/.*", "member operator"),
    ("GET POST PUT PATCH DELETE", "/admin/.*", "operator"),
    # Accounts.
    ("GET", "/api/v1/.*", "accounts analyst operator"),
    ("POST PATCH", "/api/v1/.*", "accounts"),
    # Pages.
    ("GET", "/pages/(participation|usage).*", "analyst operator"),
    ("GET", "/pages/statements.*", "member analyst operator"),
    ("GET", "/pages/sites.*", "member operator"),
    ("GET", "/pages/changes.*|/gate/operator", "operator"),
]
PASSWORDS = {role: user for user, role in USERS.items()}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    (tmp_path / "market.toml").write_text(MARKET_TOML)
    limits = Limits(requests_per_minute=10**6, failures_per_minute=10**6)
    market = str(tmp_path / "market.toml")
    given = {"market": market, "registration": "open"}
    with running_api(tmp_path, limits=limits, **given) as door:
        yield door


def routes_of(home: Path) -> set[tuple[str, str]]:
    """Give every route there is, whether the OpenAPI document tells of it or not."""
    app = create_app(Settings(home=home))
    found = set()
    for route in iter_route_contexts(app.routes):
        methods = (route.methods or set()) - {"HEAD", "OPTIONS"}
        found |= {(method, str(route.path)) for method in methods}
    return found


def is_let_through(door: Door, method: str, path: str, role: str) -> bool:
    """Tell whether a role gets past the door, whatever it is told there."""
    place = re.sub(r"\{(day|date)[^}]*\}", "2025-11-02", path)
    place = re.sub(r"\{month[^}]*\}", "2025-11", place)
    place = re.sub(r"\{[^}]*\}", "1", place)
    answer = requests.request(
        method,
        door.url + place,
        auth=PASSWORDS.get(role),
        json=None if method == "GET" else {},
        headers={"Origin": door.url},
        allow_redirects=False,
        timeout=TIMEOUT_SECONDS,
    )
    assert answer.status_code < 500, (method, path, role, answer.text)
    is_led_away = "/pages/sign-in" in answer.headers.get("Location", "")
    return answer.status_code not in {401, 403} and not is_led_away


def expected(method: str, path: str) -> frozenset[str]:
    """Give who must be let through, by the first line of the table that fits."""
    for methods, pattern, roles in TABLE:
        if method in methods.split() and re.fullmatch(pattern, path):
            return frozenset(roles.split()) if isinstance(roles, str) else roles
    raise AssertionError(f"{method} {path} is not in the table")


def test_every_role_gets_through_where_it_may_and_nowhere_else(
    door: Door, tmp_path: Path
) -> None:
    routes = sorted(routes_of(tmp_path / "another"), key=lambda route: route[::-1])

    wrong = {}
    for method, path in routes:
        through = {r for r in OPEN if is_let_through(door, method, path, r)}
        if through != expected(method, path):
            wrong[f"{method} {path}"] = (sorted(through), expected(method, path))

    assert wrong == {}
    assert len(routes) > 90


def test_every_line_of_the_table_fits_a_route(tmp_path: Path) -> None:
    routes = routes_of(tmp_path)

    idle = [
        (methods, pattern)
        for methods, pattern, _ in TABLE
        for method in methods.split()
        if not any(m == method and re.fullmatch(pattern, p) for m, p in routes)
    ]

    assert idle == []
