"""`ter vtn`: the roster, who may speak to the OpenADR VTN, and by what it is known."""

import hashlib
import json
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ter_pipelines.cli.certificates import (
    DeviceCertificate,
    find_faults,
    read_device_certificate,
)
from ter_pipelines.cli.door import vtn_door
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.ids import OTHER_SOURCES
from vtn_service.contract import (
    KEPT,
    OPENADR_PATH,
    OPENADR_PREFIX,
    VenEnrolment,
    VenStatus,
)

EXIT_FOUND = 1
vtn = typer.Typer(no_args_is_help=True, help="The roster of the OpenADR VTN.")

VenIds = Annotated[list[str], typer.Argument(help="venIDs on the roster.")]
CertificateFile = Annotated[
    Path, typer.Argument(help="The device's certificate, PEM; its key stays with it.")
]


@vtn.command("enrol")
def enrol(
    ven_ids: Annotated[list[str], typer.Argument(help="OpenADR venIDs.")],
    *,
    name: Annotated[
        str, typer.Option(help="Name it must register with; any if unsaid.")
    ] = "",
    certificate: Annotated[
        Path | None,
        typer.Option(help="Know one device by this certificate, PEM, not by a token."),
    ] = None,
    with_token: Annotated[
        bool, typer.Option(help="Have it show a token beside its certificate.")
    ] = False,
    must_sign: Annotated[
        bool, typer.Option(help="Have it sign its messages with its certificate.")
    ] = False,
) -> None:
    """Put devices on the roster; print each one's own URL, once.

    The token in the URL is the device's secret. Only its hash is kept. Enrolling a
    device again makes its entry anew: a new token ends the old one, a certificate that
    is not given again is forgotten, and a disabled device may speak.
    """
    if certificate is None and (with_token or must_sign):
        raise InputError("--with-token and --must-sign: expected --certificate too")
    device = _read_for_one(certificate, ven_ids) if certificate else None
    door, devices_url = vtn_door()
    for ven_id in _require_own_names(ven_ids):
        token = "" if device and not with_token else secrets.token_urlsafe(24)
        door.enrol(
            VenEnrolment(
                ven_id,
                name,
                token_sha256=_sha256(token) if token else "",
                certificate_sha256=device.sha256 if device else "",
                certificate_expires_at=device.expires_at if device else "",
                must_sign=must_sign,
            )
        )
        _print_access(ven_id, devices_url, token, device)


@vtn.command("rotate")
def rotate(ven_ids: VenIds) -> None:
    """Give devices new tokens; print each one's new URL, once. The old ones end.

    Nothing else of them changes. If one is not on the roster or has no token, nothing
    is changed at all.
    """
    door, devices_url = vtn_door()
    known = _known(door, ven_ids)
    if tokenless := [ven_id for ven_id in known if not known[ven_id].has_token]:
        raise InputError(
            f"VTN roster: got {', '.join(tokenless)}, known by a certificate alone; "
            "`ter vtn enrol --certificate FILE --with-token` gives a token"
        )
    for ven in known.values():
        token = secrets.token_urlsafe(24)
        door.enrol(_changed(ven, token_sha256=_sha256(token)))
        _print_access(ven.ven_id, devices_url, token, None)


@vtn.command("cert")
def replace_certificate(
    ven_id: Annotated[str, typer.Argument(help="venID on the roster.")],
    file: CertificateFile,
) -> None:
    """Give a device of the roster another certificate; the one before ends at once.

    Nothing else of it changes: a device that has a token must show both. Prints what
    the certificate holds, as JSON.
    """
    device = _read_faultless(file)
    door, _ = vtn_door()
    (ven,) = _known(door, [ven_id]).values()
    door.enrol(
        _changed(
            ven,
            certificate_sha256=device.sha256,
            certificate_expires_at=device.expires_at,
        )
    )
    print(json.dumps({"ven_id": ven_id, **device.describe(datetime.now(UTC))}))


