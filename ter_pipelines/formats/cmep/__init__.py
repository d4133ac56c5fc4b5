"""CMEP, the text format meter-data systems take: MEPMD01 records, out and in.

Version 1.20 of 7 March 2000 and the practice of its users. `days` and
`months` make a meter's records, `writer` turns records into bytes.

`reader` does the reverse: `headers` parts a line and reads its first fourteen fields,
`times` places the triples (`intervals` knows stamps and durations), `readings` and
`flags` read what they say. `profile` is how a partner departs from the specification,
`findings` what was wrong.
"""

from ter_pipelines.formats.cmep.days import MeteredHour, day_records
from ter_pipelines.formats.cmep.findings import (
    NOT_USAGE,
    REFUSED,
    REMARKED,
    CmepFinding,
)
from ter_pipelines.formats.cmep.headers import CmepHeader
from ter_pipelines.formats.cmep.months import metered_hour, month_records
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
from ter_pipelines.formats.cmep.writer import CmepPartner, file_name, write_records

__all__ = [
    "NOT_USAGE",
    "REFUSED",
    "REMARKED",
    "CmepFinding",
    "CmepHeader",
    "CmepItem",
    "CmepLine",
    "CmepPartner",
    "CmepProfile",
    "CmepReading",
    "CmepRecord",
    "MeteredHour",
    "day_records",
    "file_name",
    "findings_of",
    "metered_hour",
    "month_records",
    "read_cmep",
    "read_lines",
    "whole_file",
    "write_records",
]
