"""Who belongs to whom: by address, by nesting, or to nobody; never to somebody else."""

import random

import pytest

from tests.formats.espi_feeds import (
    ATOM,
    BLOCKS,
    ESPI,
    HOUSE,
    METER,
    TYPE,
    WH,
    block,
    blocks,
    element,
    entry,
    feed,
    fields,
    house,
    meter_reading,
    quarters,
    reading_type,
    told,
    usage_point,
)

OTHER = "RetailCustomer/2/UsagePoint/1"
BACK = {**WH, "flowDirection": 19}


def two_houses() -> list[str]:
    """Write two customers; the first has a channel each way."""
    entries = [usage_point(HOUSE), usage_point(OTHER), reading_type("ReadingType/1",
               **WH), reading_type("ReadingType/2", **BACK)]  # fmt: skip
    for n, (meter, kind) in enumerate(
        [(f"{HOUSE}/MeterReading/1", 1), (f"{HOUSE}/MeterReading/2", 2),
         (f"{OTHER}/MeterReading/1", 1)]
    ):  # fmt: skip
        up = f"{meter}/IntervalBlock"
        entries += [
            meter_reading(meter, f"ReadingType/{kind}"),
            blocks(quarters(n), own=f"{up}/7", up=up),
        ]
    return entries


@pytest.mark.parametrize("seed", range(8))
def test_usage_points_customers_and_directions_stay_apart_in_any_order(
    seed: int,
) -> None:
    entries = two_houses()
    random.Random(seed).shuffle(entries)  # noqa: S311 - any order will do

    found = told(feed(*entries))

    assert sorted(found.values) == [(HOUSE, 1, [0]), (HOUSE, 19, [1]), (OTHER, 1, [2])]
    assert found.quarantined == []


def test_links_after_the_content_count_too() -> None:
    late = f'<link href="{BLOCKS}" rel="up"/></entry>'
    meters = [usage_point(), reading_type(**WH), meter_reading(), usage_point(OTHER),
              meter_reading(f"{OTHER}/MeterReading/1")]  # fmt: skip
    body = feed(entry(block(quarters(5))).replace("</entry>", late), *meters)

    assert told(body).values == [(HOUSE, 1, [5])]


@pytest.mark.parametrize(
    ("own", "up"),
    [
        (BLOCKS, BLOCKS), (BLOCKS, ""), (f"{BLOCKS}/", ""), ("", METER),
        (f"{METER}/Day/5", ""), ("", f"{METER}/Day"), (f"{BLOCKS}/1", "elsewhere"),
    ],
)  # fmt: skip
def test_a_block_is_found_by_its_exact_address_or_the_longest_prefix(
    own: str, up: str
) -> None:
    longer = f"{METER}1"
    body = feed(usage_point(), reading_type(**WH), meter_reading(),
                meter_reading(longer), blocks(quarters(5), own=own, up=up))  # fmt: skip

    assert told(body).values == [(HOUSE, 1, [5])]


def test_an_exact_address_goes_before_a_longer_prefix() -> None:
    nested = f"{METER}/IntervalBlock/1"
    kinds = reading_type(**WH), reading_type("ReadingType/2", **BACK)
    meters = meter_reading(), meter_reading(nested, "ReadingType/2")
    body = feed(usage_point(), *kinds, *meters,
                blocks(quarters(5), own=f"{nested}/9", up=BLOCKS))  # fmt: skip

    assert told(body).values == [(HOUSE, 1, [5])]


def test_the_longest_prefix_counts() -> None:
    inner = f"{METER}/MeterReading/2"
    kinds = reading_type(**WH), reading_type("ReadingType/2", **BACK)
    meters = meter_reading(), meter_reading(inner, "ReadingType/2")
    body = feed(usage_point(), *kinds, *meters,
                blocks(quarters(5), own=f"{inner}/Day/1", up=""))  # fmt: skip

    assert told(body).values == [(HOUSE, 19, [5])]


def test_the_only_meter_reading_takes_blocks_that_lead_nowhere() -> None:
    lost = blocks(quarters(5), own="Block/1", up="Block")
    body = feed(usage_point(), meter_reading(), reading_type(**WH), lost)
    resources = [element("MeterReading"), element("ReadingType", fields(**WH))]
    bare = feed(usage_point(), *map(entry, [*resources, block(quarters(5))]))

    assert told(body).values == [(HOUSE, 1, [5])]
    assert told(bare).values == [(HOUSE, 1, [5])]


def test_of_two_meter_readings_neither_takes_blocks_that_lead_nowhere() -> None:
    lost = blocks(quarters(5, 6), own="Block/1", up="Block")
    second = meter_reading(f"{HOUSE}/MeterReading/2")
    body = feed(usage_point(), meter_reading(), second, reading_type(**WH), lost)

    found = told(body)

    assert found.rows == []
    assert found.reasons == ["link.meter_reading"] * 2
    assert found.quarantined[0].entry == "entry 5 (Block/1)"
    assert "Block/1, Block" in found.quarantined[0].message
    assert [case.value_text for case in found.quarantined] == ["5", "6"]


def test_an_address_is_compared_by_whole_steps() -> None:
    second = meter_reading(f"{HOUSE}/MeterReading/2")
    twelfth = blocks(quarters(5), own=f"{METER}2/IntervalBlock/1", up="")
    body = feed(usage_point(), meter_reading(), second, reading_type(**WH), twelfth)

    assert told(body).reasons == ["link.meter_reading"]


