"""Green Button (ESPI): feeds of usage and bills as utilities publish them, in.

Two passes over a file: `survey_feed` learns what belongs to whom, `read_feed` then
gives the readings, block by block. `UsageBook` tells repeats from versions. Time zones
of a feed are not read: its starts are instants already.
"""

from ter_pipelines.formats.espi.book import Channel, ChannelSummary, UsageBook
from ter_pipelines.formats.espi.codes import (
    currency_name,
    energy_wh,
    is_register,
    quality_note,
    quality_state,
    quantity,
)
from ter_pipelines.formats.espi.reader import Item, read_feed
from ter_pipelines.formats.espi.records import (
    Detail,
    LineItem,
    Measurement,
    Quarantined,
    Reading,
    Readings,
    ReadingType,
    UsagePoint,
    UsageSummary,
)
from ter_pipelines.formats.espi.survey import Survey, survey_feed

__all__ = [
    "Channel",
    "ChannelSummary",
    "Detail",
    "Item",
    "LineItem",
    "Measurement",
    "Quarantined",
    "Reading",
    "ReadingType",
    "Readings",
    "Survey",
    "UsageBook",
    "UsagePoint",
    "UsageSummary",
    "currency_name",
    "energy_wh",
    "is_register",
    "quality_note",
    "quality_state",
    "quantity",
    "read_feed",
    "survey_feed",
]
