"""Usage files as rows: Green Button and CMEP in one shape.

A row is one value of a file, as `raw/usage_file_value` keeps it, without what the
submission says. What cannot be used has its reason; nothing of a file is left out.
"""

from ter_pipelines.formats.usage_files.cmep_rows import cmep_rows
from ter_pipelines.formats.usage_files.green_button_rows import green_button_rows
from ter_pipelines.formats.usage_files.rows import (
    Row,
    touched,
    unreadable_row,
    whole_span,
)

__all__ = [
    "Row",
    "cmep_rows",
    "green_button_rows",
    "touched",
    "unreadable_row",
    "whole_span",
]
