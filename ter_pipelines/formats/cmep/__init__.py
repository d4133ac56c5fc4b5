"""CMEP, the text format meter-data systems take: MEPMD01 records, out and in.

Version 1.20 of 7 March 2000 and the practice of its users. `days` and
`months` make a meter's records, `writer` turns records into bytes, `reader` does the
reverse.
"""

from ter_pipelines.formats.cmep.days import MeteredHour, day_records
from ter_pipelines.formats.cmep.months import metered_hour, month_records
from ter_pipelines.formats.cmep.reader import CmepLine, read_cmep
from ter_pipelines.formats.cmep.records import CmepReading, CmepRecord
from ter_pipelines.formats.cmep.writer import CmepPartner, file_name, write_records

__all__ = [
    "CmepLine",
    "CmepPartner",
    "CmepReading",
    "CmepRecord",
    "MeteredHour",
    "day_records",
    "file_name",
    "metered_hour",
    "month_records",
    "read_cmep",
    "write_records",
]
