"""What a check of a device's connection says, step by step, and what it is told."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult

SECONDS = 10


@dataclass(frozen=True)
class Step:
    """One thing that was looked at.

    Args:
        step: What was looked at.
        is_ok: Whether it is as it should be.
        got: What was found.
        do: What to do about it; empty if nothing.
    """

    step: str
    is_ok: bool
    got: str
    do: str = ""


def well(step: str, got: str) -> Step:
    """Tell of something that is as it should be."""
    return Step(step, is_ok=True, got=got)


def wrong(step: str, got: str, do: str) -> Step:
    """Tell of something that is not, and what to do."""
    return Step(step, is_ok=False, got=got, do=do)


@dataclass(frozen=True)
class Device:
    """How a device calls.

    Args:
        url: What it has been given, up to the version of OpenADR.
        cert: Its certificate and
        key: the key of it; None if it shows none.
        ca: The authorities it trusts; None for those of this machine.
        must_sign: Whether it is known that it has to sign, which is not tried here.
    """

    url: str
    cert: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    must_sign: bool = False


def port_of(url: SplitResult) -> int:
    """Give the port of a URL, which may be the usual one of its scheme.

    Raises:
        ValueError: If what stands there is no port.
    """
    return url.port or (443 if url.scheme == "https" else 80)
