"""The operations guide names every setting, check and reason for quarantine."""

import re
from pathlib import Path

import dagster as dg
import pytest
from pydantic import BaseModel, SecretStr

from ter_pipelines.definitions import definitions
from ter_pipelines.settings import PREFIX, Settings
from tests.house.tree import ROOT, python_files
from vtn_service import settings as vtn_settings

GUIDE = (ROOT / "docs" / "operations.md").read_text()
ROW = re.compile(r"\| `([A-Z_]+)` \|(?: `([^`]*)`)? \|")
SETTINGS = [(PREFIX, Settings), (vtn_settings.PREFIX, vtn_settings.Settings)]


@pytest.mark.parametrize(("prefix", "settings"), SETTINGS)
def test_the_guide_has_every_setting_with_its_default(
    prefix: str, settings: type[BaseModel]
) -> None:
    written = {
        name: default for name, default in ROW.findall(GUIDE) if name.startswith(prefix)
    }

    assert written == {
        f"{prefix}{name.upper()}": _default(field.default)
        for name, field in settings.model_fields.items()
    }


def test_the_guide_says_what_to_do_about_every_check() -> None:
    assets = [
        a for a in definitions().assets or () if isinstance(a, dg.AssetsDefinition)
    ]
    names = {check.name for asset in assets for check in asset.check_specs}

    assert {name for name in names if f"| `{name}` |" not in GUIDE} == set()


def test_the_guide_says_what_to_do_about_every_reason_for_quarantine() -> None:
    code = "".join(f.read_text() for f in python_files("ter_pipelines/metering"))
    reasons = set(re.findall(r'Unusable\(\s*"([a-z._]+)"', code))

    assert reasons
    assert {reason for reason in reasons if f"`{reason}`" not in GUIDE} == set()


def _default(value: object) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Path):
        return str(value)
    return "" if value is None else str(value)
