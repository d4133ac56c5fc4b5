"""`python -m benchmarks.vee`: every rule and every estimate over a month of usage.

A month of quarter-hours is made in a temporary folder, the same every time, with gaps
and faults. Then, in turns: reading the rows, a day after the other, as anything in the
lake is read; decoding their columns without keeping a value, the least there is; and
all rules and all estimates: what sets decide, and what the rules of single channels do
with the rest. CPU seconds are the best of the rounds. Memory is the most that a process
ever held which did nothing else. At last channels with every kind of fault and gap, and
some without, are judged and estimated by the rules of single channels alone: states,
rules, energies, methods and what they rest on must be the same.

Exit codes: 0 fine, 1 a limit was broken or a result differs.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from benchmarks.vee_compare import find_differences
from benchmarks.vee_data import DAYS, Made, make_lake, meters_of
from benchmarks.vee_month import Outcome, rules_of, validate_month
from ter_pipelines.store.engine import connect, view_sql
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables

EXIT_OK, EXIT_FOUND = 0, 1
ROUNDS = 3
MOST_TIMES_READING = 6
MOST_MIB = 1024
MIB_KIB = 1024
_USED = (
    "meter_id", "ven_id", "device_id", "direction", "interval_start_utc",
    "duration_seconds", "energy_kwh", "quality", "marks", "version", "received_at",
)  # fmt: skip
READING, DECODING, OURS = "reading the rows", "decoding, nothing kept", "all of VEE"
