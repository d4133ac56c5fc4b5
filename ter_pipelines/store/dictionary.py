"""The data dictionary: every table of the lake as Markdown, from its description.

`python -m ter_pipelines.store.dictionary` prints it; `docs/data_dictionary.md` is what
it printed last.
"""

import sys
from collections.abc import Sequence

from ter_pipelines.vocab.table import Table
from ter_pipelines.vocab.tables import ALL

_PARTITIONS = {
    None: "one file for all rows",
    "operating_day": "`operating_day`, a local day of the programme's zone",
    "billing_month": "`billing_month`, a local month written `2025-11`",
}
_SCHEMAS = {
    "raw": "as received, never corrected",
    "core": "as believed today",
    "out": "as told to others; files are added, never changed",
}
_HEAD = """# Data dictionary

Generated from `ter_pipelines/vocab/tables.py` by `make docs`; change it there.

A table is a folder `data/<schema>/<table>`, a view in `data/warehouse.duckdb` and an
asset of the same name. The partition column is part of every view. Instants are UTC;
an interval is half open, `[interval_start_utc, interval_start_utc + duration_seconds)`.
"""


def data_dictionary(tables: Sequence[Table] = ALL) -> str:
    """Write the data dictionary of these tables."""
    contents = "\n".join(
        f"| [`{table}`](#{_anchor(table)}) | {_cell(table.meaning)} |"
        for table in tables
    )
    schemas = "\n".join(f"- `{name}`: {says}." for name, says in _SCHEMAS.items())
    sections = "\n".join(_section(table) for table in tables)
    overview = f"| table | what it holds |\n| --- | --- |\n{contents}\n"
    return f"{_HEAD}\n{schemas}\n\n{overview}\n{sections}"


def _section(table: Table) -> str:
    rows = "\n".join(
        f"| `{c.name}` | {c.type} | {_cell(c.unit)} | {_cell(c.meaning)} |"
        for c in table.columns
    )
    return (
        f"## {table}\n\n{table.meaning}\n\n"
        f"- One row for each: {table.grain}.\n"
        f"- Partition: {_PARTITIONS[table.partition]}.\n"
        f"- Sorted by: {', '.join(table.sorted_by)}.\n\n"
        f"| column | type | unit | meaning |\n| --- | --- | --- | --- |\n{rows}\n"
    )


def _anchor(table: Table) -> str:
    """Give the link target that Markdown makes of a table's heading.

    >>> from ter_pipelines.vocab.tables import PRICE_CURVE
    >>> _anchor(PRICE_CURVE)
    'coreprice_curve'
    """
    return str(table).replace("/", "")


def _cell(text: str) -> str:
    """Keep a text inside its cell of a Markdown table."""
    return text.replace("|", r"\|").replace("\n", " ")


if __name__ == "__main__":
    sys.stdout.write(data_dictionary())
