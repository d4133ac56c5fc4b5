"""`ter vtn doctor`: what is right and wrong with a device's connection."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ter_pipelines.cli.certificates import read_device_certificate
from ter_pipelines.cli.door import vtn_door
from ter_pipelines.cli.probe import probe
from ter_pipelines.cli.status import days_left
from ter_pipelines.cli.steps import Device, Step, well, wrong
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.vocab.errors import InputError, TerError
from vtn_service.contract import OPENADR_PATH, Refused, VenStatus

EXIT_FOUND = 1
MOST_REFUSALS = 5
doctor = typer.Typer()


@dataclass(frozen=True)
class Subject:
    """Whose connection is looked at: each part may be empty."""

    ven_id: str
    certificate_sha256: str
    address: str


@dataclass(frozen=True)
class Window:
    """What the VTN tells through its control door."""

    vens: list[VenStatus]
    refusals: list[Refused]


@doctor.command("doctor")
def examine(
    ven_id: Annotated[str, typer.Argument(help="venID, if it is known.")] = "",
    *,
    url: Annotated[
        str, typer.Option(help="URL the device was given; with it the way is tried.")
    ] = "",
    cert: Annotated[
        Path | None, typer.Option(help="The device's certificate, PEM.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="The key of that certificate, PEM.")
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(help="Authorities the device trusts, PEM; else this machine's."),
    ] = None,
    address: Annotated[
        str, typer.Option(help="Address the device calls from, as the VTN sees it.")
    ] = "",
) -> None:
    """Say step by step what is right and wrong with a device's connection.

    With a URL the way to the VTN is tried as the device would; run it where the device
    is. With the VTN's control door in reach it is told what the VTN knows: the roster,
    when the device was heard, and what was refused lately. One JSON object a step:
    what was looked at, whether it is well, what was found and what to do. Exits with 1
    if something is wrong, with 2 if nothing could be looked at.
    """
    if not (ven_id or url or cert or address):
        raise InputError("doctor: got nothing, expected VEN_ID, --url or --cert")
    door, devices_url = vtn_door()
    if cert and not url and devices_url:
        url = devices_url + OPENADR_PATH
    subject = Subject(ven_id, _fingerprint_of(cert), address)
    if not _is_well(door, subject, Device(url, cert, key, ca)):
        raise typer.Exit(EXIT_FOUND)


def _is_well(door: Vtn, subject: Subject, device: Device) -> bool:
    """Look from the device's side, then from the VTN's; tell whether all is well."""
    before = _look_in(door, is_needed=not device.url)
    ven = _find(before, subject) if before else None
    device = replace(device, must_sign=bool(ven and ven.must_sign))
    is_well = _print_all(probe(device) if device.url else ())
    after = _look_in(door, is_needed=False) if before else None
    if before and after:
        ven = _find(after, subject)
        is_well &= _print_all(_look_at_roster(ven, subject))
        new = [
            refused
            for refused in after.refusals
            if not refused.ven_id and refused not in before.refusals
        ]
        is_well &= _print_all(_look_at_refusals(after, new, ven, subject))
    return is_well


def _fingerprint_of(cert: Path | None) -> str:
    """Give the fingerprint of a file; empty if it is not fit, which the probe tells."""
    try:
        return read_device_certificate(cert).sha256 if cert else ""
    except (InputError, OSError):
        return ""


def _look_in(door: Vtn, *, is_needed: bool) -> Window | None:
    """Ask the VTN; if it cannot be asked, that may be all there is, or not matter."""
    try:
        return Window(door.vens(), door.refusals())
    except TerError as error:
        if is_needed:
            raise
        remark = f"Not looked at from the VTN's side: {error}"
        Console(stderr=True).print(remark, markup=False, highlight=False)
        return None


def _find(window: Window, subject: Subject) -> VenStatus | None:
    """Give the VEN it is about: by its id, or by its certificate."""
    if subject.ven_id:
        found = (ven for ven in window.vens if ven.ven_id == subject.ven_id)
    else:
        sha256 = subject.certificate_sha256
        found = (ven for ven in window.vens if sha256 == ven.certificate_sha256 != "")
    return next(found, None)


def _look_at_roster(ven: VenStatus | None, subject: Subject) -> Iterator[Step]:
    if ven is None:
        if subject.ven_id or subject.certificate_sha256:
            got = "nobody on the roster has this venID or certificate"
            do = "`ter vtn enrol` puts it there, `ter vtn list` shows who is"
            yield wrong("roster", got, do)
        return
    known_by = " and ".join(
        name
        for name, is_so in (
            ("a token", ven.has_token),
            ("a certificate", ven.certificate_sha256),
        )
        if is_so
    )
    signs = ", must sign" if ven.must_sign else ""
    got = f"{ven.ven_id}, known by {known_by}{signs}"
    if ven.is_enabled:
        yield well("roster", f"{got}, enabled")
    else:
        do = "`ter vtn enable` lets it speak again"
        yield wrong("roster", f"{got}, disabled", do)
    if ven.certificate_sha256:
        yield from _look_at_enrolled_certificate(ven, subject)
    yield from _look_at_standing(ven)


def _look_at_enrolled_certificate(ven: VenStatus, subject: Subject) -> Iterator[Step]:
    name, got = "enrolled_certificate", f"SHA-256 {ven.certificate_sha256}"
    left = days_left(ven.certificate_expires_at, datetime.now(UTC))
    do = f"`ter vtn cert {ven.ven_id} FILE` enrols the one it has now"
    if subject.certificate_sha256 not in {"", ven.certificate_sha256}:
        yield wrong(name, f"{got}, which is not the one of the file", do)
    elif left is not None and left < 0:
        yield wrong(name, f"{got}, expired at {ven.certificate_expires_at}", do)
    else:
        yield well(name, got if left is None else f"{got}, {left} days left")


def _look_at_standing(ven: VenStatus) -> Iterator[Step]:
    if ven.registered_at:
        yield well("registered", ven.registered_at)
    else:
        do = "start the device anew, so that it registers"
        yield wrong("registered", "not registered", do)
    if ven.silent_since:
        do = "see that the device runs and reaches the VTN: --url on its machine"
        yield wrong("heard", f"silent since {ven.silent_since}", do)
    else:
        yield well("heard", f"last poll {ven.last_poll_at or 'never'}")
    waiting = {"events": ven.unanswered_events, "asks": ven.unanswered_asks}
    for step, count in waiting.items():
        if count:
            do = f"it was told of {step} and does not answer: look at its own log"
            yield wrong(step, f"{count} unanswered", do)
        else:
            yield well(step, "none unanswered")


def _look_at_refusals(
    window: Window, new: list[Refused], ven: VenStatus | None, subject: Subject
) -> Iterator[Step]:
    """Tell what was refused; what the device has polled after is over."""
    last_poll_at = ven.last_poll_at if ven else ""
    concerning = [
        refused
        for refused in window.refusals
        if refused in new or _concerns(refused, ven, subject)
    ]
    for refused in concerning[:MOST_REFUSALS]:
        status = f"{refused.status} " if refused.status else ""
        got = f"{refused.at} from {refused.address}: {status}{refused.reason}"
        if refused not in new and refused.at < last_poll_at:
            yield well("refused", f"{got}; it has polled since")
        else:
            yield wrong("refused", got, "mend what the reason names, and try again")
    if not concerning:
        yield well("refused", "nothing, as far back as the VTN remembers")


def _concerns(refused: Refused, ven: VenStatus | None, subject: Subject) -> bool:
    certificates = {subject.certificate_sha256, ven.certificate_sha256 if ven else ""}
    return (
        (subject.ven_id or (ven.ven_id if ven else None)) == refused.ven_id
        or refused.certificate_sha256 in certificates - {""}
        or (subject.address != "" and refused.address == subject.address)
    )


def _print_all(steps: Iterable[Step]) -> bool:
    """Print each step when it is done; tell whether all are well."""
    is_well = True
    for step in steps:
        print(json.dumps(asdict(step)), flush=True)
        is_well &= step.is_ok
    return is_well