@vtn.command("inspect")
def inspect_certificate(
    file: CertificateFile,
    *,
    ca: Annotated[
        Path | None,
        typer.Option(help="Authorities (PEM) it must be issued by, as the VTN has."),
    ] = None,
) -> None:
    """Tell what a device's certificate holds and what is wrong with it, as JSON.

    The VTN is not asked and nothing is changed. Exits with 1 if something is wrong.
    """
    now = datetime.now(UTC)
    device = read_device_certificate(file)
    faults = find_faults(device, now, ca)
    print(json.dumps({"file": str(file), **device.describe(now), "wrong": faults}))
    if faults:
        raise typer.Exit(EXIT_FOUND)


@vtn.command("list")
def list_vens() -> None:
    """Print the roster: who may speak, and when each one was last heard.

    One JSON object a device; an instant is empty until it happened.
    """
    door, _ = vtn_door()
    for ven in door.vens():
        _print_ven(ven)


@vtn.command("disable")
def disable(ven_ids: VenIds) -> None:
    """Let devices of the roster speak no more; their URLs are refused at once.

    What they reported stays. If one is not on the roster, nothing is changed.
    """
    _switch(ven_ids, is_enabled=False)


@vtn.command("enable")
def enable(ven_ids: VenIds) -> None:
    """Let disabled devices speak again, with the URLs they have.

    If one is not on the roster, nothing is changed.
    """
    _switch(ven_ids, is_enabled=True)


def _switch(ven_ids: list[str], *, is_enabled: bool) -> None:
    door, _ = vtn_door()
    for ven in _known(door, ven_ids).values():
        _print_ven(door.switch(ven, is_enabled=is_enabled))


def _known(door: Vtn, ven_ids: Iterable[str]) -> dict[str, VenStatus]:
    """Give the entries of some VENs, every one of which must be on the roster."""
    roster = {ven.ven_id: ven for ven in door.vens()}
    if unknown := [ven_id for ven_id in ven_ids if ven_id not in roster]:
        raise InputError(
            f"VTN roster: got {', '.join(map(repr, unknown))}, expected VENs on it; "
            "`ter vtn list` names them"
        )
    return {ven_id: roster[ven_id] for ven_id in ven_ids}


def _changed(
    ven: VenStatus,
    *,
    token_sha256: str = KEPT,
    certificate_sha256: str = KEPT,
    certificate_expires_at: str = KEPT,
) -> VenEnrolment:
    """Give an entry that is known by something else and is the same otherwise."""
    return VenEnrolment(
        ven.ven_id,
        ven.ven_name,
        token_sha256,
        certificate_sha256,
        certificate_expires_at,
        ven.must_sign,
        ven.is_enabled,
    )


def _read_for_one(certificate: Path, ven_ids: list[str]) -> DeviceCertificate:
    if len(ven_ids) != 1:
        raise InputError(
            f"--certificate: got {len(ven_ids)} devices, expected one: no two share one"
        )
    return _read_faultless(certificate)


def _read_faultless(file: Path) -> DeviceCertificate:
    device = read_device_certificate(file)
    if faults := find_faults(device, datetime.now(UTC)):
        raise InputError(f"{file}: {'; '.join(faults)}")
    return device


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _print_access(
    ven_id: str, devices_url: str, token: str, device: DeviceCertificate | None
) -> None:
    path = OPENADR_PREFIX.replace("{token}", token) if token else OPENADR_PATH
    print(
        json.dumps(
            {
                "ven_id": ven_id,
                **({"token": token} if token else {}),
                "url": devices_url + path,
                **(device.describe(datetime.now(UTC)) if device else {}),
            }
        )
    )


def _print_ven(ven: VenStatus) -> None:
    told = ven.to_json()
    del told["ven_name"]
    print(json.dumps(told))


def _require_own_names(ven_ids: list[str]) -> list[str]:
    if taken := OTHER_SOURCES.intersection(ven_ids):
        raise InputError(
            f"got the name {', '.join(sorted(taken))}, which means another kind of "
            "source in meter lists; expected a name of the device's own"
        )
    return ven_ids
