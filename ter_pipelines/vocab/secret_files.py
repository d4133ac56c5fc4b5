"""Files that a settings file names, and the words that are kept in some of them."""

import stat
from pathlib import Path

from ter_pipelines.vocab import fields


def named_file(folder: Path, value: object) -> Path:
    """Read the name of a file that must be there.

    Args:
        folder: Where a relative path begins.
        value: As TOML gave it.

    Raises:
        ValueError: If it is no name, or there is no such file.
    """
    file = folder / fields.text(value)
    if not file.is_file():
        raise ValueError(f"got {file}, which is no file")
    return file


def private_file(folder: Path, value: object) -> Path:
    """Read the name of a file that nobody else may read.

    Raises:
        ValueError: If it is no name, there is no such file, or others can read it.
    """
    file = named_file(folder, value)
    if file.stat().st_mode & stat.S_IRWXO:
        raise ValueError(f"{file}: others can read it; run `chmod o-rwx {file}`")
    return file


def secret_in(folder: Path, value: object) -> str:
    """Read the word that a private file holds.

    Raises:
        ValueError: As `private_file`, or if it cannot be read or is empty.
    """
    file = private_file(folder, value)
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"{file}: cannot be read as text") from None
    if not secret:
        raise ValueError(f"{file}: is empty, expected the secret")
    return secret
