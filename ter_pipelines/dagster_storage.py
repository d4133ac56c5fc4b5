"""Makes Dagster's own storage ready: `python -m ter_pipelines.dagster_storage`.

Makes its tables, which several processes cannot do at once, and ends the runs that
died with the last system. Dagster believes those to be under way, and the sensors would
wait for them for ever; nothing of a home folder runs before its system starts, so they
are not. What they were to do is found and asked for anew.
"""

import dagster as dg

UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.SUSPENDED,
    dg.DagsterRunStatus.CANCELING,
]
WHY = "The system stopped while this run was under way."


def end_leftovers(instance: dg.DagsterInstance) -> int:
    """Mark every run that is under way as failed; give how many there were."""
    left = instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY))
    for run in left:
        instance.report_run_failed(run, WHY)
    return len(left)


if __name__ == "__main__":
    with dg.DagsterInstance.get() as of_this_home:
        end_leftovers(of_this_home)
