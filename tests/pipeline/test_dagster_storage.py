"""Runs that died with a system are ended before the next one starts."""

from pathlib import Path

import dagster as dg
import pytest

from ter_pipelines.dagster_storage import UNDER_WAY, end_leftovers

WITHOUT_A_QUEUE = [s for s in UNDER_WAY if s is not dg.DagsterRunStatus.QUEUED]


def test_whatever_has_not_ended_is_under_way() -> None:
    ended = {
        dg.DagsterRunStatus.SUCCESS,
        dg.DagsterRunStatus.FAILURE,
        dg.DagsterRunStatus.CANCELED,
        dg.DagsterRunStatus.MANAGED,  # by somebody else
    }

    assert set(UNDER_WAY) == set(dg.DagsterRunStatus) - ended


@pytest.mark.parametrize("status", WITHOUT_A_QUEUE)
def test_a_run_that_was_under_way_is_ended_and_says_why(
    tmp_path: Path, status: dg.DagsterRunStatus
) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        left = instance.add_run(dg.DagsterRun(job_name="settle_usage", status=status))

        ended = end_leftovers(instance)

        run = instance.get_run_by_id(left.run_id)
        said = [entry.message for entry in instance.all_logs(left.run_id)]
        assert ended == 1
        assert run is not None
        assert run.status is dg.DagsterRunStatus.FAILURE
        assert any("stopped while this run was under way" in line for line in said)


def test_a_run_that_ended_is_left_as_it_is() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.DagsterRun(
            job_name="settle_usage", status=dg.DagsterRunStatus.SUCCESS
        )
        instance.add_run(done)

        ended = end_leftovers(instance)

        run = instance.get_run_by_id(done.run_id)
        assert ended == 0
        assert run is not None
        assert run.status is dg.DagsterRunStatus.SUCCESS
