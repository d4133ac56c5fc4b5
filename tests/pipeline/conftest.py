"""The small installation of the assets' tests, and the code location as loaded."""

import dagster as dg
import pytest

from ter_pipelines.definitions import definitions
from tests.assets.conftest import installation

__all__ = ["installation"]


@pytest.fixture(scope="session")
def code_location() -> dg.RepositoryDefinition:
    return definitions().get_repository_def()
