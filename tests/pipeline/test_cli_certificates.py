"""Crafted certificates: they are judged in good time, and nothing breaks."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID, NameOID

from ter_pipelines.cli.certificates import find_faults, read_device_certificate
from ter_pipelines.cli.handshake import describe_shown
from ter_pipelines.cli.probe import probe
from ter_pipelines.cli.steps import Device
from tests.pipeline.ter_vtn import ter_vtn
from tests.vtn_service.certificates import DAY, Authority, ec_key
from vtn_service.contract import OPENADR_PATH

AUTHORITY = Authority()


def own_issuer(
    key: ec.EllipticCurvePrivateKey, broken: x509.ObjectIdentifier | None = None
) -> x509.Certificate:
    """Make a certificate that all others of this key have issued as well."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Round CA")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
    )
    if broken:
        junk = x509.UnrecognizedExtension(broken, b"junk")
        builder = builder.add_extension(junk, critical=False)
    return builder.sign(key, SHA256())


def written(file: Path, *certificates: x509.Certificate) -> Path:
    file.write_bytes(b"".join(c.public_bytes(Encoding.PEM) for c in certificates))
    return file


def test_a_chain_that_runs_in_circles_is_judged_in_good_time(tmp_path: Path) -> None:
    key = ec_key()
    chain = written(tmp_path / "chain", *(own_issuer(key) for _ in range(40)))
    ca = written(tmp_path / "ca", AUTHORITY.own.certificate)
    device = read_device_certificate(chain)

    faults = find_faults(device, datetime.now(UTC), ca)

    assert [fault.partition(":")[0] for fault in faults] == ["issuer"]


def test_a_chain_is_found_whichever_way_it_is_written(tmp_path: Path) -> None:
    first = Authority("First CA", by=AUTHORITY)
    second = Authority("Second CA", by=first)
    astray = Authority("Astray CA")
    others = [a.own.certificate for a in (astray, first, second)]
    ca = written(tmp_path / "ca", AUTHORITY.own.certificate)
    ven = second.issue().certificate

    for number, between in enumerate((others, others[::-1])):
        device = read_device_certificate(
            written(tmp_path / f"chain-{number}", ven, *between)
        )
        assert find_faults(device, datetime.now(UTC), ca) == []


def test_an_extension_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    broken = own_issuer(ec_key(), ExtensionOID.BASIC_CONSTRAINTS)
    file = written(tmp_path / "broken", broken)

    ended = ter_vtn(tmp_path, "http://127.0.0.1:1", "inspect", str(file))

    (told,) = ended.printed
    assert ended.code == 1
    assert "cannot be read" in told["wrong"][0]


def test_a_servers_certificate_that_cannot_be_read_is_described_so() -> None:
    broken = own_issuer(ec_key(), ExtensionOID.SUBJECT_ALTERNATIVE_NAME)

    told = [describe_shown(der) for der in (broken.public_bytes(Encoding.DER), b"junk")]

    assert ["cannot be read" in text for text in told] == [True, True]


@contextmanager
def dribbling(first: bytes, drop: bytes) -> Iterator[str]:
    """Serve an answer that begins, and then comes in drops for ever."""
    with socket.create_server(("127.0.0.1", 0)) as serving:

        def answer() -> None:
            connected, _ = serving.accept()
            hung_up = threading.Event()
            with connected, suppress(OSError):
                connected.sendall(first)
                while not hung_up.wait(0.02):
                    connected.sendall(drop)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{serving.getsockname()[1]}{OPENADR_PATH}"
        thread.join()


def test_an_answer_that_never_ends_is_waited_for_so_long_and_no_longer() -> None:
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    for first, drop in ((b"HTTP/1.1 200 OK\r\nX-", b"a"), (body, b" ")):
        with dribbling(first, drop) as url:
            *_, last = probe(Device(url), ask_seconds=0.3)

        assert (last.step, last.is_ok) == ("http", False)
        assert last.got == "no whole answer within 0.3 s"
