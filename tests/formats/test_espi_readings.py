"""Interval readings: values, qualities, costs and tariffs, exactly or not at all."""

import re
from decimal import Decimal

import pytest

from ter_pipelines.formats.espi import Detail, Reading, ReadingType
from tests.formats.espi_feeds import (
    ESPI,
    MIDNIGHT,
    WH,
    blocks,
    fields,
    house,
    quarters,
    reading,
    row,
    told,
)

QUALITY_17 = "<ReadingQuality><quality>17</quality></ReadingQuality>"
QUALITY_8 = "<ReadingQuality><quality>8</quality></ReadingQuality>"


def test_readings_have_start_duration_and_value_as_sent() -> None:
    found = told(house(quarters(974, 965)))

    assert found.rows == [row(MIDNIGHT, "974"), row(MIDNIGHT + 900, "965")]
    assert found.quarantined == []


def test_a_reading_type_is_read_with_all_its_codes() -> None:
    codes = {"accumulationBehaviour": 4, "commodity": 1, "currency": 840,
             "dataQualifier": 12, "defaultQuality": 14, "flowDirection": 19,
             "intervalLength": 3600, "kind": 12, "phase": 769,
             "powerOfTenMultiplier": -3, "uom": 72, "tou": 2, "cpp": 1,
             "consumptionTier": 3}  # fmt: skip

    (readings,) = told(house(quarters(1), **codes)).readings

    assert readings.reading_type == ReadingType(
        flow_direction=19, uom=72, power_of_ten=-3, interval_length=3600,
        accumulation_behaviour=4, data_qualifier=12, kind=12, commodity=1, phase=769,
        currency=840, default_quality=14, tou=2, consumption_tier=3, cpp=1,
    )  # fmt: skip
    assert readings.rows[0].detail == Detail((14,), 2, 3, 1)


def test_a_type_without_uom_length_or_multiplier_is_read_all_the_same() -> None:
    (readings,) = told(house(quarters(1), flowDirection=1)).readings

    assert readings.reading_type == ReadingType(flow_direction=1)
    assert readings.rows == [row(MIDNIGHT, "1")]


def test_white_space_around_numbers_and_literal_backslash_n_do_not_count() -> None:
    body = house(quarters("  974\n"), **{**WH, "uom": "\t72 "})
    littered = body.replace("><", ">\\n<")

    assert told(body).rows == [row(MIDNIGHT, "974")]
    assert told(littered).rows == [row(MIDNIGHT, "974")]


def test_comments_and_cdata_within_a_number_do_not_cut_it() -> None:
    found = told(house(quarters("9<!-- x -->7<![CDATA[4]]>")))

    assert found.rows == [row(MIDNIGHT, "974")]


def test_prefixes_do_not_matter() -> None:
    plain = house(quarters(1, 2))
    bare = plain.replace(f' xmlns="{ESPI}"', "")
    prefixed = re.sub("(</?)(?!feed|entry|link|content|/)", r"\1e:", bare)
    prefixed = prefixed.replace("<feed", f'<feed xmlns:e="{ESPI}"')

    assert "<e:IntervalReading>" in prefixed
    assert told(prefixed).values == told(plain).values != []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "value.missing"), (" ", "value.missing"), ("x", "value.malformed"),
        ("NaN", "value.malformed"), ("0x1", "value.malformed"),
        (str(2**47), "value.malformed"), (str(-(2**47)), "value.malformed"),
        ("1</value><value>2", "reading.malformed"),
        ("1<tou>2</tou>3", "reading.malformed"), ("1<x/>3", "reading.malformed"),
    ],
)  # fmt: skip
def test_a_value_that_is_no_number_is_quarantined(value: str, reason: str) -> None:
    found = told(house(reading(value, MIDNIGHT) + reading(2, MIDNIGHT + 900)))

    assert found.reasons == [reason]
    assert found.rows == [row(MIDNIGHT + 900, "2")]


@pytest.mark.parametrize("value", [str(2**47 - 1), str(1 - 2**47), "0", "324.125"])
def test_values_of_48_bits_stay_exact(value: str) -> None:
    assert told(house(reading(value, MIDNIGHT))).rows == [row(MIDNIGHT, value)]


def test_extensions_in_a_reading_are_passed_over() -> None:
    extra = '<x:a xmlns:x="urn:x"><x:b>1</x:b></x:a><x:a xmlns:x="urn:x"/>'

    assert told(house(reading(7, MIDNIGHT, more=extra))).rows == [row(MIDNIGHT, "7")]


def test_cost_is_in_hundred_thousandths_whatever_the_multiplier() -> None:
    priced = reading(1109000, MIDNIGHT, more="<cost>819</cost>")
    kind = {**WH, "powerOfTenMultiplier": -3, "currency": 840}

    (found,) = told(house(priced, **kind)).rows

    assert found.cost == Decimal("0.00819")


@pytest.mark.parametrize("cost", ["?", "1e30", "1e29", "-1e29", "0.0000000001", "NaN"])
def test_a_cost_that_no_amount_can_be_is_quarantined_and_the_energy_counts(
    cost: str,
) -> None:
    priced = reading(1, MIDNIGHT, more=f"<cost>{cost}</cost>")

    found = told(house(priced, reading(2, MIDNIGHT + 900)))

    assert found.reasons == ["cost.malformed"]
    assert cost in found.quarantined[0].message
    assert found.rows == [row(MIDNIGHT, "1"), row(MIDNIGHT + 900, "2")]


