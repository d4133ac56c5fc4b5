"""VEE over sets: the survey, the estimates, and the rows that are left for the rules.

Usage is read twice, whatever its size: once for the survey, once for the few rows that
matter then. Everything that can be decided for many channels at once is; the rest is
handed to the rules of single channels, with what they need.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from ter_pipelines.store.lake import Lake
from ter_pipelines.store.vee_estimates import SetEstimates, estimate_gaps
from ter_pipelines.store.vee_gaps import plan
from ter_pipelines.store.vee_limits import SurveyRules
from ter_pipelines.store.vee_rows import days_around, days_to_judge, read_rows
from ter_pipelines.store.vee_survey import Survey, survey


@dataclass(frozen=True)
class VeePass:
    """What became of the usage of some days.

    Args:
        survey: Every channel's day that has usage, and its verdict.
        estimates: The gaps that are done, and the days whose gaps are not.
        judge: The channels' days that the rules themselves must look at.
        rows: The usage of these days, and of those that their estimates may rest on.
    """

    survey: Survey
    estimates: SetEstimates
    judge: pl.DataFrame
    rows: pl.DataFrame


def pass_over(lake: Lake, days: Sequence[date], rules: SurveyRules) -> VeePass:
    """Validate and estimate the usage of some days, as far as sets of it go.

    Args:
        lake: With usage, register readings and the meter mapping in `core`.
        days: In order, none left out; as far around the days that matter as estimates
            may look.
        rules: The limits.
    """
    found = survey(lake, days, rules)
    planned = plan(found)
    judge = days_to_judge(found, planned.handed)
    around = days_around(found, judge)
    rows = read_rows(lake, found, planned, around)
    estimates = estimate_gaps(found, planned, rows)
    if estimates.handed.join(judge, on=judge.columns, how="anti").height:
        judge = days_to_judge(found, estimates.handed)
        around = days_around(found, judge)
        rows = read_rows(lake, found, planned, around)
    of_days = rows.join(around, on=around.columns, how="semi")
    return VeePass(found, estimates, judge, of_days)
