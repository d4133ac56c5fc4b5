"""The contract of the metering partner: `/meters/`.

Paths end in a slash. A list is kept as the bytes that came.
"""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Response, status

from ter_pipelines.api.answers import METERS_FORMAT, meters_answer
from ter_pipelines.api.bodies import JsonBytes
from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.documents import TAKES_METERS, answers
from ter_pipelines.api.security import Desk, changing, needs
from ter_pipelines.api.ter_documents import GIVES_METER_LIST, GIVES_METER_LISTS
from ter_pipelines.api.ter_submissions import (
    AfterId,
    Limit,
    SubmissionId,
    as_json,
    find,
    listed,
    told,
    withdraw,
)
from ter_pipelines.metering.meter_list import read_meter_list
from ter_pipelines.registry.submissions import NewSubmission, Submission

Writing = Annotated[Desk, Depends(changing("meters:write"))]
_READ = Depends(needs("meters:read"))
_WRONG = answers(400, 401, 403, 409, 413, 415, 422, 429, 503)
_log = logging.getLogger(__name__)

router = APIRouter(prefix="/meters", tags=["TER partners"])


@router.get(
    "/",
    dependencies=[_READ],
    responses={200: GIVES_METER_LISTS, **answers(401, 403, 422, 429, 503)},
)
def list_meters(here: Here, after: AfterId = 0, limit: Limit = None) -> Response:
    """List the meter lists that stand, oldest first; the last one counts."""
    return listed(here, "meters", (after, limit), meters_answer)


@router.post(
    "/",
    status_code=status.HTTP_201_CREATED,
    responses={201: GIVES_METER_LIST, **_WRONG},
    openapi_extra=TAKES_METERS,
)
def post_meters(here: Here, desk: Writing, body: JsonBytes) -> Response:
    """Take a meter list; it replaces the one before."""
    submission = _take(here, desk, body)
    return as_json(told(here, submission, meters_answer), status.HTTP_201_CREATED)


@router.get(
    "/{submission_id:number}/",
    dependencies=[_READ],
    responses={200: GIVES_METER_LIST, **answers(401, 403, 404, 422, 429, 503)},
)
def one_meter_list(here: Here, submission_id: SubmissionId) -> Response:
    """Give one meter list."""
    return as_json(told(here, find(here, "meters", submission_id), meters_answer))


@router.put(
    "/{submission_id:number}/",
    responses={200: GIVES_METER_LIST, **_WRONG, **answers(404)},
    openapi_extra=TAKES_METERS,
)
def put_meters(
    here: Here, desk: Writing, submission_id: SubmissionId, body: JsonBytes
) -> Response:
    """Take a new list in the place of one; the answer has its own id."""
    return _revise(here, desk, submission_id, body)


@router.patch(
    "/{submission_id:number}/",
    responses={200: GIVES_METER_LIST, **_WRONG, **answers(404)},
    openapi_extra=TAKES_METERS,
)
def patch_meters(
    here: Here, desk: Writing, submission_id: SubmissionId, body: JsonBytes
) -> Response:
    """Take a new list in the place of one, whole, as PUT does."""
    return _revise(here, desk, submission_id, body)


@router.delete(
    "/{submission_id:number}/",
    status_code=status.HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=answers(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
def withdraw_meters(here: Here, desk: Writing, submission_id: SubmissionId) -> Response:
    """Withdraw a meter list: it is as if it had not been sent."""
    return withdraw(here, desk, "meters", submission_id)


def _revise(here: Context, desk: Desk, submission_id: int, body: bytes) -> Response:
    find(here, "meters", submission_id)
    after = _take(here, desk, body)
    place = {"Content-Location": f"/meters/{after.id}/"}
    return as_json(told(here, after, meters_answer), headers=place)


def _take(here: Context, desk: Desk, body: bytes) -> Submission:
    entries = read_meter_list(body, zone=here.programme.zone)
    submission = desk.registry.land(
        NewSubmission(
            kind="meters",
            source="post",
            format=METERS_FORMAT,
            submitted_by=desk.user.name,
            body=body,
            received_at=here.now(),
        )
    )
    _log.info("list of %d meters taken, submission %d", len(entries), submission.id)
    return submission
