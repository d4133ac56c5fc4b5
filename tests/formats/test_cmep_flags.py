"""CMEP flags: what each dialect says, and what of it is used, remarked or kept back."""

import pytest

from tests.formats.cmep_lines import body_of, codes, line, read, values

SENSUS = {"sender": "SENSUS", "version": "20080501"}


@pytest.mark.parametrize(
    ("sender", "flag", "quality"),
    [
        ("NHEC", "", ""), ("NHEC", "R", "R"), ("NHEC", "E", "E"), ("NHEC", "A", "A"),
        ("NHEC", "N", "N"), ("SENSUS", "R0", "R"), ("SENSUS", "R4", "R"),
        ("SENSUS", "N32", "N"), ("SENSUS", "E0", "E"), ("SENSUS", "A64", "A"),
        ("DCSI", "A", "R"), ("DCSI", "N0", "N"), ("YUKON", "R 00 00", "R"),
        ("YUKON", "R 00 0A", "R"),
    ],
)  # fmt: skip
def test_every_dialect_is_told_in_the_specifications_letters(
    sender: str, flag: str, quality: str
) -> None:
    text = line(f"202411030500,{flag},1.5", sender=sender)

    [one], findings = read(body_of(text))

    [reading] = one.record.readings
    assert (reading.flag, one.quality(reading)) == (flag, quality)
    assert findings == []


@pytest.mark.parametrize("header", [{}, {"sender": "DCSI"}, SENSUS])
@pytest.mark.parametrize("flag", ["N", "N0", "N32", "N4096"])
@pytest.mark.parametrize("value", ["", "0", "123.4", "None", "-1"])
def test_what_is_missing_never_loads_as_a_number(
    header: dict[str, str], flag: str, value: str
) -> None:
    lines, _ = read(body_of(line(f"202411030500,{flag},{value}", **header)))

    assert values(lines) == [None]


@pytest.mark.parametrize(
    ("flag", "said"),
    [("R32", "missing"), ("R512", "overflow"), ("R4096", "test mode"),
     ("E4640", "missing, overflow, test mode")],
)  # fmt: skip
def test_a_sensus_mask_keeps_a_value_back(flag: str, said: str) -> None:
    text = f"202411030500,R0,1,202411030600,{flag},9"

    lines, findings = read(body_of(line(text, **SENSUS)))
    elsewhere, nothing = read(body_of(line(text)))

    assert values(lines) == [1]
    assert codes(findings) == ["flagged_unusable"]
    assert said in findings[0].reason
    assert values(elsewhere) == [1, 9]
    assert nothing == []


@pytest.mark.parametrize(
    ("flag", "said"),
    [("R1024", "long interval"), ("R2048", "short interval"), ("R8192", "rollover"),
     ("R128", "out of service")],
)  # fmt: skip
def test_a_sensus_mask_may_be_worth_a_remark(flag: str, said: str) -> None:
    lines, findings = read(body_of(line(f"202411030500,{flag},9", **SENSUS)))

    assert values(lines) == [9]
    assert codes(findings) == ["flagged_odd"]
    assert said in findings[0].reason


@pytest.mark.parametrize("flag", ["R31", "R64", "R262144"])
def test_outages_and_daylight_saving_are_no_remark(flag: str) -> None:
    assert read(body_of(line(f"202411030500,{flag},9", **SENSUS)))[1] == []


@pytest.mark.parametrize(
    ("flag", "marks"),
    [("R0", ""), ("R2", "OUTAGE"), ("R4", "RESTORATION"), ("E70", "OUTAGE,RESTORATION"),
     ("N34", "OUTAGE"), ("R1", ""), ("R8", "")],
)  # fmt: skip
def test_a_sensus_mask_tells_of_power_that_failed_or_came_back(
    flag: str, marks: str
) -> None:
    text = f"202411030500,{flag},0"

    [one], _ = read(body_of(line(text, **SENSUS)))
    [elsewhere], _ = read(body_of(line(text)))

    assert one.marks(one.record.readings[0]) == marks
    assert elsewhere.marks(elsewhere.record.readings[0]) == ""


@pytest.mark.parametrize("flag", ["X", "V", "0", "64", "r", "None", "RR", "R 0"])
def test_an_unknown_flag_keeps_its_value_back_and_no_other(flag: str) -> None:
    text = line(f"202411030500,R,1,202411030600,{flag},2,202411030700,R,3")

    lines, findings = read(body_of(text))

    assert values(lines) == [1, 3]
    assert [(f.code, f.severity, f.triple) for f in findings] == [
        ("cmep.bad_flag", "refused", 2)
    ]


def test_a_blank_flag_after_the_first_is_validated_not_a_repeat() -> None:
    [one], findings = read(body_of(line("202411030500,R,1,,,2,,E,3")))

    assert [reading.flag for reading in one.record.readings] == ["R", "", "E"]
    assert findings == []
