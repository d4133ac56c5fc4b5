"""`ter settle` of the month after: a correction is a line of the next statement."""

from pathlib import Path

from tests.pipeline.test_cli_settle import PRICE_LINES, USAGE_LINES, files, settle


def in_december(line: str) -> str:
    """Move a line of the worked day, which is long, to 1 December."""
    return line.replace("2024-11-03", "2024-12-01").replace("2024-11-04", "2024-12-02")


def test_what_a_month_before_was_corrected_by_stands_on_the_next_statement(
    tmp_path: Path,
) -> None:
    before, after, december = (tmp_path / name for name in ("before", "after", "dec"))
    before.write_text(settle(*files(tmp_path)).text)
    corrected = [line.replace("2.100", "2.350") for line in USAGE_LINES]
    after.write_text(settle(*files(tmp_path, usage=corrected), "--before", before).text)
    words = files(
        tmp_path,
        usage=[in_december(line) for line in USAGE_LINES[1:]],
        prices=[in_december(line) for line in PRICE_LINES[1:]],
    )

    told = settle(*words, "--before", before, "--before", after)
    december.write_text(told.text)
    again = settle(*words, "--before", before, "--before", after, "--before", december)

    amounts = {line["line_code"]: line["amount"] for line in told.one["lines"]}
    assert told.one["label"] == "INITIAL"
    assert amounts["adjustment.2024-11"] == "0.13"
    assert "says what the statement before says" in again.remarks