def test_a_block_that_two_meter_readings_claim_is_nobodys() -> None:
    rival = entry(element("MeterReading"), "MeterReading/2", "", [BLOCKS, TYPE])
    body = feed(usage_point(), meter_reading(), rival, reading_type(**WH),
                blocks(quarters(5)))  # fmt: skip

    assert told(body).reasons == ["link.meter_reading"]


def test_a_meter_reading_of_a_usage_point_that_is_not_there_is_nobodys() -> None:
    entries = [each for each in two_houses() if f'"{OTHER}"' not in each]

    found = told(feed(*entries))

    assert len(entries) == len(two_houses()) - 1
    assert found.reasons == ["link.usage_point"]
    assert [name for name, _, _ in found.values] == [HOUSE, HOUSE]


def test_a_meter_reading_never_takes_the_type_of_another() -> None:
    entries = [each for each in two_houses() if "<flowDirection>19" not in each]

    found = told(feed(*entries))

    assert found.reasons == ["link.reading_type"]
    assert sorted(found.values) == [(HOUSE, 1, [0]), (OTHER, 1, [2])]


def test_resources_that_are_repeated_are_one() -> None:
    body = house(quarters(5))
    again = "".join([usage_point(), meter_reading(), reading_type(**WH)])

    assert told(body.replace("</feed>", f"{again}</feed>")).values == [(HOUSE, 1, [5])]


def test_a_resource_that_is_repeated_adds_its_links() -> None:
    kinds = reading_type(**WH), reading_type("ReadingType/2", **BACK)
    first = meter_reading().replace(f'href="{TYPE}"', 'href=""')
    body = feed(usage_point(), *kinds, first, meter_reading(), blocks(quarters(5)))

    assert 'href=""' in first
    assert told(body).values == [(HOUSE, 1, [5])]


def test_a_type_that_is_there_twice_with_different_codes_is_none() -> None:
    body = house(quarters(5)).replace("</feed>", f"{reading_type(**BACK)}</feed>")

    assert told(body).reasons == ["link.reading_type"]


def nested(*, with_entry: bool, with_meter: bool) -> str:
    """Write everything in one element, as one dialect has it."""
    kind = element("ReadingType", fields(**WH))
    inner = kind + block(quarters(5)) + block(quarters(6))
    held = element("MeterReading", inner) if with_meter else inner
    whole = element("UsagePoint", held)
    own = entry(whole, HOUSE)
    return feed(own) if with_entry else whole


@pytest.mark.parametrize("with_meter", [True, False])
def test_everything_nested_in_one_element_is_read(*, with_meter: bool) -> None:
    body = nested(with_entry=True, with_meter=with_meter)

    assert told(body).values == [(HOUSE, 1, [5]), (HOUSE, 1, [6])]


def test_everything_side_by_side_in_one_entry_is_read() -> None:
    inner = (element("UsagePoint") + element("MeterReading")
             + element("ReadingType", fields(**WH)) + block(quarters(5)))  # fmt: skip
    two = [entry(inner, HOUSE), entry(inner.replace(">5<", ">6<"), OTHER)]

    assert told(feed(*two)).values == [(HOUSE, 1, [5]), (OTHER, 1, [6])]


def test_directions_nested_in_one_entry_stay_apart_whatever_its_links() -> None:
    held = [
        element("MeterReading", element("ReadingType", fields(**kind)) + block(each))
        for kind, each in ((WH, quarters(5)), (BACK, quarters(6)))
    ]
    whole = element("UsagePoint", "".join(held))
    body = feed(entry(whole, HOUSE, BLOCKS, [BLOCKS]))

    assert told(body).values == [(HOUSE, 1, [5]), (HOUSE, 19, [6])]


def test_two_nested_usage_points_stay_apart() -> None:
    first = nested(with_entry=True, with_meter=True)
    second = first.replace(HOUSE, OTHER).replace(">5<", ">7<")
    body = first.replace("</feed>", "") + second.replace(f'<feed xmlns="{ATOM}">', "")

    assert [name for name, _, _ in told(body).values] == [HOUSE, HOUSE, OTHER, OTHER]


def test_a_usage_point_without_any_name_is_nobodys() -> None:
    body = nested(with_entry=False, with_meter=True)

    assert told(body).reasons == ["link.usage_point"] * 2


def test_a_usage_point_without_an_address_goes_by_its_entrys_id() -> None:
    unnamed = usage_point("").replace("<content>", "<id>urn:uuid:1</id><content>")
    body = feed(unnamed, meter_reading(), reading_type(**WH), blocks(quarters(5)))

    assert told(body).values == [("urn:uuid:1", 1, [5])]


def test_several_blocks_in_an_entry_are_all_read() -> None:
    found = told(house(quarters(1), quarters(2, start=0), quarters(3, start=900)))

    assert [values for _, _, values in found.values] == [[1], [2], [3]]


def test_elements_of_other_namespaces_are_no_resources() -> None:
    body = house(quarters(5)).replace(f'<IntervalBlock xmlns="{ESPI}"',
                                      '<IntervalBlock xmlns="urn:other"')  # fmt: skip

    assert told(body).rows == []
