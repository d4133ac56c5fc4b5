"""Whatever a role sends to whatever route: no fault, and only what the document says.

Schemathesis makes the requests from our own OpenAPI document, valid ones and others.
"""

import base64
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ter_pipelines.api.app import create_app
from ter_pipelines.api.limits import Limits
from ter_pipelines.settings import Settings
from tests.accounts.at_hand import MARKET_TOML
from tests.api.api_at_work import (
    PROGRAMME,
    USERS,
    Clock,
    copy_registry,
)

NOBODY = "nobody"
EXAMPLES = 5
ROLES = [NOBODY, *USERS.values()]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def make_app(home: Path) -> FastAPI:
    (home / "market.toml").write_text(MARKET_TOML)
    copy_registry(home)
    given = {"home": home, "programme": PROGRAMME, "market": str(home / "market.toml")}
    limits = Limits(requests_per_minute=10**6, failures_per_minute=10**6)
    return create_app(Settings.model_validate(given), now=Clock(), limits=limits)


@pytest.fixture(scope="module")
def app() -> Iterator[FastAPI]:
    with TemporaryDirectory() as folder:
        yield make_app(Path(folder))


def headers_of() -> dict[str, dict[str, str]]:
    """Give the headers of every role: passwords, which no request signs out."""
    found: dict[str, dict[str, str]] = {NOBODY: {}}
    for (name, words), role in USERS.items():
        encoded = base64.b64encode(f"{name}:{words}".encode()).decode()
        found[role] = {"Authorization": f"Basic {encoded}"}
    return found


USUAL = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_no_role_meets_a_fault_or_an_answer_that_is_not_described(
    app: FastAPI, subtests: pytest.Subtests
) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    found: list[Any] = list(schema.get_all_operations())
    operations = [each.ok() for each in found]

    assert len(operations) >= len(app.openapi()["paths"])
    for operation in operations:
        with subtests.test(operation.label):
            try_out(operation, headers_of())


def try_out(operation: Any, headers: dict[str, dict[str, str]]) -> None:  # noqa: ANN401
    """Send some requests of an operation, each by every role."""

    @USUAL
    @given(case=operation.as_strategy())
    def send(case: Case[Any]) -> None:
        for role in ROLES:
            case.call_and_validate(headers=headers[role], checks=CHECKS)

    send()
