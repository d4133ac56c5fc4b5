"""Every package the project needs is pinned, and what is installed is the pin."""

import importlib.metadata
import tomllib
from collections.abc import Iterable

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT

EXTRAS = ("dev",)


def test_every_needed_package_is_pinned() -> None:
    pins = _pins()

    assert sorted(_needed() - pins.keys()) == []


def test_every_installed_package_is_the_pinned_one() -> None:
    pins = _pins()

    differing = {
        name: f"installed {version}, pinned {pins[name]}"
        for name in _needed() & pins.keys()
        if f"=={(version := importlib.metadata.version(name))}" != pins[name]
    }

    assert differing == {}


def _pins() -> dict[str, str]:
    """Give the version of each pin that holds here, written `==1.2.3`."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    stated = [line.partition("#")[0].strip() for line in lines]
    pins = [Requirement(line) for line in stated if line]
    return {
        canonicalize_name(pin.name): str(pin.specifier)
        for pin in pins
        if pin.marker is None or pin.marker.evaluate()
    }


def _needed() -> set[str]:
    """Name what the project needs here, and what that needs, and so on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["optional-dependencies"][extra] for extra in EXTRAS]
    lines = [*project["dependencies"], *(line for group in groups for line in group)]
    needed: set[str] = set()
    waiting = [Requirement(line) for line in lines]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        known = (name, frozenset(requirement.extras))
        if known in seen:
            continue
        seen.add(known)
        needed.add(name)
        theirs = importlib.metadata.requires(name) or []
        waiting += _that_hold(map(Requirement, theirs), requirement.extras)
    return needed


def _that_hold(
    requirements: Iterable[Requirement], extras: set[str]
) -> list[Requirement]:
    """Choose the requirements that hold on this machine, with these extras."""
    return [
        requirement
        for requirement in requirements
        if requirement.marker is None
        or any(requirement.marker.evaluate({"extra": e}) for e in ("", *extras))
    ]
