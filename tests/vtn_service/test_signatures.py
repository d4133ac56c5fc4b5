"""VENs that must sign, from outside: refused when they do not, answered with ours."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openleadr import OpenADRClient
from openleadr.messaging import validate_xml_schema, validate_xml_signature
from signxml.exceptions import SignXMLException

from tests.vtn_service import messages
from tests.vtn_service.at_work import Said, VtnAtWork, price_event, put, sha256
from tests.vtn_service.certificates import Issued, rsa_key
from tests.vtn_service.messages import hour, report, update_report
from tests.vtn_service.signatures import signed_by, wrapped
from tests.vtn_service.tls_at_work import TlsVtn, authority, signer, tls_vtn
from vtn_service.openadr.message import parse_message
from vtn_service.openadr.signing import is_signed


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsVtn]:
    """Give a VTN with TLS, client certificates and a certificate to sign with."""
    with tls_vtn(tmp_path_factory.mktemp("signing")) as at_work:
        yield at_work


def said(signing: TlsVtn, ven: Issued, service: str, document: bytes) -> bytes:
    """Post as a VEN that shows its certificate; give the answer."""
    answer = signing.post(f"{signing.url}/{service}", document, ven)
    assert answer.status_code == 200, answer.text
    return answer.content


def code(signing: TlsVtn, ven: Issued, service: str, document: bytes) -> str:
    """Post, and give the response code."""
    return Said(said(signing, ven, service, document)).code


def is_ours(document: bytes) -> bool:
    """Tell whether openleadr's client would take a message as the VTN's."""
    try:
        tree = validate_xml_schema(document)
        validate_xml_signature(tree, cert_fingerprint=signer().openadr_fingerprint)
    except (SignXMLException, ValueError):
        return False
    return True


def test_a_signed_message_is_taken_and_answered_with_our_signature(
    signing: TlsVtn,
) -> None:
    ven = signing.enrol("signs-1", must_sign=True)
    document = update_report("signs-1", report([hour()]))

    answer = said(signing, ven, "EiReport", signed_by(ven, document))

    assert Said(answer).code == "200"
    assert is_ours(answer)
    assert not is_ours(answer.replace(b">200<", b">201<"))
    assert [r["ven_id"] for r in signing.vtn.reports("signs-1")] == ["signs-1"]


def test_what_is_not_signed_as_it_must_be_is_refused_and_not_stored(
    signing: TlsVtn,
) -> None:
    ven = signing.enrol("victim-1", must_sign=True)
    report_of = [update_report("victim-1", report([hour(number=n)])) for n in "12"]
    genuine = signed_by(ven, report_of[0])
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    attempts = {
        "unsigned": report_of[0],
        "tampered": genuine.replace(b"<ei:value>1<", b"<ei:value>9<"),
        "wrapped": wrapped(genuine, report_of[1], other_id=None),
        "wrapped with the same id": wrapped(
            genuine, report_of[1], other_id="oadrSignedObject"
        ),
        "another certificate": signed_by(authority().issue("victim-1"), report_of[0]),
        "a slow clock": signed_by(ven, report_of[0], at=hour_ago),
        "2099": signed_by(ven, report_of[0], at=datetime(2099, 1, 1, tzinfo=UTC)),
    }

    codes = {
        name: code(signing, ven, "EiReport", document)
        for name, document in attempts.items()
    }

    assert codes == dict.fromkeys(attempts, "463")
    assert signing.vtn.reports("victim-1") == []
    assert code(signing, ven, "EiReport", genuine) == "200"


@pytest.mark.parametrize("service", ["OadrPoll", "EiEvent", "EiRegisterParty", "EiOpt"])
def test_every_service_wants_the_signature(signing: TlsVtn, service: str) -> None:
    ven = signing.enrol(f"every-{service}", must_sign=True)
    document = {
        "OadrPoll": messages.poll(f"every-{service}"),
        "EiEvent": messages.request_event(f"every-{service}"),
        "EiRegisterParty": messages.create_registration(),
        "EiOpt": messages.create_opt(f"every-{service}", "opt-1"),
    }[service]

    answer = said(signing, ven, service, document)

    assert (Said(answer).code, is_ours(answer)) == ("463", True)


def test_the_same_message_is_refused_again_and_after_a_restart_too(
    signing: TlsVtn,
) -> None:
    ven = signing.enrol("replay-1", must_sign=True)
    for document in (messages.query_registration(), messages.create_registration()):
        code(signing, ven, "EiRegisterParty", signed_by(ven, document))
    poll = signed_by(ven, messages.poll("replay-1"))

    codes = [code(signing, ven, "OadrPoll", poll) for _ in range(3)]
    signing.vtn.end()
    signing.vtn.start()
    after_the_restart = code(signing, ven, "OadrPoll", poll)
    new = code(signing, ven, "OadrPoll", signed_by(ven, messages.poll("replay-1")))

    assert codes == ["200", "463", "463"]
    assert (after_the_restart, new) == ("463", "200")


def test_two_vens_may_use_the_same_nonce(signing: TlsVtn) -> None:
    vens = [
        signing.enrol("nonce-1", must_sign=True),
        signing.enrol("nonce-2", must_sign=True),
    ]
    query = messages.query_registration()

    codes = [
        code(signing, ven, "EiRegisterParty", signed_by(ven, query, nonce="same"))
        for ven in vens
    ]

    assert codes == ["200", "200"]


def test_a_ven_that_need_not_sign_may_and_gets_a_signed_answer(
    signing: TlsVtn,
) -> None:
    ven = signing.enrol("free-1")
    registration = messages.create_registration()
    said(signing, ven, "EiRegisterParty", registration)
    plain = messages.poll("free-1")
    signed = signed_by(ven, plain)

    answers = [
        said(signing, ven, "OadrPoll", document)
        for document in (plain, signed, signed, plain)
    ]

    assert [Said(answer).code for answer in answers] == ["200"] * 4
    assert [is_signed(parse_message(a)) for a in answers] == [False, True, True, False]
    assert answers[1] != answers[2]


def test_a_ven_without_a_certificate_cannot_be_made_to_sign(
    signing: TlsVtn,
) -> None:
    entry = {"ven_id": "bare-1", "token_sha256": sha256("t"), "must_sign": True}

    answer = signing.vtn.ask("PUT", "/vens/bare-1", entry)

    assert answer.status_code == 400
    assert "certificate" in answer.json()["error"]


def test_a_vtn_that_does_not_sign_says_what_to_set(tmp_path: Path) -> None:
    vtn = VtnAtWork(tmp_path)
    entry = {"ven_id": "v1", "certificate_sha256": "a" * 64, "must_sign": True}

    answer = vtn.ask("PUT", "/vens/v1", entry)
    vtn.end()

    assert answer.status_code == 409
    assert "VTN_SIGNING_CERT_FILE" in answer.json()["error"]


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_stock_ven_with_certificate_and_signature_hears_and_reports(
    signing: TlsVtn, kind: str
) -> None:
    ven_id = f"stock-{kind}"
    ven = authority().issue(ven_id, key=rsa_key() if kind == "rsa" else None)
    signing.vtn.enrol(
        ven_id, token_sha256="", certificate_sha256=ven.sha256, must_sign=True
    )
    put(signing.vtn, ven_id, f"{ven_id}-e1", price_event(["0.11", "0.12"]))

    heard = asyncio.run(_converse(signing, ven_id, ven))

    (signal,) = heard[0]["event_signals"]
    prices = [interval["signal_payload"] for interval in signal["intervals"]]
    assert prices == [0.11, 0.12]
    state = signing.vtn.get("/events?first_day_utc=2000-01-01&last_day_utc=9999-12-31")
    opts = {e["event_id"]: e["opt"] for e in state}
    assert opts[f"{ven_id}-e1"] == "optIn"
    assert signing.vtn.reports(ven_id)


async def _converse(signing: TlsVtn, ven_id: str, ven: Issued) -> list[dict[str, Any]]:
    """Register, take the event, send one report; give the events heard."""
    heard: list[dict[str, Any]] = []

    async def opt_in(event: dict[str, Any]) -> str:
        heard.append(event)
        return "optIn"

    cert, key = ven.write(signing.folder, ven_id)
    client = OpenADRClient(
        ven_name="example-ven",
        vtn_url=signing.url,
        cert=cert,
        key=key,
        ca_file=signing.ca_file,
        vtn_fingerprint=signer().openadr_fingerprint,
        show_fingerprint=False,
    )
    client.add_handler("on_event", opt_in)
    client.add_report(
        callback=_read_meter,
        resource_id="device-1",
        measurement="energyReal",
        unit="Wh",
        report_specifier_id="RealEnergy",
        r_id="energy",
        data_collection_mode="full",
        sampling_rate=timedelta(hours=1),
        report_duration=timedelta(hours=1),
    )
    try:
        await client.run()
        await client.update_report(client.report_requests[0]["report_request_id"])
        for _ in range(100):
            if await asyncio.to_thread(signing.vtn.reports, ven_id):
                break
            await asyncio.sleep(0.05)
    finally:
        await client.stop()
    return heard


def _read_meter(
    date_from: datetime, date_to: datetime, sampling_interval: timedelta
) -> list[tuple[datetime, Decimal]]:
    del date_from, date_to, sampling_interval
    return [(datetime(2025, 11, 2, 5, tzinfo=UTC), Decimal("0.0600"))]
