"""Who belongs to whom in a feed: resources joined by their entries' links.

Links join entries; inside one entry, nesting does. A resource is looked for by exact
address, then by the longest address that leads to it, then by what contains it. The
only one of its kind counts where the feed has a single meter reading. Nothing else is
guessed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from ter_pipelines.formats.espi.numbers import UnusableError

T = TypeVar("T")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a document a resource stands.

    Args:
        number: Of the resource or entry in document order, from 1.
        entry: Number of its entry; 0 outside any.
        inside: Numbers of the entries and resources around it, outermost first.
    """

    number: int
    entry: int
    inside: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Links:
    """What an entry says about itself.

    Args:
        own: `self` addresses.
        up: Collections it belongs to.
        related: Resources it refers to.
        entry_id: Its Atom id.
        label: What a person finds it by.
        updated_utc: When it was published last.
    """

    own: tuple[str, ...] = ()
    up: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    entry_id: str = ""
    label: str = "outside any entry"
    updated_utc: datetime | None = None


@dataclass(slots=True)
class Resource(Generic[T]):
    """A resource, where it stands, and what it holds."""

    place: Place
    links: Links
    content: T
    related: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Start with the related addresses of its own entry."""
        self.related.update(self.links.related)


@dataclass(slots=True)
class Family(Generic[T]):
    """All resources of one kind in a feed.

    Args:
        kind: What to call one of them, such as `meter reading`.
        reason: Code for a child that has no parent here.
    """

    kind: str
    reason: str
    members: list[Resource[T]] = field(default_factory=list)
    _by_own: dict[str, list[Resource[T]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _by_related: dict[str, list[Resource[T]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _by_number: dict[int, Resource[T]] = field(default_factory=dict)
    _by_scope: dict[int, list[Resource[T]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, resource: Resource[T]) -> None:
        """Take a resource in; one that is there already only adds its links."""
        known = self._same_as(resource)
        member = known or resource
        self._by_number[resource.place.number] = member
        for scope in resource.place.inside or (0,):
            self._by_scope[scope].append(member)
        if known is None:
            self.members.append(member)
            for href in resource.links.own:
                self._by_own[href].append(member)
        member.related.update(resource.related)
        for href in resource.related:
            self._by_related[href].append(member)

    def parent_of(
        self, place: Place, links: Links, *, is_alone_enough: bool
    ) -> Resource[T]:
        """Find the one resource of this kind that something belongs to.

        Args:
            place: Where the child stands.
            links: Of the child's entry.
            is_alone_enough: Whether the only one of its kind will do.

        Raises:
            UnusableError: If there is none, or more than one at the first step that
                finds any.
        """
        steps: Sequence[Callable[[], Iterable[Resource[T]]]] = (
            lambda: self._elsewhere(self._exact(links), place),
            lambda: self._elsewhere(self._leading_to(links), place),
            lambda: self._around(place),
            lambda: self.members if is_alone_enough else (),
        )
        for step in steps:
            found: Resource[T] | None = None
            for member in step():
                if found is not None and found is not member:
                    raise self._refusal(links, "more than one")
                found = member
            if found is not None:
                return found
        raise self._refusal(links, "none")

    def _same_as(self, resource: Resource[T]) -> Resource[T] | None:
        for href in resource.links.own:
            for known in self._by_own.get(href, ()):
                is_elsewhere = known.place.entry != resource.place.entry
                if is_elsewhere and known.content == resource.content:
                    return known
        return None

    def _exact(self, links: Links) -> Iterable[Resource[T]]:
        for href in (*links.up, *links.related):
            yield from self._by_own.get(href, ())
        for href in (*links.own, *links.up):
            yield from self._by_related.get(href, ())

    def _leading_to(self, links: Links) -> Iterable[Resource[T]]:
        leading = [self._longest(href) for href in (*links.up, *links.own)]
        longest = max(leading, key=len, default="")
        for href in {href for href in leading if len(href) == len(longest)}:
            yield from self._by_own.get(href, ())

    def _longest(self, href: str) -> str:
        """Give the longest address of a member that a link starts with, or nothing."""
        while href and href not in self._by_own:
            href = href.rpartition("/")[0]
        return href

    def _around(self, place: Place) -> Iterable[Resource[T]]:
        """Give what is inside something, or around it, or beside it; nearest first."""
        outermost = () if place.entry else (0,)
        for scope in (place.number, *reversed(place.inside), *outermost):
            if scope in self._by_number:
                return [self._by_number[scope]]
            if members := self._by_scope.get(scope):
                return members
        return ()

    @staticmethod
    def _elsewhere(
        members: Iterable[Resource[T]], place: Place
    ) -> Iterable[Resource[T]]:
        """Leave out what shares the child's entry, and so its links."""
        return (m for m in members if not m.place.entry or m.place.entry != place.entry)

    def _refusal(self, links: Links, got: str) -> UnusableError:
        hrefs = ", ".join((*links.own, *links.up, *links.related)[:_SHOWN]) or "nothing"
        return UnusableError(
            self.reason, f"{self.kind}: got {got} by links {hrefs}, expected one"
        )
