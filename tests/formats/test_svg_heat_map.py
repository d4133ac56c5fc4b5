"""A heat map is an SVG: a row for each thing, alike cells in one, words escaped."""

from lxml import etree

from ter_pipelines.formats.svg_heat_map import Shade, heat_map

GOOD = Shade("#2f9e63", "", "good")
BAD = Shade("#b3263a", "B", "bad <1 %")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(*rows: tuple[str, list[Shade | None]], remark: str = "") -> etree._Element:
    columns = [str(i) for i in range(len(rows[0][1]))] if rows else []
    svg = heat_map(
        list(rows), columns, [GOOD, BAD], title="Days & hours", remark=remark
    )
    return etree.fromstring(svg.encode())


def fills(picture: etree._Element) -> list[tuple[str, str]]:
    """Give colour and width of the cells, the legend's left out."""
    return [
        (str(rect.get("fill")), str(rect.get("width")))
        for rect in picture.findall(f"{SVG}rect")
    ]


def texts(picture: etree._Element) -> list[str]:
    return [str(text.text) for text in picture.iter(f"{SVG}text")]


def test_alike_cells_side_by_side_are_one() -> None:
    picture = drawn(("M1", [GOOD, GOOD, BAD, None, GOOD]))

    assert fills(picture) == [("#2f9e63", "35"), ("#b3263a", "17"), ("#2f9e63", "17")]


def test_labels_letters_title_legend_and_remark_are_said() -> None:
    picture = drawn(("M1 <meter>", [BAD, GOOD]), remark="3 more")

    said = texts(picture)
    assert {"M1 <meter>", "B", "Days & hours", "good", "bad <1 %", "3 more"} <= set(
        said
    )
    assert picture.findtext(f"{SVG}title") == "Days & hours"


def test_a_long_label_is_cut_and_says_so() -> None:
    (label,) = [t for t in texts(drawn(("M" * 33, [GOOD]))) if t.startswith("MM")]

    assert label == "M" * 31 + "…"
    assert "M" * 32 in texts(drawn(("M" * 32, [GOOD])))


def test_column_names_stand_where_there_is_room() -> None:
    columns = [f"11-{day:02}" for day in range(1, 8)]

    svg = heat_map([("M1", [GOOD] * 7)], columns, [GOOD], title="Days")

    shown = [t for t in texts(etree.fromstring(svg.encode())) if t.startswith("11-")]
    assert shown == ["11-01", "11-03", "11-05", "11-07"]


def test_nothing_to_draw_is_still_a_picture() -> None:
    assert fills(drawn()) == []
