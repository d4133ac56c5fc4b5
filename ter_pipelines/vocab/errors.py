"""The error tree.

Three kinds, by what the reader can do: mend the input, try again, mend the settings.
A message names the subject, what was got and what was expected.
"""

from collections.abc import Mapping, Sequence


class TerError(Exception):
    """Anything this program says no to."""


class InputError(TerError):
    """The input is wrong; trying again cannot help."""


class FieldError(InputError):
    """A submission is wrong in one or more named fields.

    Args:
        subject: What was submitted.
        fields: Field path to the messages about it.
    """

    def __init__(self, subject: str, fields: Mapping[str, Sequence[str]]) -> None:
        """Keep the messages by field and join them into one line."""
        self.fields = {path: list(messages) for path, messages in fields.items()}
        lines = [f"{path}: {' '.join(texts)}" for path, texts in self.fields.items()]
        super().__init__(f"{subject}: " + "; ".join(lines))


class FormatError(InputError):
    """Bytes do not follow the format they claim to be in."""


class GapError(InputError):
    """Intervals that must be there are not."""


class RemoteError(TerError):
    """Another system did not give the agreed answer; trying again may help."""


class SettingsError(TerError):
    """Settings are missing or contradict each other; the program does not start."""


class DiskFullError(TerError):
    """There is no room to write; nothing was changed, and trying again may help."""
