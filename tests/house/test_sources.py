"""Every source file says what it holds, fits a screen or a few, and keeps the rules.

Exact money, settings in one place, and one door to DuckDB are held here because no
linter knows them.
"""

import ast
from pathlib import Path

from tests.house.tree import PACKAGES, ROOT, place, python_files, syntax_of

ALL_FOLDERS = (*PACKAGES, "tests", "benchmarks", "examples")
LONGEST_FUNCTION = 40
LONGEST_FILE = 300
MONEY = [
    f"ter_pipelines/{name}"
    for name in ("pricing", "metering", "settlement", "accounts", "formats", "store")
]
ANALYST = ROOT / "ter_pipelines" / "demo" / "analyst.py"
STORE = ROOT / "ter_pipelines" / "store"


def test_every_file_opens_by_saying_what_it_holds() -> None:
    silent = [
        place(file, 1)
        for file in python_files(*ALL_FOLDERS)
        if not (ast.get_docstring(syntax_of(file)) or "").strip()
    ]

    assert silent == []


def test_no_file_is_longer_than_300_lines() -> None:
    counted = {f: len(f.read_text().splitlines()) for f in python_files(*ALL_FOLDERS)}

    too_long = [place(file, n) for file, n in counted.items() if n > LONGEST_FILE]

    assert too_long == []


def test_no_function_is_longer_than_40_lines() -> None:
    too_long = [
        f"{place(file, node)} {node.name}: {length} lines"
        for file in python_files(*ALL_FOLDERS)
        for node in ast.walk(syntax_of(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]

    assert too_long == []


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        place(file, node)
        for file in python_files(*PACKAGES, "benchmarks")
        if file.name != "settings.py"
        for node in ast.walk(syntax_of(file))
        if _is_environment(node)
        if isinstance(node, ast.expr | ast.stmt)
    ]

    assert readers == []


def test_no_float_is_near_money() -> None:
    floats = [
        place(file, node)
        for file in python_files(*MONEY)
        for node in ast.walk(syntax_of(file))
        if isinstance(node, ast.expr) and _is_float(node)
    ]

    assert floats == []


def test_only_the_store_and_the_demonstrations_analyst_know_duckdb() -> None:
    importers = [
        place(file, node)
        for file in python_files(*ALL_FOLDERS)
        if file != ANALYST and file.parent.name != "store" and STORE not in file.parents
        for node in ast.walk(syntax_of(file))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and "duckdb" in {name.split(".")[0] for name in _imported(node)}
    ]

    assert importers == []


def test_the_rules_see_what_they_forbid(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("import os\nfrom os import getenv\nx = os.environ\ny = float(1)\n")

    nodes = list(ast.walk(syntax_of(file)))

    assert sum(map(_is_environment, nodes)) == 2
    assert sum(map(_is_float, nodes)) == 1


def _is_environment(node: ast.AST) -> bool:
    names = {"environ", "environb", "getenv"}
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and bool(names & {a.name for a in node.names})
    return (
        isinstance(node, ast.Attribute)
        and node.attr in names
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def _is_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "float"
    )


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""]
