"""Notifications of a data custodian: what each resource they name has come to.

A resource stays until it is fetched or refused. One that could not be fetched is tried
again, after twice as long each time.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.origins import LONGEST_URI

PENDING, FETCHED, FAILED = "PENDING", "FETCHED", "FAILED"
REFUSED, REPEATED, UNREADABLE = "REFUSED", "REPEATED", "UNREADABLE"
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=1)
_DOUBLINGS = 11  # of a minute make more than a day
_CORRELATION = "correlationid"


@dataclass(frozen=True, kw_only=True)
class NoticedResource:
    """A resource that a notification named; a row of `raw/share_my_data_notice`.

    Args:
        notice_id: Submission of the notification in the registry.
        position: Place in the notification, from 0.
        source: Where the row came from.
        received_at: When the notification was acknowledged.
        resource_uri: As sent.
        correlation_id: What the custodian calls the delivery; empty if it does not.
        state: PENDING, FETCHED, FAILED, REFUSED or REPEATED; UNREADABLE where the
            notification itself is.
        attempts: How often it was tried.
        attempted_at: When it was last tried.
        submission_id: Submission of the feed that was fetched.
        sha256: Of the feed's bytes.
        explanation: Why it failed or was refused; empty if it was not.
    """

    notice_id: int
    position: int
    source: str
    received_at: datetime
    resource_uri: str
    correlation_id: str
    state: str = PENDING
    attempts: int = 0
    attempted_at: datetime | None = None
    submission_id: int | None = None
    sha256: str = ""
    explanation: str = ""

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is time to fetch it."""
        if self.state == FAILED and self.attempted_at is not None:
            return now >= self.attempted_at + wait_after(self.attempts)
        return self.state == PENDING

    def fetched(
        self, now: datetime, submission_id: int, sha256: str
    ) -> "NoticedResource":
        """Give it as it is after its feed was kept."""
        return replace(
            self._tried(now, FETCHED, ""), submission_id=submission_id, sha256=sha256
        )

    def failed(self, now: datetime, why: str) -> "NoticedResource":
        """Give it as it is after it could not be fetched."""
        return self._tried(now, FAILED, why)

    def _tried(self, now: datetime, state: str, why: str) -> "NoticedResource":
        return replace(
            self,
            state=state,
            attempts=self.attempts + 1,
            attempted_at=now,
            explanation=why,
        )


def wait_after(attempts: int) -> timedelta:
    """Tell how long to wait after so many failures.

    >>> str(wait_after(1)), str(wait_after(4)), str(wait_after(40))
    ('0:01:00', '0:08:00', '1 day, 0:00:00')
    """
    return min(FIRST_WAIT * (1 << min(attempts - 1, _DOUBLINGS)), LONGEST_WAIT)


def correlation_id_of(uri: str) -> str:
    """Give the correlation id of a URI; empty if it has none.

    >>> correlation_id_of("https://api.example.org/Batch/Bulk/7?correlationID=a-1")
    'a-1'
    """
    try:
        query = parse_qsl(urlsplit(uri[:LONGEST_URI]).query)
    except ValueError:
        return ""
    return next((said for name, said in query if name.lower() == _CORRELATION), "")


def judge(
    resources: Iterable[NoticedResource], refusal_of: Callable[[str], str]
) -> list[NoticedResource]:
    """Say of each resource that is not fetched whether it may be, and is new.

    A delivery that has a correlation id is wanted once, however often it is told. What
    has none is wanted each time: there may be more behind the same address.

    Args:
        resources: In the order in which they came.
        refusal_of: Says why a URI must not be fetched; empty if it may be.
    """
    judged: list[NoticedResource] = []
    seen: set[tuple[int, str]] = set()
    for resource in resources:
        is_known = _delivery(resource) in seen
        refusal = refusal_of(resource.resource_uri)
        judged.append(_judged(resource, refusal, is_known=is_known))
        seen.add(_delivery(resource))
    return judged


def due(resources: Sequence[NoticedResource], now: datetime) -> list[NoticedResource]:
    """Give what should be fetched now, first what was tried least, then the oldest."""
    wanted = [resource for resource in resources if resource.is_due(now)]
    return sorted(wanted, key=lambda r: (r.attempts, r.notice_id, r.position))


def find_unfetched(resources: Iterable[NoticedResource]) -> list[Finding]:
    """Find the resources that wait, failed, were refused or cannot be read."""
    return [
        Finding(
            f"notice.{resource.state.lower()}",
            resource.resource_uri,
            {
                "notice": resource.notice_id,
                "attempts": resource.attempts,
                "why": resource.explanation or "not tried yet",
            },
        )
        for resource in resources
        if resource.state not in {FETCHED, REPEATED}
    ]


def _delivery(resource: NoticedResource) -> tuple[int, str]:
    """Name a delivery: by its whole address, and within its notice if it has no id."""
    notice = 0 if resource.correlation_id else resource.notice_id
    return notice, resource.resource_uri


def _judged(
    resource: NoticedResource, refusal: str, *, is_known: bool
) -> NoticedResource:
    if resource.state in {FETCHED, UNREADABLE}:
        return resource
    if refusal:
        return replace(resource, state=REFUSED, explanation=refusal)
    if is_known:
        told = "the same delivery was named before"
        return replace(resource, state=REPEATED, explanation=told)
    if resource.state in {REFUSED, REPEATED}:
        return replace(resource, state=PENDING, explanation="")
    return resource
