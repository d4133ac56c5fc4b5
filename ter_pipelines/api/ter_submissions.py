"""What schedules and meter lists have in common: kept, given back, taken back.

What was submitted is never changed and never deleted: a PUT submits anew, a DELETE
withdraws, and what is withdrawn is not there any more for partners.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import HTTPException, Path, Query, Response, status

from ter_pipelines.api.answers import write_json
from ter_pipelines.api.context import Context
from ter_pipelines.api.security import Desk
from ter_pipelines.price_book import PriceBook
from ter_pipelines.registry.submissions import Kind, Submission
from ter_pipelines.vocab.errors import InputError

Answer = Callable[[Submission, bytes, PriceBook], object]

SubmissionId = Annotated[int, Path(description="Of the submission.")]
AfterId = Annotated[
    int, Query(ge=0, le=2**31 - 1, description="Only those with a higher id.")
]
Limit = Annotated[
    int | None, Query(ge=1, le=10_000, description="So many at most; all if absent.")
]
_NAME_IN_ANSWERS: dict[Kind, str] = {"prices": "Prices", "meters": "Meters"}
_log = logging.getLogger(__name__)


def find(here: Context, kind: Kind, submission_id: int) -> Submission:
    """Give a submission that stands, or answer 404."""
    submission = here.registry.submission(submission_id)
    if (
        submission is None
        or submission.kind != kind
        or submission.withdrawn_at is not None
    ):
        raise no_such(_NAME_IN_ANSWERS[kind])
    return submission


def no_such(name: str) -> HTTPException:
    """Make the 404 that partners know."""
    return HTTPException(
        status.HTTP_404_NOT_FOUND, f"No {name} matches the given query."
    )


def withdraw(here: Context, desk: Desk, kind: Kind, submission_id: int) -> Response:
    """Take a submission back; answer 204, or 404 if it does not stand."""
    submission = find(here, kind, submission_id)
    if desk.registry.withdraw(submission.id) is None:
        raise no_such(_NAME_IN_ANSWERS[kind])
    _log.info("%s submission %d withdrawn", kind, submission_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def listed(
    here: Context, kind: Kind, page: tuple[int, int | None], answer: Answer
) -> Response:
    """Answer with the submissions that stand, oldest first.

    Args:
        here: The application's context.
        kind: What they are about.
        page: The id they come after, and how many at most.
        answer: What is told of each.
    """
    after_id, limit = page
    standing = [
        submission
        for submission in here.registry.submissions(kind, after_id=after_id)
        if submission.withdrawn_at is None
    ]
    return as_json([told(here, each, answer) for each in standing[:limit]])


def told(here: Context, submission: Submission, answer: Answer) -> object:
    """Give what is told of a submission; answer 500 if its bytes are damaged."""
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


def as_json(
    value: object, code: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with JSON, numbers in their own digits."""
    return Response(write_json(value), code, headers, media_type="application/json")
