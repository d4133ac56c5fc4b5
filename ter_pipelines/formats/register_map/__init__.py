"""Register maps as data: which registers of a meter hold what, and what they mean.

Reading a map, planning the reads, and turning registers into values; no socket. The
maps that come with the package are in `maps`.
"""

from ter_pipelines.formats.register_map.decoding import (
    Measured,
    Words,
    doubt_if_dead,
    measure,
    no_value,
)
from ter_pipelines.formats.register_map.entries import Entry, RegisterMap
from ter_pipelines.formats.register_map.loading import (
    load_register_map,
    read_register_map,
)
from ter_pipelines.formats.register_map.planning import Read, plan_reads
from ter_pipelines.formats.register_map.shipped import SUFFIX, shipped_maps

__all__ = [
    "SUFFIX",
    "Entry",
    "Measured",
    "Read",
    "RegisterMap",
    "Words",
    "doubt_if_dead",
    "load_register_map",
    "measure",
    "no_value",
    "plan_reads",
    "read_register_map",
    "shipped_maps",
]
