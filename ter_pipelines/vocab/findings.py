"""Findings: what a rule saw, as data.

VEE, asset checks, the command line and the API all show the same findings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One thing a rule found.

    Args:
        code: Dotted name of the rule's case, such as `price.implausible`.
        subject: What it is about: a meter, a device, an operating day.
        facts: The numbers, as text so that no digit is lost.
    """

    code: str
    subject: str
    facts: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Give the finding as one readable line."""
        facts = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"{self.code} {self.subject}" + (f": {facts}" if facts else "")
