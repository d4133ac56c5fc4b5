"""The contract of the price partner: `/prices/`.

Paths end in a slash. A schedule is kept as the bytes that came.
"""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Response, status

from ter_pipelines.api.answers import SCHEDULE_FORMAT, price_answer, schedule_of
from ter_pipelines.api.bodies import JsonBytes
from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.documents import TAKES_SCHEDULE, answers
from ter_pipelines.api.intake import require_schedule
from ter_pipelines.api.security import Desk, changing, needs
from ter_pipelines.api.ter_documents import (
    GIVES_A_SCHEDULE,
    GIVES_SUBMITTED_PRICES,
    GIVES_SUBMITTED_SCHEDULE,
    NO_SCHEDULE_TODAY,
)
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
from ter_pipelines.registry.submissions import NewSubmission, Submission
from ter_pipelines.vocab.clock import operating_day_of
from ter_pipelines.vocab.errors import FieldError

Writing = Annotated[Desk, Depends(changing("prices:write"))]
_READ = Depends(needs("prices:read"))
_WRONG = answers(400, 401, 403, 409, 413, 415, 422, 429, 503)
_log = logging.getLogger(__name__)

router = APIRouter(prefix="/prices", tags=["TER partners"])


@router.get(
    "/",
    dependencies=[_READ],
    responses={200: GIVES_SUBMITTED_PRICES, **answers(401, 403, 422, 429, 503)},
)
def list_prices(here: Here, after: AfterId = 0, limit: Limit = None) -> Response:
    """List the schedules that stand, oldest first."""
    return listed(here, "prices", (after, limit), price_answer)


@router.post(
    "/",
    status_code=status.HTTP_201_CREATED,
    responses={201: GIVES_SUBMITTED_SCHEDULE, **_WRONG},
    openapi_extra=TAKES_SCHEDULE,
)
def post_prices(here: Here, desk: Writing, body: JsonBytes) -> Response:
    """Take the schedule of one whole day; the newest of a day counts."""
    submission = _take(here, desk, body)
    return as_json(told(here, submission, price_answer), status.HTTP_201_CREATED)


@router.get(
    "/today/", responses={200: GIVES_A_SCHEDULE, 404: NO_SCHEDULE_TODAY, **answers(429)}
)
def prices_of_today(here: Here) -> Response:
    """Give the schedule published today, in its newest revision; open to everybody."""
    today = operating_day_of(here.now(), here.programme.zone)
    published = here.registry.price_submissions_published_on(today)
    if not published:
        return Response(status_code=status.HTTP_404_NOT_FOUND)
    return as_json(told(here, published[-1], schedule_of))


@router.get(
    "/{submission_id:number}/",
    dependencies=[_READ],
    responses={
        200: GIVES_SUBMITTED_SCHEDULE,
        **answers(401, 403, 404, 422, 429, 503),
    },
)
def one_price_submission(here: Here, submission_id: SubmissionId) -> Response:
    """Give one schedule."""
    return as_json(told(here, find(here, "prices", submission_id), price_answer))


@router.put(
    "/{submission_id:number}/",
    responses={200: GIVES_SUBMITTED_SCHEDULE, **_WRONG, **answers(404)},
    openapi_extra=TAKES_SCHEDULE,
)
def put_prices(
    here: Here, desk: Writing, submission_id: SubmissionId, body: JsonBytes
) -> Response:
    """Take a new revision of a schedule's day; the answer has its own id."""
    return _revise(here, desk, submission_id, body)


@router.patch(
    "/{submission_id:number}/",
    responses={200: GIVES_SUBMITTED_SCHEDULE, **_WRONG, **answers(404)},
    openapi_extra=TAKES_SCHEDULE,
)
def patch_prices(
    here: Here, desk: Writing, submission_id: SubmissionId, body: JsonBytes
) -> Response:
    """Take a new revision of a schedule's day, whole, as PUT does."""
    return _revise(here, desk, submission_id, body)


@router.delete(
    "/{submission_id:number}/",
    status_code=status.HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=answers(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
def withdraw_prices(here: Here, desk: Writing, submission_id: SubmissionId) -> Response:
    """Withdraw a schedule: the revision before counts again from the next hour on."""
    return withdraw(here, desk, "prices", submission_id)


def _revise(here: Context, desk: Desk, submission_id: int, body: bytes) -> Response:
    before = find(here, "prices", submission_id)
    after = _take(here, desk, body, revises=before)
    place = {"Content-Location": f"/prices/{after.id}/"}
    return as_json(told(here, after, price_answer), headers=place)


def _take(
    here: Context, desk: Desk, body: bytes, revises: Submission | None = None
) -> Submission:
    schedule, operating_day = require_schedule(body, here.book)
    if revises is not None and revises.operating_day != operating_day:
        raise FieldError(
            "schedule",
            {
                "schedule.prices": [
                    f"got prices of {operating_day}, expected {revises.operating_day}, "
                    f"the day of schedule {revises.id}; POST those of another day"
                ]
            },
        )
    submission = desk.registry.land(
        NewSubmission(
            kind="prices",
            source="post",
            format=SCHEDULE_FORMAT,
            submitted_by=desk.user.name,
            body=body,
            received_at=here.now(),
            operating_day=operating_day,
            publication_day=schedule.publication_day,
        )
    )
    _log.info("prices of %s taken, submission %d", operating_day, submission.id)
    return submission
