"""A file's text as rows, and rows as what they say: every error of a row at once, with its field and rule."""

from dataclasses import replace

import pytest

from kit.errors import Fault
from services.inventory.catalogue.domain import Product, Shelf, Variant
from services.inventory.imports import domain, wire_rows
from services.inventory.imports.domain import Draft, Problem, Row

HEAD = "Style,Article,Name,EAN\r\n"
MAPPING = {"Style": "product_id", "Article": "sku", "Name": "name", "EAN": "barcodes"}


def csv(text: str, columns: tuple[str, ...] = (), first: int = 1) -> list[Row]:
    return wire_rows.parse("CSV", text.encode(), columns, first)[1]


def read(record: dict[str, str], mapping: dict[str, str] | None = None) -> Draft | list[Problem]:
    return wire_rows.draft(Row(7, record), mapping or {}, {"standard"})


def test_the_first_line_names_the_columns_of_every_part() -> None:
    columns, rows = wire_rows.parse("CSV", f'\ufeff{HEAD}A,A-1,Coat,\r\n\r\nA,A-2,"Coat, \n long",\r\n'.encode(), (), 1)
    assert columns == ("Style", "Article", "Name", "EAN")
    assert [(row.row_no, row.record and row.record["Name"]) for row in rows] == [(1, "Coat"), (2, "Coat, \n long")]
    (more,) = csv("B,B-1,Scarf,\n", columns, 3)
    assert (more.row_no, more.record and more.record["Style"]) == (3, "B")


def test_a_row_of_another_length_is_an_error_of_its_own() -> None:
    short, long, good = csv(f"{HEAD}A,A-1\r\nA,A-1,Coat,,x\r\nA,A-1,Coat,\r\n")
    assert (short.record, short.trouble) == (None, "has 2 values for 4 columns")
    assert long.trouble == "has 5 values for 4 columns"
    assert good.record is not None


def test_lines_of_json() -> None:
    text = (
        '{"sku": "A-1", "tags": ["a", "b"], "active": true, "scale": 2, "brand": null}\n\nnot json\n{"a": {"b": 1}}\n[]'
    )
    _, rows = wire_rows.parse("JSON_LINES", text.encode(), (), 1)
    assert rows[0].record == {"sku": "A-1", "tags": "a|b", "active": "true", "scale": "2", "brand": ""}
    assert [row.record for row in rows[1:]] == [None, None, None]
    assert all("no JSON object" in row.trouble for row in rows[1:])


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\xff\n", b"a,b\nc,\x00\n", b'a,b\n"unended,c\n', b"a\n" * 5_002, b"x" * (512 * 1024 + 1)],
)
def test_a_part_that_cannot_be_read_is_refused(content: bytes) -> None:
    with pytest.raises(Fault) as refused:
        wire_rows.parse("CSV", content, (), 1)
    assert refused.value.metadata["field"] == "content"


def test_every_error_of_a_row_is_told_with_its_field() -> None:
    found = read(
        {
            "product_id": "", "sku": "A-1", "barcodes": "4006381333931|4006381333932", "scale": "0",
            "unit_cost": "12.5", "active": "maybe", "base_unit": "INCH", "tax_class": "luxury", "media_url": "http://x",
            "colour": "red",
        }
    )  # fmt: skip
    assert isinstance(found, list)
    assert {(one.row_no, one.field, one.rule) for one in found} == {
        (7, "product_id", "must be 1 to 64 characters, without control characters and blanks at the ends"),
        (7, "barcodes", "4006381333932 is no EAN-13: its check digit must be 1"),
        (7, "scale", "must be 1 to 1000000"),
        (7, "unit_cost", "must be a whole number"),
        (7, "active", "must be true or false"),
        (7, "base_unit", "must be one of PIECE, GRAM, MILLILITRE, MILLIMETRE"),
        (7, "tax_class", "must be a tax class of the brand"),
        (7, "media_url", "must be an https address of at most 1000 characters"),
        (7, "colour", "is no field"),
    }
    assert next(one.value for one in found if one.field == "unit_cost") == "12.5"


