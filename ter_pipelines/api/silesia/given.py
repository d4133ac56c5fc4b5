"""What a client gave: the members of a JSON object, read one by one.

Every member that is wrong gets a message, in the words the clients know; `done`
refuses them together. Members nobody asks for are let be, as they always were.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NoReturn

from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.strict_json import JsonNumber, parse_json, read_number
from ter_pipelines.vocab.units import plain

REQUIRED = object()
MOST_NAMES = 1000
MISSING = "This field is required."
NULL = "This field may not be null."
BLANK = "This field may not be blank."
NUL_CHARACTER = "Null characters are not allowed."
_WHOLE = re.compile(r"-?[0-9]{1,18}")


class Given:
    """The members of a JSON object.

    A default that is `REQUIRED` says that the member must be there.

    Args:
        body: JSON, as it came.

    Raises:
        FormatError: If it is not JSON.
        FieldError: If it is no object.
    """

    def __init__(self, body: bytes) -> None:
        """Read the object."""
        value = parse_json(body)
        if not isinstance(value, dict):
            kind = "list" if isinstance(value, list) else "value"
            wrong = f"Invalid data. Expected a dictionary, but got {kind}."
            raise FieldError("body", {"non_field_errors": [wrong]})
        self._members = value
        self._errors: dict[str, list[str]] = {}

    def __contains__(self, name: str) -> bool:
        """Tell whether a member is there."""
        return name in self._members

    def done(self) -> None:
        """End reading.

        Raises:
            FieldError: With a message for every member that is wrong.
        """
        if self._errors:
            raise FieldError("body", self._errors)

    def refuse(self, name: str, message: str) -> None:
        """Say what is wrong with a member."""
        self._errors.setdefault(name, []).append(message)

    def text(
        self,
        name: str,
        longest: int,
        default: object = REQUIRED,
        *,
        may_be_blank: bool = False,
    ) -> str:
        """Read text of one line; blanks around it go, and a number is text too."""
        value = self._value(name, default)
        if value is None:
            return ""
        text = value.strip() if isinstance(value, str) else None
        wrong = _fault_of_text(text, longest, may_be_blank=may_be_blank)
        return self._wrong_text(name, wrong) if wrong or text is None else text

    def password(self, name: str, longest: int) -> str:
        """Read a password, whose blanks count."""
        value = self._value(name, REQUIRED)
        if value is None:
            return ""
        if not isinstance(value, str) or isinstance(value, JsonNumber):
            return self._wrong_text(name, "Not a valid string.")
        if "\0" in value:
            return self._wrong_text(name, NUL_CHARACTER)
        if not value:
            return self._wrong_text(name, BLANK)
        if len(value) > longest:
            wrong = f"Ensure this field has no more than {longest} characters."
            return self._wrong_text(name, wrong)
        return value

    def whole(self, name: str, allowed: range, default: object = REQUIRED) -> int:
        """Read a whole number; as text too."""
        value = self._value(name, default)
        if isinstance(value, int) and value is default:
            return value
        if value is None:
            return 0
        if not isinstance(value, str) or not _WHOLE.fullmatch(value.strip()):
            self.refuse(name, "A valid integer is required.")
            return 0
        number = int(value)
        if number < allowed[0]:
            least = f"Ensure this value is greater than or equal to {allowed[0]}."
            self.refuse(name, least)
        elif number > allowed[-1]:
            most = f"Ensure this value is less than or equal to {allowed[-1]}."
            self.refuse(name, most)
        return number

    def choice(self, name: str, allowed: Sequence[int], default: object) -> int:
        """Read one of a few numbers; as text too."""
        value = self._value(name, default)
        if isinstance(value, int) and value is default:
            return value
        if value is None:
            return 0
        if not isinstance(value, str) or value not in {str(each) for each in allowed}:
            shown = value if isinstance(value, str) else type(value).__name__
            self.refuse(name, f'"{shown[:40]}" is not a valid choice.')
            return 0
        return int(value)

    def word(self, name: str, allowed: Sequence[str], default: str | None) -> str:
        """Read one of a few words, or none of them: empty where it is null."""
        if name not in self._members:
            return default or ""
        value = self._members[name]
        if value is None and default is None:
            return ""
        if value not in allowed or isinstance(value, JsonNumber):
            expected = ", ".join(allowed)
            self.refuse(name, f"Not a valid choice; expected one of {expected}.")
            return ""
        return str(value)

    def flag(self, name: str, default: object) -> bool:
        """Read true or false."""
        value = self._value(name, default)
        if not isinstance(value, bool):
            if value is not None:
                self.refuse(name, "Must be a valid boolean.")
            return False
        return value

    def decimal(self, name: str, limit: Decimal, default: Decimal | None) -> Decimal:
        """Read a number between -limit and limit that must be there, or its default."""
        found = self.perhaps_decimal(name, limit, default)
        if found is None and name in self._members and name not in self._errors:
            self.refuse(name, NULL)
        return Decimal(1) if found is None else found

    def perhaps_decimal(
        self, name: str, limit: Decimal, default: Decimal | None
    ) -> Decimal | None:
        """Read a number between -limit and limit, as text too; None if it is null."""
        if name not in self._members:
            return default
        value = self._members[name]
        if value is None:
            return None
        try:
            number = read_number(value)
        except ValueError:
            self.refuse(name, "A valid number is required.")
            return None
        if abs(number) > limit or len(plain(number)) > 24:  # noqa: PLR2004
            wrong = f"Ensure this value is from {-limit} to {limit}."
            self.refuse(name, wrong)
            return None
        return number

    def names(self, name: str) -> list[str]:
        """Read a list of names that is not empty."""
        value = self._value(name, REQUIRED)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(name, "Expected a list of items.")
            return []
        if not value:
            self.refuse(name, "This list may not be empty.")
        if len(value) > MOST_NAMES:
            self.refuse(
                name, f"Ensure this field has no more than {MOST_NAMES} elements."
            )
            return []
        return [str(each)[:128] for each in value]

    def _value(self, name: str, default: object) -> object:
        """Give a member or its default; None if it is null or missing, and told so."""
        if name not in self._members:
            if default is REQUIRED:
                self.refuse(name, MISSING)
                return None
            return default
        value = self._members[name]
        if value is None:
            self.refuse(name, NULL)
        return value

    def _wrong_text(self, name: str, message: str) -> str:
        self.refuse(name, message)
        return ""


def refuse_field(name: str, message: str) -> NoReturn:
    """Refuse one member.

    Raises:
        FieldError: Always.
    """
    raise FieldError("body", {name: [message]})


def _fault_of_text(text: str | None, longest: int, *, may_be_blank: bool) -> str:
    """Say what is wrong with text; nothing if it is right."""
    if text is None:
        return "Not a valid string."
    if "\0" in text:
        return NUL_CHARACTER
    if not text.isprintable():
        return "Not a valid string."
    if not text and not may_be_blank:
        return BLANK
    if len(text) > longest:
        return f"Ensure this field has no more than {longest} characters."
    return ""
