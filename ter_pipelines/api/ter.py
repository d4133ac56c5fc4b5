"""The contract of the price partner and the metering partner: `/prices/`, `/meters/`.

Paths end in a slash. Whatever is kept, is kept as the bytes that came.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response, status

from ter_pipelines.api.answers import (
    METERS_FORMAT,
    SCHEDULE_FORMAT,
    meters_answer,
    price_answer,
    schedule_of,
    write_json,
)
from ter_pipelines.api.bodies import JsonBytes
from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.documents import TAKES_METERS, TAKES_SCHEDULE, answers
from ter_pipelines.api.intake import require_schedule
from ter_pipelines.api.security import Desk, changing, needs
from ter_pipelines.metering.meter_list import read_meter_list
from ter_pipelines.price_book import PriceBook
from ter_pipelines.registry.submissions import Kind, NewSubmission, Submission
from ter_pipelines.vocab.clock import operating_day_of
from ter_pipelines.vocab.errors import InputError

Answer = Callable[[Submission, bytes, PriceBook], object]

_NAME_IN_ANSWERS: dict[Kind, str] = {"prices": "Prices", "meters": "Meters"}
_log = logging.getLogger(__name__)

router = APIRouter(tags=["TER partners"])


@router.get(
    "/prices/",
    dependencies=[Depends(needs("prices:read"))],
    responses=answers(401, 403, 503),
)
def list_prices(here: Here) -> Response:
    """List every schedule that was taken, oldest first."""
    return _json(_answers(here, here.registry.submissions("prices"), price_answer))


@router.post(
    "/prices/",
    status_code=status.HTTP_201_CREATED,
    responses=answers(400, 401, 403, 413, 415, 503),
    openapi_extra=TAKES_SCHEDULE,
)
def post_prices(
    here: Here,
    desk: Annotated[Desk, Depends(changing("prices:write"))],
    body: JsonBytes,
) -> Response:
    """Take the schedule of one whole day; the newest of a day counts."""
    schedule, operating_day = require_schedule(body, here.book)
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
    return _created(_answer(here, submission, price_answer))


@router.get("/prices/today/")
def prices_of_today(here: Here) -> Response:
    """Give the schedule published today, in its newest revision; open to everybody."""
    today = operating_day_of(here.now(), here.programme.zone)
    published = here.registry.price_submissions_published_on(today)
    if not published:
        return Response(status_code=status.HTTP_404_NOT_FOUND)
    return _json(_answer(here, published[-1], schedule_of))


@router.get(
    "/prices/{submission_id:int}/",
    dependencies=[Depends(needs("prices:read"))],
    responses=answers(401, 403, 404, 503),
)
def one_price_submission(here: Here, submission_id: int) -> Response:
    """Give one schedule."""
    return _json(_answer(here, _find(here, "prices", submission_id), price_answer))


@router.get(
    "/meters/",
    dependencies=[Depends(needs("meters:read"))],
    responses=answers(401, 403, 503),
)
def list_meters(here: Here) -> Response:
    """List every meter list that was taken, oldest first."""
    return _json(_answers(here, here.registry.submissions("meters"), meters_answer))


@router.post(
    "/meters/",
    status_code=status.HTTP_201_CREATED,
    responses=answers(400, 401, 403, 413, 415, 503),
    openapi_extra=TAKES_METERS,
)
def post_meters(
    here: Here,
    desk: Annotated[Desk, Depends(changing("meters:write"))],
    body: JsonBytes,
) -> Response:
    """Take a meter list; it replaces the one before."""
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
    return _created(_answer(here, submission, meters_answer))


@router.get(
    "/meters/{submission_id:int}/",
    dependencies=[Depends(needs("meters:read"))],
    responses=answers(401, 403, 404, 503),
)
def one_meter_list(here: Here, submission_id: int) -> Response:
    """Give one meter list."""
    return _json(_answer(here, _find(here, "meters", submission_id), meters_answer))


def _find(here: Context, kind: Kind, submission_id: int) -> Submission:
    submission = here.registry.submission(submission_id)
    if submission is None or submission.kind != kind:
        raise HTTPException(
            status.HTTP_404_NOT_FOUND,
            f"No {_NAME_IN_ANSWERS[kind]} matches the given query.",
        )
    return submission


def _answers(
    here: Context, submissions: Iterable[Submission], answer: Answer
) -> list[object]:
    return [_answer(here, submission, answer) for submission in submissions]


def _answer(here: Context, submission: Submission, answer: Answer) -> object:
    try:
        return answer(submission, here.registry.body(submission), here.book)
    except InputError as error:
        # It was right when it was taken, so this is damage and not the caller's doing.
        _log.exception("submission %d cannot be read", submission.id)
        raise HTTPException(
            status.HTTP_500_INTERNAL_SERVER_ERROR,
            f"Submission {submission.id} is not stored as it was received; tell the "
            "operator.",
        ) from error


def _json(value: object) -> Response:
    return Response(write_json(value), media_type="application/json")


def _created(value: object) -> Response:
    answer = _json(value)
    answer.status_code = status.HTTP_201_CREATED
    return answer