def test_a_row_says_what_it_names_and_nothing_else() -> None:
    found = read({"Style": "A", "Article": "A-1", "Name": "", "EAN": " own-1 | own-2 ", "Other": "x"}, MAPPING)
    assert isinstance(found, Draft)
    assert (found.product_id, found.sku, found.product, found.variant) == (
        "A", "A-1", {}, {"barcodes": ("own-1", "own-2")},
    )  # fmt: skip


def test_a_row_says_what_has_to_be_known_of_its_units() -> None:
    found = read({"product_id": "A", "sku": "A-1", "tracking": "expiry|LOT"})
    assert isinstance(found, Draft)
    assert found.variant == {"tracking": ("EXPIRY", "LOT")}
    found = read({"product_id": "A", "sku": "A-1", "tracking": "colour"})
    assert isinstance(found, list)
    assert [(one.field, one.rule) for one in found] == [("tracking", "must be LOT, EXPIRY or SERIAL, parted by |")]


HELD = Product(
    "A", "Coat", {"en": "Coat"}, brand="Hikari", version=3,
    variants=(Variant("A-1", "M", {"size": "M"}, ("own-1",), unit_cost=900), Variant("A-2", "L")),
)  # fmt: skip


def test_rows_change_what_they_name_and_leave_the_rest() -> None:
    rows = [
        Draft(1, "A", "A-1", {"brand": "Kage"}, {"ja": "コート"}, {"unit_cost": 950}, {"colour": "camel"}),
        Draft(2, "A", "A-3", variant={"title": "XL"}),
    ]
    product = domain.merged(HELD, rows)
    first, second, third = product.variants
    assert (product.name, product.brand, product.names) == ("Coat", "Kage", {"en": "Coat", "ja": "コート"})
    assert (first.title, first.unit_cost, first.options) == ("M", 950, {"size": "M", "colour": "camel"})
    assert (second, third.title) == (HELD.variants[1], "XL")


def decided(shelf: Shelf, *rows: Draft) -> tuple[list[str], list[tuple[int, str]]]:
    outcome = domain.decide(shelf, rows, lambda product: len(product.variants) > 3)
    return [one.product_id for one in outcome.products], [(one.row_no, one.field) for one in outcome.problems]


def test_a_row_that_cannot_be_leaves_the_others_of_its_product() -> None:
    shelf = Shelf({"A": HELD, "B": replace(HELD, product_id="B", variants=())}, {"A-1": "A", "A-2": "A"}, {"x": "Z"})
    named = {"name": "New"}
    assert decided(shelf, Draft(1, "A", "A-1", variant={"barcodes": ("x",)}), Draft(2, "A", "A-2")) == (
        ["A"], [(1, "barcodes")],
    )  # fmt: skip
    assert decided(shelf, Draft(1, "B", "A-1"), Draft(2, "B", "B-1")) == (["B"], [(1, "sku")])
    assert decided(shelf, Draft(1, "C", "C-1"), Draft(2, "C", "C-2")) == ([], [(1, "name"), (2, "name")])
    assert decided(shelf, *(Draft(n, "D", f"D-{n}", named) for n in range(5))) == (
        [],
        [(n, "product_id") for n in range(5)],
    )
    assert decided(shelf, Draft(1, "A", "A-1", variant={"base_unit": "GRAM"})) == ([], [(1, "base_unit")])


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({"a": "sku"}, "mapping"),
        ({"a": "sku", "b": "product_id", "c": "sku"}, "mapping"),
        ({"a": "sku", "b": "product_id", "c": "colour"}, "mapping[c]"),
        ({"a": "sku", "b": "product_id", "c": "option."}, "mapping[c]"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(mapping: dict[str, str], field: str) -> None:
    with pytest.raises(Fault) as refused:
        domain.check_mapping(mapping)
    assert refused.value.metadata["field"] == field


@pytest.mark.parametrize("columns", [("sku", "sku", "product_id"), ("sku",), ("sku", "product_id", "colour")])
def test_columns_that_say_nothing_are_refused(columns: tuple[str, ...]) -> None:
    with pytest.raises(Fault):
        domain.check_columns({}, columns)


def test_a_column_that_the_mapping_needs_must_be_there() -> None:
    with pytest.raises(Fault, match="has no column EAN"):
        domain.check_columns(MAPPING, ("Style", "Article", "Name"))
