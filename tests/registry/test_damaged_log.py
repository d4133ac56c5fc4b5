"""A log that somebody put something into, or damaged, is still read and says so."""

import pytest
from sqlalchemy import text

from ter_pipelines.registry.changes import read_log, verify_log
from ter_pipelines.registry.database import writing
from ter_pipelines.registry.registry import Registry
from tests.registry.test_changes import with_three_changes


def damage(registry: Registry, statement: str, **values: int) -> None:
    with writing(registry.changes.engine) as connection:
        connection.execute(text(statement), values)


@pytest.mark.parametrize("number", [0, -7])
def test_an_entry_put_in_before_the_first_shows(
    registry: Registry, number: int
) -> None:
    with_three_changes(registry)
    damage(
        registry,
        "INSERT INTO change_log SELECT :number, made_at, 'olga', 'prices.approved', "
        "subject, detail, previous_sha256, sha256 FROM change_log WHERE id = 1",
        number=number,
    )

    found = verify_log(registry.changes.engine)

    assert found.fault == f"entry {number} was put in; the first is 1"


DAMAGES = [
    "UPDATE change_log SET made_at = 'x' WHERE id = 2",
    "UPDATE change_log SET detail = x'ff00' WHERE id = 2",
    "UPDATE change_log SET detail = CAST(x'ff' AS TEXT) WHERE id = 2",
    "UPDATE change_log SET made_by = 7 WHERE id = 2",
    "UPDATE change_log SET detail = 'nonsense' WHERE id = 2",
]


@pytest.mark.parametrize("damaged", DAMAGES)
def test_what_cannot_be_read_is_a_fault_with_its_number(
    sqlite_registry: Registry, damaged: str
) -> None:
    with_three_changes(sqlite_registry)
    damage(sqlite_registry, damaged)

    found = verify_log(sqlite_registry.changes.engine)
    shown = read_log(sqlite_registry.changes.engine)

    assert (found.entries, found.fault) == (1, "entry 2 is not as it was written")
    assert [entry.id for entry in shown] == [3, 2, 1]
