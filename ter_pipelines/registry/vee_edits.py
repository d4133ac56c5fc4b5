"""What people decided about usage, in the registry: never changed, the newest holds."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from ter_pipelines.metering.vee.edits import Edit, read_edit
from ter_pipelines.metering.vee.series import overlap
from ter_pipelines.registry.submissions import Kind, NewSubmission, Submission
from ter_pipelines.vocab.clock import Span, days_between, operating_day_of

VEE_EDIT: Kind = "vee-edit"
_FORMAT = "ter-vee-edit-json"
_MOMENT = timedelta(microseconds=1)


class Registered(Protocol):
    """Where submissions are; the registry is one."""

    def land(self, new: NewSubmission) -> Submission:
        """Keep a submission."""

    def submissions(self, kind: Kind, *, after_id: int = 0) -> list[Submission]:
        """Give the submissions of a kind, in id order."""

    def body(self, submission: Submission) -> bytes:
        """Give the bytes of a submission."""


def land_edit(registry: Registered, edit: Edit, *, source: str) -> Submission:
    """Keep an edit.

    Args:
        registry: Where.
        edit: What was decided.
        source: The way it came, such as `ter-vee`.
    """
    return registry.land(
        NewSubmission(
            kind=VEE_EDIT,
            source=source,
            format=_FORMAT,
            submitted_by=edit.made_by,
            body=edit.to_json(),
            received_at=edit.made_at,
            begins_at=edit.span.start_utc,
            ends_at=edit.span.end_utc,
        )
    )


def edits_during(registry: Registered, span: Span) -> list[Edit]:
    """Give the edits that touch a span, in the order they were made.

    Raises:
        InputError: Naming the submission, if one is missing or is no edit.
    """
    return [
        read_edit(registry.body(kept), subject=f"submission {kept.id}, {kept.path}")
        for kept in registry.submissions(VEE_EDIT)
        if overlap(_span_of(kept), span)
    ]


def newest_edit_ids(edits: Iterable[Submission], zone: ZoneInfo) -> dict[date, int]:
    """Give the newest edit's id for every local day that an edit touches.

    Args:
        edits: Submissions of kind `vee-edit`, in id order.
        zone: Of the local days.
    """
    newest: dict[date, int] = {}
    for kept in edits:
        span = _span_of(kept)
        first = operating_day_of(span.start_utc, zone)
        last = operating_day_of(span.end_utc - _MOMENT, zone)
        newest.update(dict.fromkeys(days_between(first, last), kept.id))
    return newest


def _span_of(kept: Submission) -> Span:
    begins_at = kept.begins_at or kept.received_at
    return Span(begins_at, kept.ends_at or begins_at)
