"""Which channels' days of a run need no rule to look at them: found for all at once."""

from collections.abc import Mapping, Sequence
from datetime import date

from ter_pipelines.metering.vee.day import hourly_limits
from ter_pipelines.metering.vee.day_channels import ChannelKey, key_of
from ter_pipelines.metering.vee.edits import DIRECTIONS
from ter_pipelines.metering.vee.value_rules import Limits
from ter_pipelines.store.lake import Lake
from ter_pipelines.store.vee_channels import CHANNEL, DAY
from ter_pipelines.store.vee_limits import CLEAN, SurveyRules
from ter_pipelines.store.vee_survey import survey
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.programme import Programme

# With less usage than this the rules are done before a survey is.
LEAST_ROWS = 20_000
DAYS_AT_ONCE = 31
SoundDays = Mapping[date, frozenset[ChannelKey]]


def find_sound_days(
    lake: Lake, days: Sequence[date], programme: Programme, least_rows: int
) -> SoundDays:
    """Find the days on which no rule can doubt any of a channel's usage.

    Args:
        lake: With usage, register readings and the meter mapping.
        days: In order.
        programme: With the limits.
        least_rows: With less usage nothing is looked for.
    """
    stored = (lake.stored(tables.INTERVAL_USAGE, day) for day in days)
    if sum(file.rows for file in stored if file) < least_rows:
        return {}
    rules = survey_rules(programme)
    keys: dict[date, set[ChannelKey]] = {}
    for first in range(0, len(days), DAYS_AT_ONCE):
        found = survey(lake, days[first : first + DAYS_AT_ONCE], rules)
        clean = found.days.filter(verdict=CLEAN).select(CHANNEL, DAY)
        for row in found.channels.keys_of(clean).iter_rows(named=True):
            keys.setdefault(row[DAY], set()).add(key_of(row))
    return {day: frozenset(of_day) for day, of_day in keys.items()}


def survey_rules(programme: Programme) -> SurveyRules:
    """Give a programme's limits as a survey takes them."""
    net = Limits(programme.lowest_energy_kwh, programme.highest_energy_kwh)
    keys = [ChannelKey("", "", "", direction) for direction in DIRECTIONS]
    hourly = {key.direction: hourly_limits(key, net, programme.vee) for key in keys}
    return SurveyRules(
        zone=programme.zone,
        settings=programme.vee,
        hourly_kwh={n: (h.lowest_kwh, h.highest_kwh) for n, h in hourly.items()},
    )
