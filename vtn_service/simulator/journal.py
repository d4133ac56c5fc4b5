"""A device's journal: what it heard, planned and sent, one JSON object a line."""

import json
from pathlib import Path


class Journal:
    """Appends to one file; each line is on its way to disk when `write` returns."""

    def __init__(self, path: Path) -> None:
        """Use the file, which need not exist."""
        self._path = path

    def write(self, event: str, **facts: object) -> None:
        """Add one line."""
        line = json.dumps({"event": event, **facts}, separators=(",", ":"))
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
