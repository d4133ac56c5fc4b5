"""Every table says what it holds, in which unit; the data dictionary repeats it."""

from ter_pipelines.store.dictionary import data_dictionary
from ter_pipelines.store.frames import schema_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.table import AMOUNT, ENERGY, MONEY, PRICE, Column
from tests.house.tree import ROOT

UNIT_OF_NAME = {"_kwh": "kWh", "_seconds": "s", "_bytes": "B"}
UNIT_OF_TYPE = {
    ENERGY: "kWh",
    PRICE: "currency per kWh",
    AMOUNT: "currency",
    MONEY: "currency",
}


def test_every_table_says_what_a_row_is_and_what_makes_it_the_only_one() -> None:
    lacking = [str(t) for t in tables.ALL if not t.meaning.endswith(".") or not t.grain]

    assert lacking == []


def test_every_column_has_a_meaning() -> None:
    silent = [
        f"{table}.{column.name}"
        for table in tables.ALL
        for column in table.columns
        if not column.meaning.strip()
    ]

    assert silent == []


def test_every_energy_price_amount_and_duration_states_its_unit() -> None:
    wrong = [
        f"{table}.{column.name}: got {column.unit!r}, expected {expected!r}"
        for table in tables.ALL
        for column in table.columns
        if (expected := _expected_unit(column)) and column.unit != expected
    ]

    assert wrong == []


def test_no_column_is_a_float() -> None:
    floats = [
        f"{table}.{name}"
        for table in tables.ALL
        for name, kind in schema_of(table).items()
        if kind.is_float()
    ]

    assert floats == []


def test_a_name_has_one_type_and_unit_in_every_table() -> None:
    said: dict[str, set[tuple[str, str]]] = {}
    for table in tables.ALL:
        for column in table.columns:
            said.setdefault(column.name, set()).add((column.type, column.unit))

    assert [name for name, ways in said.items() if len(ways) > 1] == []


def test_every_table_is_sorted_by_columns_it_has() -> None:
    strangers = [
        f"{table}.{name}"
        for table in tables.ALL
        for name in table.sorted_by
        if name not in table.column_names
    ]

    assert strangers == []


def test_the_data_dictionary_is_fresh() -> None:
    written = (ROOT / "docs" / "data_dictionary.md").read_text()

    assert written == data_dictionary(), "run `make docs`"


def _expected_unit(column: Column) -> str:
    by_name = [u for end, u in UNIT_OF_NAME.items() if column.name.endswith(end)]
    return UNIT_OF_TYPE.get(column.type, "") or (by_name[0] if by_name else "")
