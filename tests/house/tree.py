"""The files of the project, as the tests of the code itself see them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("ter_pipelines", "vtn_service")
NOT_OURS = {"__pycache__", "build", "node_modules"}


def project_files() -> list[Path]:
    """Give every file that is written by hand, whatever it is."""
    return sorted(file for file in _walk(ROOT) if file.is_file())


def python_files(*folders: str) -> list[Path]:
    """Give the Python files in these folders of the project."""
    files = [f for name in folders for f in _walk(ROOT / name) if f.suffix == ".py"]
    assert files, f"no Python files in {folders}"
    return sorted(files)


@cache
def syntax_of(file: Path) -> ast.Module:
    """Give a Python file's syntax tree."""
    return ast.parse(file.read_text())


def text_of(file: Path) -> str | None:
    """Give a file's text; None where it is not text."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def place(file: Path, node: ast.expr | ast.stmt | int) -> str:
    """Name a place in the tree."""
    line = node if isinstance(node, int) else node.lineno
    return f"{file.relative_to(ROOT)}:{line}"


def _walk(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        hidden = entry.name.startswith(".") and entry.name not in {".ci", ".gitignore"}
        if hidden or entry.name in NOT_OURS or entry.suffix == ".egg-info":
            continue
        if entry.is_dir():
            yield from _walk(entry)
        else:
            yield entry