@pytest.mark.parametrize(
    ("cost", "amount"),
    [
        ("9" * 29, "9" * 24 + ".99999"),
        ("0.000000001", "0.00000000000001"),
        ("0.0000000010", "0.00000000000001"),
        ("", None),
    ],
)
def test_a_cost_that_an_amount_can_be_is_kept_exactly(
    cost: str, amount: str | None
) -> None:
    (found,) = told(house(reading(1, MIDNIGHT, more=f"<cost>{cost}</cost>"))).rows

    assert found.cost == (None if amount is None else Decimal(amount))


def test_every_quality_is_kept_and_none_is_the_types_default() -> None:
    body = house(
        reading(1, MIDNIGHT, more=QUALITY_17 + QUALITY_8)
        + reading(2, MIDNIGHT + 900, more=QUALITY_17)
        + reading(3, MIDNIGHT + 1800),
        **{**WH, "defaultQuality": 14},
    )

    assert [row.detail.qualities for row in told(body).rows] == [(17, 8), (17,), (14,)]
    assert told(house(quarters(1))).rows[0].detail.qualities == ()


def test_a_readings_own_tariff_goes_before_the_types() -> None:
    own = fields(consumptionTier=4, tou=5, cpp=6)
    body = house(
        reading(1, MIDNIGHT, more=own) + reading(2, MIDNIGHT + 900),
        **{**WH, "tou": 1, "consumptionTier": 2, "cpp": 3},
    )

    assert [row.detail for row in told(body).rows] == [
        Detail((), 5, 4, 6), Detail((), 1, 2, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "more",
    ["<tou>peak</tou>", "<cpp>1.5</cpp>", QUALITY_17.replace("17", "valid")],
)
def test_a_code_that_is_no_number_is_quarantined(more: str) -> None:
    assert told(house(reading(1, MIDNIGHT, more=more))).reasons == ["code.malformed"]


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ({"powerOfTenMultiplier": 13}, "13"), ({"powerOfTenMultiplier": "k"}, "'k'"),
        ({"uom": "Wh"}, "uom"), ({"intervalLength": -900}, "-900"),
    ],
)  # fmt: skip
def test_readings_of_a_malformed_type_are_quarantined(
    codes: dict[str, object], said: str
) -> None:
    found = told(house(quarters(1, 2), **{**WH, **codes}))

    assert found.rows == []
    assert found.reasons == ["reading_type.malformed"] * 2
    assert said in found.quarantined[0].message


def test_a_quarantined_row_names_file_entry_and_line() -> None:
    body = house(quarters(1)) + "\n"
    odd = blocks("\n" + reading("x", MIDNIGHT), own="Block/2")

    (case,) = told(body.replace("</feed>", f"{odd}</feed>"), "a.xml").quarantined

    assert (case.file, case.entry, case.line) == ("a.xml", "entry 5 (Block/2)", 2)
    assert (case.duration_text, case.value_text) == ("900", "x")
    assert "'x'" in case.message


def test_fields_are_told_by_name_not_by_place() -> None:
    usual = reading(1, MIDNIGHT, more=fields(tou=2, cpp=3))
    turned = reading(4, MIDNIGHT + 900, more=fields(cpp=3, tou=2))
    period = f"<timePeriod>{fields(start=MIDNIGHT + 1800, duration=900)}</timePeriod>"
    early = f"<IntervalReading>{fields(tou=2, cpp=3)}{period}{fields(value=5)}"

    found = told(house(f"{usual}{turned}{early}</IntervalReading>"))

    detail = Detail((), 2, None, 3)
    assert found.rows == [
        Reading(MIDNIGHT + 900 * i, 900, Decimal(value), detail)
        for i, value in enumerate((1, 4, 5))
    ]


@pytest.mark.parametrize("order", [1, -1])
def test_a_field_within_another_is_no_field(order: int) -> None:
    tariff = f"</value>{fields(tou=3)}"
    usual = reading(12, MIDNIGHT).replace("</value>", tariff)
    within = reading("1<tou>3</tou>2", MIDNIGHT + 900)

    found = told(house("".join([usual, within][::order])))

    assert found.reasons == ["reading.malformed"]
    assert found.rows == [Reading(MIDNIGHT, 900, Decimal(12), Detail((), 3))]


def test_one_odd_reading_changes_nothing_about_the_others() -> None:
    ordinary = told(house(quarters(*range(50)))).rows
    odd = reading(1, MIDNIGHT + 900 * 50, more=QUALITY_8)

    found = told(house(quarters(*range(50)) + odd))

    assert found.rows[:50] == ordinary
    assert found.rows[50].detail.qualities == (8,)


@pytest.mark.parametrize("odd", ["", QUALITY_8])
def test_a_block_of_any_length_is_read_whole(odd: str) -> None:
    count = 12_000
    last = reading(7, MIDNIGHT + 900 * count, more=odd)

    found = told(house(quarters(*range(count)) + last))

    starts = [MIDNIGHT + 900 * i for i in range(count + 1)]
    assert len(found.readings) > 1
    assert [row.start for row in found.rows] == starts
    assert [int(row.value) for row in found.rows] == [*range(count), 7]
