"""A file's text as rows, and rows as what they say of products."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from kit.errors import Fault, invalid
from services.inventory import wire as fields
from services.inventory.catalogue import wire
from services.inventory.imports import domain
from services.inventory.imports.domain import Draft, Problem, Row

_ROWS = 5_000
_BYTES = 512 * 1024
_SHOWN = 200
_UNITS = ("PIECE", "GRAM", "MILLILITRE", "MILLIMETRE")
_TRUE, _FALSE = {"true", "yes", "1", "y", "是"}, {"false", "no", "0", "n", "否"}

Parsed = tuple[tuple[str, ...], list[Row]]


def parse(form: str, content: bytes, columns: Sequence[str], first: int) -> Parsed:
    """A part's columns and rows; `first` is the number of its first row, `columns` what the first part named."""
    if not 1 <= len(content) <= _BYTES:
        raise invalid("content", f"must be 1 to {_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid("content", f"must be UTF-8, and is not at byte {error.start}") from None
    if "\x00" in text:
        raise invalid("content", "must not hold the character NUL")
    named, rows = _csv(text, tuple(columns), first) if form == "CSV" else ((), list(_json_lines(text, first)))
    if len(rows) > _ROWS:
        raise invalid("content", f"must hold at most {_ROWS} rows")
    return named, rows


def _csv(text: str, columns: tuple[str, ...], first: int) -> Parsed:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    try:
        for values in reader:
            if not values:
                continue
            if not columns:
                columns = tuple(value.strip() for value in values)
                continue
            rows.append(_of_values(first + len(rows), columns, values))
    except csv.Error as error:
        raise invalid("content", f"line {reader.line_num}: {error}") from None
    return columns, rows


def _of_values(row_no: int, columns: tuple[str, ...], values: list[str]) -> Row:
    if len(values) != len(columns):
        return Row(row_no, None, f"has {len(values)} values for {len(columns)} columns")
    return Row(row_no, dict(zip(columns, values, strict=True)))


def _json_lines(text: str, first: int) -> Iterator[Row]:
    for number, line in enumerate((line for line in text.split("\n") if line.strip()), first):
        try:
            yield Row(number, _texts(json.loads(line)))
        except (ValueError, TypeError, RecursionError) as error:
            yield Row(number, None, f"is no JSON object of texts, numbers and lists: {error}"[:_SHOWN])


def _texts(given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        raise TypeError("must be an object")
    return {str(name): _text(value) for name, value in given.items()}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(_text(one) for one in value)
    if isinstance(value, dict):
        raise TypeError("must not hold objects")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def draft(row: Row, mapping: Mapping[str, str], tax_classes: AbstractSet[str]) -> Draft | list[Problem]:
    """What a row says, or everything that is wrong with it."""
    if row.record is None:
        return [Problem(row.row_no, "", row.trouble)]
    named = {(mapping.get(column, "") if mapping else column): value for column, value in row.record.items()}
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in named.items():
        if not name or not (value.strip() or name in ("sku", "product_id")):
            continue
        try:
            found[name] = _read(name, value.strip(), tax_classes)
        except Fault as fault:
            problems.append(Problem(row.row_no, name, str(fault.metadata.get("rule", fault)), value[:_SHOWN]))
    missing = [name for name in ("product_id", "sku") if name not in named]
    problems += [Problem(row.row_no, name, "must be given") for name in missing]
    return problems or _drafted(row.row_no, found)


def _drafted(row_no: int, found: Mapping[str, Any]) -> Draft:
    product = {name: found[name] for name in domain.PRODUCT_FIELDS & found.keys()}
    if "media_url" in product:
        product["media"] = domain.media(product.pop("media_url"))
    return Draft(
        row_no,
        found["product_id"],
        found["sku"],
        product,
        {name.removeprefix("name."): value for name, value in found.items() if name.startswith("name.")},
        {name: found[name] for name in domain.VARIANT_FIELDS & found.keys()},
        {name.removeprefix("option."): value for name, value in found.items() if name.startswith("option.")},
    )


def _read(name: str, value: str, tax_classes: AbstractSet[str]) -> Any:
    if name.startswith(domain.OPEN_FIELDS) and domain.is_field(name):
        fields.code(name, name.partition(".")[2])
        return fields.text(name, value, 400)
    if name == "tax_class" and value not in tax_classes:
        raise invalid(name, "must be a tax class of the brand")
    if name not in _READERS:
        raise invalid(name, "is no field")
    return _READERS[name](name, value)


def number(least: int, most: int) -> Callable[[str, str], int]:
    def read(name: str, value: str) -> int:
        if not (value.isascii() and value.removeprefix("-").isdigit() and len(value) < 16):
            raise invalid(name, "must be a whole number")
        return fields.between(name, int(value), least, most)

    return read


def flag(name: str, value: str) -> bool:
    if value.lower() not in _TRUE | _FALSE:
        raise invalid(name, "must be true or false")
    return value.lower() in _TRUE


def _unit(name: str, value: str) -> str:
    if value.upper() not in _UNITS:
        raise invalid(name, f"must be one of {', '.join(_UNITS)}")
    return value.upper()


def listed(one: Callable[[str, str], str]) -> Callable[[str, str], tuple[str, ...]]:
    def read(name: str, value: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(one(name, part.strip()) for part in value.split("|") if part.strip()))
        if len(found) > 50:
            raise invalid(name, "must be at most 50")
        return found

    return read


def _tracking(name: str, value: str) -> tuple[str, ...]:
    asked = sorted({part.strip().upper() for part in value.split("|") if part.strip()})
    if not {*asked} <= {"LOT", "EXPIRY", "SERIAL"}:
        raise invalid(name, "must be LOT, EXPIRY or SERIAL, parted by |")
    return tuple(asked)


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "product_id": fields.code,
    "sku": fields.code,
    "name": lambda name, value: fields.text(name, value, 200, empty=False),
    "brand": lambda name, value: fields.text(name, value, 100),
    "categories": listed(fields.code),
    "tags": listed(fields.code),
    "media_url": listed(wire.link),
    "title": lambda name, value: fields.text(name, value, 200),
    "barcodes": listed(wire.barcode),
    "base_unit": _unit,
    "scale": number(1, 1_000_000),
    "by_measure": flag,
    "tax_class": fields.code,
    "unit_cost": number(0, wire.LARGEST_AMOUNT),
    "active": flag,
    "tracking": _tracking,
}
