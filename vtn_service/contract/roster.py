"""Who is on the roster, how each VEN is doing, and what was refused."""

from dataclasses import dataclass

from vtn_service.contract.message import Message

KEPT = "kept"


@dataclass(frozen=True)
class VenEnrolment(Message):
    """A VEN on the roster: who it is, and by what it is known.

    A token, a certificate or both; a VEN with both must show both. Neither secret nor
    certificate is sent here, only its hash. `KEPT` leaves a hash as it is, empty text
    takes it away; one of the two must remain.

    Args:
        ven_id: The identifier the VEN gets at registration.
        ven_name: The name the VEN must register with; empty for any.
        token_sha256: SHA-256, hex, of the token in its URL.
        certificate_sha256: SHA-256, hex, of its client certificate (DER).
        certificate_expires_at: When that certificate ends; empty if unknown.
        must_sign: Whether every message needs an XML signature by that certificate.
        is_enabled: Whether it may speak at all.
    """

    ven_id: str
    ven_name: str = ""
    token_sha256: str = KEPT
    certificate_sha256: str = KEPT
    certificate_expires_at: str = KEPT
    must_sign: bool = False
    is_enabled: bool = True


@dataclass(frozen=True)
class VenStatus(Message):
    """What the VTN knows of a VEN; instants are empty text until they happened.

    Args:
        ven_id: As enrolled, like the next six.
        ven_name: May be empty.
        is_enabled: Whether it may speak.
        has_token: Whether it is known by a token.
        certificate_sha256: Empty if it is known by a token alone.
        certificate_expires_at: Empty if unknown.
        must_sign: Whether its messages need a signature.
        registered_at: When it registered last.
        last_poll_at: A crash may lose the last seconds of it.
        last_report_at: When its newest report was stored.
        last_opt_at: When it last answered an event.
        unanswered_events: Events that it was told, that are not over and await its
            answer.
        unanswered_asks: Asks that it was told and did not answer.
        silent_since: When it was last heard, if that is too long ago; else empty.
    """

    ven_id: str
    ven_name: str
    is_enabled: bool
    has_token: bool = True
    certificate_sha256: str = ""
    certificate_expires_at: str = ""
    must_sign: bool = False
    registered_at: str = ""
    last_poll_at: str = ""
    last_report_at: str = ""
    last_opt_at: str = ""
    unanswered_events: int = 0
    unanswered_asks: int = 0
    silent_since: str = ""


@dataclass(frozen=True)
class Refused(Message):
    """A request that was not let in, or refused in the protocol; the newest are kept.

    Args:
        at: When.
        address: Where it came from.
        ven_id: Whose identity it showed; empty if nobody's.
        status: HTTP status, or the OpenADR response code.
        reason: What was got and what was expected.
        certificate_sha256: Of the certificate it showed, if any.
    """

    at: str
    address: str
    ven_id: str
    status: int
    reason: str
    certificate_sha256: str = ""
