"""Which reads get all measurements: as few as gaps and limits allow."""

from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.formats.register_map import Entry, Read, RegisterMap, plan_reads
from ter_pipelines.formats.register_map.planning import pieces_of


def entry(address: int, type_: str = "float32", function: int = 4) -> Entry:
    return Entry(f"m{function}.{address}", "W", address, type_, function)


def spans(reads: list[Read]) -> list[tuple[int, int, int]]:
    return [(read.function, read.address, read.count) for read in reads]


def plan(*entries: Entry, most: int = 125, gap: int = 0) -> list[tuple[int, int, int]]:
    device = RegisterMap("x", "X", {e.measurement: e for e in entries}, None, most, gap)
    return spans(plan_reads(entries, device))


def test_neighbours_are_read_together() -> None:
    assert plan(entry(2), entry(0), entry(4, "int16")) == [(4, 0, 5)]


def test_a_gap_is_read_along_up_to_its_limit() -> None:
    assert plan(entry(0), entry(6), gap=4) == [(4, 0, 8)]
    assert plan(entry(0), entry(6), gap=3) == [(4, 0, 2), (4, 6, 2)]


def test_a_read_is_as_long_as_the_device_allows() -> None:
    assert plan(entry(0), entry(2), entry(4), most=6) == [(4, 0, 6)]
    assert plan(entry(0), entry(2), entry(4), most=5) == [(4, 0, 4), (4, 4, 2)]


def test_functions_are_read_apart() -> None:
    assert plan(entry(0, function=3), entry(2)) == [(3, 0, 2), (4, 2, 2)]


def test_a_scale_factor_is_read_with_its_number() -> None:
    power = Entry("power", "W", 14, "int16", 3, scale_factor=20)

    assert plan(power) == [(3, 14, 1), (3, 20, 1)]
    assert plan(power, gap=5) == [(3, 14, 7)]


def test_of_a_sunspec_model_the_header_is_read_too() -> None:
    power = Entry("power", "W", 14, "int16", 3)
    device = RegisterMap("x", "X", {"power": power}, sunspec_model=103, most_gap=12)

    assert spans(plan_reads([power], device)) == [(3, 0, 15)]


entries = st.builds(
    entry,
    st.integers(0, 300),
    st.sampled_from(["int16", "float32", "uint64"]),
    st.sampled_from([3, 4]),
)


@given(
    st.lists(entries, max_size=30, unique_by=lambda e: e.measurement),
    st.integers(4, 125),
    st.integers(0, 40),
)
def test_every_number_lies_whole_in_one_short_read(
    wanted: list[Entry], most: int, gap: int
) -> None:
    device = RegisterMap("x", "X", {}, None, most, gap)

    reads = plan_reads(wanted, device)

    assert all(read.count <= most for read in reads)
    for one in wanted:
        (piece,) = pieces_of(one)
        holding = [
            read
            for read in reads
            if read.function == piece.function
            and read.address <= piece.address
            and piece.end <= read.end
        ]
        assert any(one.measurement in read.measurements for read in holding)
    assert sorted(n for read in reads for n in read.measurements) == sorted(
        e.measurement for e in wanted
    )
