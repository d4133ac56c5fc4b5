"""Small register maps of the tests' own."""

from collections.abc import Mapping
from typing import Any

from ter_pipelines.formats.register_map import RegisterMap, load_register_map

HEAD = 'title = "A meter"\nfunction = 4\n'
POWER = """
[[measurement]]
measurement = "power"
unit = "W"
address = 12
type = "float32"
"""
ENERGY = """
[[measurement]]
measurement = "import_energy"
unit = "kWh"
address = 72
type = "uint32"
is_cumulative = true
direction = "delivered"
"""


def map_of(text: str, name: str = "mine") -> RegisterMap:
    """Read a map from text."""
    return load_register_map(text.encode(), name=name)


def map_with(head: str = "", **fields: Any) -> RegisterMap:  # noqa: ANN401
    """Read a map of one measurement, `power`, with some fields changed."""
    given: Mapping[str, Any] = {
        "measurement": "power", "unit": "W", "address": 12, "type": "int16", **fields
    }  # fmt: skip
    lines = [f"{name} = {_toml(value)}" for name, value in given.items()]
    return map_of(HEAD + head + "\n[[measurement]]\n" + "\n".join(lines))


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
