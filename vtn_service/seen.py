"""What can be seen from outside of what the VTN does: counted, and the refusals kept.

One method for each thing that happens; whoever lets it happen calls it.
"""

from collections.abc import Iterable

from aiohttp import web

from vtn_service.contract import Refused
from vtn_service.metrics import Metrics
from vtn_service.refusals import Refusals

OK = 200
_NOTHING = {"oadrResponse": "nothing"}
_REASONS = {
    400: "not_valid",
    403: "not_on_roster",
    408: "too_slow",
    413: "too_large",
    415: "content_type",
    429: "too_often",
    450: "out_of_sequence",
    451: "not_allowed",
    452: "invalid_id",
    453: "not_recognized",
    454: "invalid_data",
    459: "compliance",
    461: "report_not_supported",
    463: "not_authorized",
}


class Seen:
    """What happened since the start.

    `drained_seq` is the highest
    sequence number after which the pipeline began to ask for reports: all up to there
    are in the lake. It is forgotten when the VTN stops, and every report counts as not
    drained until the pipeline asks again.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.metrics = Metrics()
        self._refusals = Refusals()
        self._doors: dict[str, web.AppRunner] = {}
        self.drained_seq = 0
        self._page_end: int | None = None
        for opt in ("optIn", "optOut"):
            self.metrics.opts[opt,].inc(0)
        self._quiet_poll = self.metrics.polls["nothing",]
        self._quiet_message = self.metrics.messages["OadrPoll", "oadrPoll", str(OK)]

    def poll_answered_at_once(self) -> None:
        """Count a poll whose answer, nothing, was ready."""
        self._quiet_poll.inc()
        self._quiet_message.inc()

    def message_answered(self, service: str, kind: str, answer: str, code: int) -> None:
        """Count a message that was read, by what it was answered with."""
        self.metrics.messages[service, kind, str(code)].inc()
        if kind == "oadrPoll":
            told = "refused" if code != OK else _NOTHING.get(answer, answer)
            self.metrics.polls[told,].inc()
        if kind == "oadrUpdateReport" and code != OK:
            self._report_refused(code)

    def message_unread(self, service: str, status: int) -> None:
        """Count a request to a service that was refused before it was read."""
        if service == "EiReport":
            self._report_refused(status)

    def took(self, service: str, seconds: float) -> None:
        """Measure how long a request to a service took."""
        self.metrics.seconds[service,].observe(seconds)

    def events_delivered(self, count: int) -> None:
        """Count revisions of events that were told to their VEN for the first time."""
        self.metrics.delivered.inc(count)

    def events_acknowledged(self, opts: Iterable[str]) -> None:
        """Count answers to events."""
        for opt in opts:
            self.metrics.opts[opt,].inc()

    def report_stored(self, *, is_new: bool) -> None:
        """Count a report that was acknowledged."""
        (self.metrics.accepted if is_new else self.metrics.repeated).inc()

    def door_opened(self, door: str, runner: web.AppRunner) -> None:
        """Know a door, to count its connections when asked."""
        self._doors[door] = runner

    def count_connections(self) -> dict[str, int]:
        """Give how many connections are open, by door."""
        servers = {door: runner.server for door, runner in self._doors.items()}
        return {door: len(s.connections) for door, s in servers.items() if s}

    def turned_away(self, door: str, status: int) -> None:
        """Count a request that was refused with an HTTP status."""
        self.metrics.refusals[door, str(status)].inc()

    def refused(self, refused: Refused) -> None:
        """Keep a refusal, for whoever looks after the device."""
        self._refusals.keep(refused)

    @property
    def refusals(self) -> list[Refused]:
        """Give the newest refusals, newest first."""
        return self._refusals.newest()

    def reports_listed(self, after_seq: int, page_end: int | None) -> None:
        """Take note how far the pipeline has drained the inbox.

        Whoever asks after the end of the page before turns the page, and has drained
        nothing by that.

        Args:
            after_seq: After which reports were asked for.
            page_end: The last one that was listed, if there may be more.
        """
        if after_seq != self._page_end:
            self.drained_seq = max(self.drained_seq, after_seq)
        self._page_end = page_end

    def _report_refused(self, code: int) -> None:
        self.metrics.refused_reports[_REASONS.get(code, str(code)),].inc()
