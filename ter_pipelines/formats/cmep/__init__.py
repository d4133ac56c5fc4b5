"""CMEP, the text format meter-data systems take: MEPMD01 records, out and in.

Version 1.20 of 7 March 2000 and the practice of its users. `hours` says what a file
says of meters, `lines` makes text of it, `files` the bytes; `scan` reads these back.

`reader` reads the files of partners: `headers` parts a line and reads its first
fourteen fields, `times` places the triples (`intervals` knows stamps and durations),
`readings` and `flags` read what they say, `profile` is how a partner departs from the
specification, `findings` what was wrong.
"""

from ter_pipelines.formats.cmep.files import (
    Message,
    file_name,
    find_unsendable,
    write_batch,
)
from ter_pipelines.formats.cmep.findings import (
    NOT_USAGE,
    REFUSED,
    REMARKED,
    CmepFinding,
)
from ter_pipelines.formats.cmep.headers import CmepHeader
from ter_pipelines.formats.cmep.hours import KWH, SAID, Days, Meters
from ter_pipelines.formats.cmep.profile import CmepProfile
from ter_pipelines.formats.cmep.reader import (
    CmepItem,
    CmepLine,
    findings_of,
    read_cmep,
    read_lines,
    whole_file,
)
from ter_pipelines.formats.cmep.records import CmepReading, CmepRecord
from ter_pipelines.formats.cmep.scan import scan_file

__all__ = [
    "KWH",
    "NOT_USAGE",
    "REFUSED",
    "REMARKED",
    "SAID",
    "CmepFinding",
    "CmepHeader",
    "CmepItem",
    "CmepLine",
    "CmepProfile",
    "CmepReading",
    "CmepRecord",
    "Days",
    "Message",
    "Meters",
    "file_name",
    "find_unsendable",
    "findings_of",
    "read_cmep",
    "read_lines",
    "scan_file",
    "whole_file",
    "write_batch",
]
