"""The registration test of Share My Data: every way we call the custodian, once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from ter_pipelines.cli.steps import Step, well, wrong
from ter_pipelines.formats.espi import survey_feed
from ter_pipelines.resources.share_my_data import ShareMyData
from ter_pipelines.vocab.errors import RemoteError, TerError

_SAME_FOR_ALL = "see the first step that failed"


@dataclass(frozen=True)
class _Attempt:
    """A step of the test: what is done, what it says, and what to do if it fails."""

    step: str
    call: Callable[[], str]
    do: str


def registration_steps(client: ShareMyData, *, with_data: bool) -> Iterator[Step]:
    """Try the custodian, step by step.

    Args:
        client: Of the custodian.
        with_data: Whether to go on where the custodian must have approved us: real
            tokens, authorizations, and a request for the latest usage.
    """
    yield from _try(_test_attempts(client.for_registration()))
    if with_data:
        yield from _try(_data_attempts(client))


def _try(attempts: Sequence[_Attempt]) -> Iterator[Step]:
    """Try one after the other; without a token the others cannot be tried."""
    for number, attempt in enumerate(attempts):
        try:
            yield well(attempt.step, attempt.call())
        except TerError as error:
            yield wrong(attempt.step, str(error), attempt.do)
            if number == 0:
                for left in attempts[1:]:
                    yield wrong(left.step, "not tried: no token", _SAME_FOR_ALL)
                return


def _test_attempts(test: ShareMyData) -> list[_Attempt]:
    return [
        _token(test, "test_token", test.custodian.test_token_path),
        _status(test, "test_service_status"),
        _Attempt(
            "sample_data",
            lambda: _sample(test),
            "ask the custodian whether sample data is there for this registration",
        ),
    ]


def _data_attempts(client: ShareMyData) -> list[_Attempt]:
    return [
        _token(client, "token", client.custodian.token_path),
        _status(client, "service_status"),
        _Attempt(
            "authorization",
            lambda: _authorized(client),
            "have a customer authorize us at the custodian, or mend third_party_id",
        ),
        _Attempt(
            "request",
            lambda: _request(client),
            "see the custodian's answer; base_url, resource_path or third_party_id "
            "may be wrong",
        ),
    ]


def _token(client: ShareMyData, step: str, path: str) -> _Attempt:
    def have() -> str:
        client.have_token()
        return f"a token from {path}"

    return _Attempt(
        step,
        have,
        "check base_url, client_id, the client secret, our certificate and ca_file",
    )


def _status(client: ShareMyData, step: str) -> _Attempt:
    def look() -> str:
        client.require_online()
        return "online"

    return _Attempt(step, look, "wait until the custodian is online again")


def _sample(test: ShareMyData) -> str:
    answer = test.sample_data()
    if not answer.body:
        return f"answered {answer.status}, without data"
    survey_feed(BytesIO(answer.body), "sample data")
    return f"answered {answer.status} with a whole feed of {len(answer.body)} bytes"


def _authorized(client: ShareMyData) -> str:
    granted = client.authorizations()
    bulks = sorted({a.bulk_id for a in granted} - {""})
    subscriptions = sorted({a.subscription_id for a in granted} - {""})
    told = (
        f"{len(granted)} authorizations; bulk ids: {', '.join(bulks) or 'none'}; "
        f"subscriptions: {', '.join(subscriptions) or 'none'}"
    )
    ours = client.custodian.third_party_id
    if not granted or (ours and ours not in bulks):
        expected = f"bulk id {ours}" if ours else "one or more"
        raise RemoteError(f"got {told}, expected {expected}")
    return told


def _request(client: ShareMyData) -> str:
    requested = client.request_latest()
    if requested.body is None:
        return "accepted (202); a notification will say where the data is"
    survey_feed(BytesIO(requested.body), "latest usage")
    return f"answered at once with a whole feed of {len(requested.body)} bytes"
