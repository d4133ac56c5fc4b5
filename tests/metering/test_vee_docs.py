"""docs/vee.md tells every rule, every reason and every setting there is."""

from pathlib import Path

from ter_pipelines.metering.vee.findings import REVIEWS, RULES
from ter_pipelines.metering.vee.series import Mark
from ter_pipelines.vocab.vee_settings import VeeSettings

PAGE = (Path(__file__).parents[2] / "docs" / "vee.md").read_text()


def test_every_rule_is_told_with_its_effect() -> None:
    effect_of = {
        row.split("|")[1].strip(): row.split("|")[2].strip()
        for row in PAGE.splitlines()
        if row.startswith("| `usage.")
    }

    assert effect_of == {f"`{rule.code}`": rule.effect.name for rule in RULES}


def test_every_reason_not_to_estimate_is_told() -> None:
    assert [rule.code for rule in REVIEWS if f"`{rule.code}`" not in PAGE] == []


def test_every_setting_and_mark_is_told() -> None:
    names = [*vars(VeeSettings()), *(mark.name for mark in Mark)]

    assert [name for name in names if f"`{name}`" not in PAGE] == []
