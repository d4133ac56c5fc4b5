"""What a meter-data system says about a file it was sent."""

from dataclasses import dataclass

from ter_pipelines.vocab.errors import InputError


@dataclass(frozen=True)
class Receipt:
    """What the system answered when it took a file.

    Args:
        status_code: Of the HTTP answer; None over SFTP.
        text: What it said, or what was seen there.
    """

    status_code: int | None
    text: str


class RefusedFileError(InputError):
    """The system will not take the file as it is, however often it is sent.

    Args:
        status_code: Of its answer; None over SFTP.
        message: What it said.
    """

    def __init__(self, status_code: int | None, message: str) -> None:
        """Keep the status beside the message."""
        super().__init__(message)
        self.status_code = status_code
