"""Fills the templates: everything from outside is text, everything named is there.

A page that is served gets a `Site`; one that stands alone in a file gets none and
carries its style with it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

_STYLE = "style.css"


@dataclass(frozen=True)
class SiteLink:
    """A page one can go to."""

    name: str
    href: str
    is_here: bool = False


@dataclass(frozen=True)
class Site:
    """What stands around a page that is served.

    Args:
        title: Of the programme.
        links: The pages that whoever looks may see.
        user: Who is signed in; empty if nobody is.
    """

    title: str
    links: Sequence[SiteLink] = ()
    user: str = ""

    @property
    def style_href(self) -> str:
        """Give the style's address, another one whenever the style is another."""
        return f"/pages/{_STYLE}?v={style()[1]}"


def fill(template: str, context: Mapping[str, object]) -> str:
    """Fill a template of this folder.

    Args:
        template: Its file name.
        context: Its values by name; `site` among them where it is served.

    Raises:
        jinja2.UndefinedError: If the template names something that is not there.
    """
    return _environment().get_template(template).render({"site": None, **context})


@cache
def style() -> tuple[str, str]:
    """Give the style of all pages, and a short name for this version of it."""
    text = (files("ter_pipelines.pages") / _STYLE).read_text(encoding="utf-8")
    return text, hashlib.sha256(text.encode()).hexdigest()[:12]


@cache
def icon() -> str:
    """Give the picture that stands in the browser's tab, as SVG."""
    return (files("ter_pipelines.pages") / "icon.svg").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("ter_pipelines", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
