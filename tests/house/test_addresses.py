"""The tree names no address but its own, examples, and the namespaces of standards."""

import ipaddress
import re
from collections.abc import Callable

from tests.house.tree import place, project_files, text_of

NAMESPACES = {"docs.oasis-open.org", "openadr.org", "www.w3.org", "naesb.org"}
LOOPBACK = {"localhost", "[::1]"}
EXAMPLES = ("example.com", "example.org", "example.net", ".example", ".invalid")
_URL = re.compile(r"""(?:https?|ftp|git|ssh)://([^\s/"'<>`?#)]*)""")
_NAME = re.compile(r"(?<![\w.@-])((?:[a-z0-9-]+\.)+(?:org|com|io|net|dev))(?![\w.(-])")
_QUAD = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])")
_SOURCE_OF_PACKAGES = re.compile(
    r"(?:index-url|find-links|trusted-host|registry)\s*[=:]"
)


def test_no_url_leads_out_of_the_house() -> None:
    assert _found(_URL, _is_ours) == []


def test_no_host_is_named_but_examples_and_namespaces() -> None:
    assert _found(_NAME, _is_ours) == []


def test_no_address_is_named_but_loopback_and_those_for_documentation() -> None:
    assert _found(_QUAD, _is_loopback_or_documentation) == []


def test_no_file_says_where_packages_come_from() -> None:
    config = {".toml", ".txt", ".cfg", ".ini", ".yaml", ".yml", ""}
    places = [
        place(file, number)
        for file in project_files()
        if file.suffix in config
        for number, line in enumerate((text_of(file) or "").splitlines(), start=1)
        if _SOURCE_OF_PACKAGES.search(line)
    ]

    assert places == []


def test_an_address_outside_is_seen() -> None:
    assert not _is_ours("packages.elsewhere.test")
    assert not _is_ours(str(ipaddress.IPv4Address(2**27 + 8)))
    assert _is_ours("127.0.0.2:8081")
    assert not _is_loopback_or_documentation(str(ipaddress.IPv4Address(2**27 + 8)))
    assert _is_ours("127.0.0.1:8081")
    assert _is_ours("api.example.com")


def _found(pattern: re.Pattern[str], is_allowed: Callable[[str], bool]) -> list[str]:
    return [
        f"{place(file, number)} {found}"
        for file in project_files()
        for number, line in enumerate((text_of(file) or "").splitlines(), start=1)
        for found in pattern.findall(line)
        if not is_allowed(found)
    ]


def _is_ours(host: str) -> bool:
    """Tell whether a host may be named; a bare word or one made at run time may."""
    name = host.rpartition("@")[2].replace("\\", "")
    name = name if name.startswith("[") else name.partition(":")[0]
    if "." not in name or "{" in host:
        return True
    is_example = any(
        name == e.lstrip(".") or name.endswith(f".{e.lstrip('.')}") for e in EXAMPLES
    )
    return is_example or name in NAMESPACES | LOOPBACK or _is_loopback(name)


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.IPv4Address(text).is_loopback
    except ValueError:
        return False


def _is_loopback_or_documentation(text: str) -> bool:
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        return True
    return address.is_loopback or address.is_private or address.is_unspecified
