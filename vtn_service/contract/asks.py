"""Asks: what we want of a VEN, told at its polls."""

from dataclasses import dataclass

from vtn_service.contract.message import Message


@dataclass(frozen=True)
class Ask(Message):
    """What we want of a VEN, told at one of its polls, in the order asked.

    The same body again changes nothing; another body under the same id supersedes it.
    One that was deleted or superseded is not told, or not again; a report that was
    already asked for goes on until `cancel_reports`. To ask anew, put it under another
    id, or delete it first. Ids that begin with `registration:` are the VTN's own, for
    what it asks a VEN that registers.

    A VEN that registers again is asked for its reports again, whatever was cancelled.

    An ask about several reports is a message for each. What goes unanswered is told
    again, after longer and longer waits, five times in all.

    Args:
        kind: One of `ASK_KINDS`.
        report_specifier_id: Which of its reports; empty for all that fit.
        start_utc: Start of the time a `history` is asked for; else empty.
        end_utc: Its end.
    """

    kind: str
    report_specifier_id: str = ""
    start_utc: str = ""
    end_utc: str = ""


ASK_KINDS = {
    "reports": "usage and status, from now on (oadrCreateReport)",
    "history": "usage of a past time, once (oadrCreateReport)",
    "cancel_reports": "no more of these reports (oadrCancelReport)",
    "offers": "its list of reports (our own empty oadrRegisterReport)",
    "reregister": "to register again (oadrRequestReregistration)",
    "cancel_registration": "to leave (oadrCancelPartyRegistration)",
}


@dataclass(frozen=True)
class AskStatus(Message):
    """How far an ask has come.

    `state` is `queued`, `told`, `answered`, `unanswered` (told as often as it is
    worth), `superseded` or `cancelled`; instants are empty until they happened. Of
    several messages the one that is least far counts. `told_at` is the last time.
    `answer_code` is the VEN's response code: 200 if it agreed.
    """

    ask_id: str
    ven_id: str
    kind: str
    state: str
    queued_at: str
    told_at: str = ""
    told_times: int = 0
    answered_at: str = ""
    answer_code: str = ""
