"""Every asset says what it is, whose it is, and what must have held."""

from collections.abc import Iterator

import dagster as dg
import pytest

from ter_pipelines.definitions import definitions
from ter_pipelines.vocab import tables

NOT_A_TABLE = dg.AssetKey("warehouse")
GUARDED = [table for table in tables.ALL if table.schema in {"core", "out"}]


@pytest.fixture(scope="module")
def assets() -> list[dg.AssetsDefinition]:
    found = definitions().assets or []
    return [asset for asset in found if isinstance(asset, dg.AssetsDefinition)]


@pytest.fixture(scope="module")
def specs(assets: list[dg.AssetsDefinition]) -> list[dg.AssetSpec]:
    return [spec for asset in assets for spec in asset.specs]


def test_every_table_has_one_asset_and_only_the_warehouse_is_no_table(
    specs: list[dg.AssetSpec],
) -> None:
    keys = sorted(list(spec.key.path) for spec in specs if spec.key != NOT_A_TABLE)

    assert keys == sorted(table.asset_key for table in tables.ALL)
    assert NOT_A_TABLE in {spec.key for spec in specs}


def test_every_asset_of_a_table_is_described_by_it(specs: list[dg.AssetSpec]) -> None:
    described = {spec.key: spec.description or "" for spec in specs}

    wrong = [
        str(table)
        for table in tables.ALL
        for text in [described[dg.AssetKey(table.asset_key)]]
        if table.meaning not in text or table.grain not in text
    ]

    assert wrong == []


def test_every_asset_is_described_owned_grouped_and_of_a_kind(
    specs: list[dg.AssetSpec],
) -> None:
    lacking = [
        f"{spec.key.to_user_string()}: {name}"
        for spec in specs
        for name in ("description", "owners", "group_name", "kinds")
        if not getattr(spec, name)
    ]

    assert lacking == []


def test_every_asset_is_partitioned_as_its_table(specs: list[dg.AssetSpec]) -> None:
    kinds = {
        None: type(None),
        "operating_day": dg.DailyPartitionsDefinition,
        "billing_month": dg.MonthlyPartitionsDefinition,
    }
    partitions = {spec.key: spec.partitions_def for spec in specs}

    wrong = [
        str(table)
        for table in tables.ALL
        if type(partitions[dg.AssetKey(table.asset_key)]) is not kinds[table.partition]
    ]

    assert wrong == []


def test_every_core_and_out_table_has_a_blocking_check_that_says_what_holds(
    assets: list[dg.AssetsDefinition],
) -> None:
    blocking = {c.asset_key for c in _checks(assets) if c.blocking and c.description}

    unguarded = [str(t) for t in GUARDED if dg.AssetKey(t.asset_key) not in blocking]

    assert unguarded == []


def test_every_check_says_what_it_looks_for(assets: list[dg.AssetsDefinition]) -> None:
    silent = [check.name for check in _checks(assets) if not check.description]

    assert silent == []


def _checks(assets: list[dg.AssetsDefinition]) -> Iterator[dg.AssetCheckSpec]:
    for asset in assets:
        yield from asset.check_specs
