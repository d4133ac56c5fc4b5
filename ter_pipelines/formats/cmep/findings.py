"""What reading a CMEP file finds: a code, a line, and a reason a person can act on.

Nothing that stands in a file is left out in silence: it is read, or it is found here.
"""

from dataclasses import dataclass, field

REFUSED = "refused"
REMARKED = "remarked"
NOT_USAGE = "not_usage"

UNREADABLE_LINE = "cmep.unreadable_line"
LINE_END = "cmep.line_end"
OVER_LIMIT = "cmep.over_limit"
OTHER_RECORD = "cmep.other_record"
BAD_HEADER = "cmep.bad_header"
TRUNCATED_RECORD = "cmep.truncated_record"
WORD_FOR_EMPTY = "cmep.word_for_empty"
PADDED_INTERVAL = "cmep.padded_interval"
CONTRADICTED_INTERVAL = "cmep.contradicted_interval"
UNKNOWN_INTERVAL = "cmep.unknown_interval"
BAD_TIME = "cmep.bad_time"
REPEATED_HOUR = "cmep.repeated_hour"
REPEATED_TIME = "cmep.repeated_time"
BAD_FLAG = "cmep.bad_flag"
BAD_VALUE = "cmep.bad_value"
FLAGGED_UNUSABLE = "cmep.flagged_unusable"
FLAGGED_ODD = "cmep.flagged_odd"
OTHER_PURPOSE = "cmep.other_purpose"

SHOWN = 120


@dataclass(frozen=True)
class CmepFinding:
    """One thing found on a line.

    Args:
        code: Which rule, such as `cmep.bad_flag`.
        severity: `refused`, the line or triple was not read; `remarked`, it was, but
            is odd; `not_usage`, it was, and must not be billed.
        line_number: From 1.
        reason: What was got and what was expected.
        triple: From 1; 0 if it is about the whole line.
        meter_id: Empty where the line does not say it.
        sent: The start of the line, or the triple, as sent.
    """

    code: str
    severity: str
    line_number: int
    reason: str
    triple: int = 0
    meter_id: str = ""
    sent: str = ""

    def __str__(self) -> str:
        """Give the finding as one readable line."""
        triple = f", triple {self.triple}" if self.triple else ""
        return f"line {self.line_number}{triple}: {self.reason}"


class LineRefusedError(ValueError):
    """A line that cannot be read.

    Args:
        code: Of the finding it becomes.
        reason: What was got and what was expected.
    """

    def __init__(self, code: str, reason: str) -> None:
        """Keep the code beside the reason."""
        super().__init__(reason)
        self.code = code


@dataclass
class Notes:
    """The findings of one line, as they are made."""

    line_number: int
    meter_id: str = ""
    findings: list[CmepFinding] = field(default_factory=list)

    def add(
        self, code: str, severity: str, reason: str, triple: int = 0, sent: str = ""
    ) -> None:
        """Note a finding on this line, or on a triple of it."""
        number, cut = self.line_number, sent[:SHOWN]
        self.findings.append(
            CmepFinding(code, severity, number, reason, triple, self.meter_id, cut)
        )
