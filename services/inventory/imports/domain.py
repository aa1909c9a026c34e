"""Imports: what a row says of a product and a variant, and what becomes of the catalogue with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kit.errors import Code, Fault, invalid
from services.inventory.catalogue import domain as catalogue
from services.inventory.catalogue.domain import Media, Product, Shelf, Variant

KIND = "import"
# forgets what a run remembered to find things named twice
SWEEP = "import.sweep"
LARGEST_FILE = 200_000

PRODUCT_FIELDS = frozenset({"name", "brand", "categories", "tags", "media_url"})
VARIANT_FIELDS = frozenset(
    {"title", "barcodes", "base_unit", "scale", "by_measure", "tax_class", "unit_cost", "active", "tracking"}
)
FIELDS = frozenset({"product_id", "sku"}) | PRODUCT_FIELDS | VARIANT_FIELDS
OPEN_FIELDS = ("name.", "option.")


class WrongState(Fault):
    """The import does not stand where that step can be taken."""

    code = Code.FAILED_PRECONDITION
    reason = "IMPORT_STATE"


class WrongPart(Fault):
    """Not the next part of the file, or another one than was sent under this number."""

    code = Code.FAILED_PRECONDITION
    reason = "IMPORT_PART"


@dataclass(frozen=True, slots=True)
class Import:
    """A file of products on its way into the catalogue."""

    import_id: str
    state: str
    format: str
    mapping: Mapping[str, str]
    columns: tuple[str, ...]
    file_name: str
    parts: int
    rows: int
    rows_done: int
    rows_failed: int
    rows_changed: int
    create_time: datetime
    end_time: datetime | None
    actor_kind: str
    actor_id: str
    actor_terminal_id: str
    kind: str = "PRODUCTS"


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was uploaded: text by column, or why it cannot be read."""

    row_no: int
    record: Mapping[str, str] | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row; without a field, with the row as a whole."""

    row_no: int
    field: str
    rule: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a row says: only what it names changes."""

    row_no: int
    product_id: str
    sku: str
    product: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    variant: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def barcodes(self) -> Sequence[str]:
        """The barcodes that it names."""
        found: Sequence[str] = self.variant.get("barcodes", ())
        return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What some rows come to: products to write, and what is wrong."""

    products: list[Product]
    problems: list[Problem]


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Refuses a mapping to what is no field, to a field twice, and without the two that every row needs."""
    for column, name in mapping.items():
        if not is_field(name):
            raise invalid(f"mapping[{column}]", f"{name} is no field")
    if mapping and len(set(mapping.values())) < len(mapping):
        raise invalid("mapping", "each field may be named once")
    if mapping and not {"product_id", "sku"} <= set(mapping.values()):
        raise invalid("mapping", "must name columns for product_id and sku")


def check_columns(
    mapping: Mapping[str, str], columns: Sequence[str], check: Callable[[Mapping[str, str]], None] = check_mapping
) -> None:
    """Refuses a file whose first line does not name what the mapping needs."""
    if len(set(columns)) < len(columns):
        raise invalid("content", "must name each column once")
    if missing := [column for column in mapping if column not in columns]:
        raise invalid("content", f"has no column {missing[0]}")
    if not mapping:
        check({column: column for column in columns})


def is_field(name: str) -> bool:
    """Whether a row can say this of a product or variant."""
    return name in FIELDS or any(name.startswith(prefix) and name != prefix for prefix in OPEN_FIELDS)


def merged(held: Product | None, drafts: Iterable[Draft]) -> Product:
    """The product with what the rows say; what they do not name stays as it is."""
    drafts = list(drafts)
    first = drafts[0]
    made = held if held and not held.placeholder else None
    product = made or Product(first.product_id, first.product.get("name", ""), variants=held.variants if held else ())
    variants = {variant.sku: variant for variant in product.variants}
    for draft in drafts:
        product = replace(product, **draft.product, names={**product.names, **draft.names})
        before = variants.get(draft.sku, Variant(draft.sku))
        variants[draft.sku] = replace(before, **draft.variant, options={**before.options, **draft.options})
    return replace(product, variants=tuple(variants.values()))


def decide(shelf: Shelf, drafts: Sequence[Draft], too_large: Callable[[Product], bool]) -> Outcome:
    """The products as the rows want them; a row that cannot be is left out, the others of its product stay."""
    outcome = Outcome([], [])
    by_product: dict[str, list[Draft]] = {}
    for draft in drafts:
        by_product.setdefault(draft.product_id, []).append(draft)
    for product_id, rows in by_product.items():
        product = _settled(shelf, shelf.products.get(product_id), rows, outcome.problems, too_large)
        if product is not None:
            outcome.products.append(product)
    return outcome


def new(shelf: Shelf, products: Sequence[Product]) -> list[Product]:
    """Those that say something new."""
    return catalogue.put(shelf, products)


def _settled(
    shelf: Shelf, held: Product | None, rows: list[Draft], problems: list[Problem], too_large: Callable[[Product], bool]
) -> Product | None:
    while rows:
        product = merged(held, rows)
        try:
            _check(shelf, product, too_large)
        except Fault as fault:
            guilty = _guilty(fault, rows)
            problems += [_problem(row, fault) for row in guilty]
            rows = [row for row in rows if row not in guilty]
        else:
            return product
    return None


def _check(shelf: Shelf, product: Product, too_large: Callable[[Product], bool]) -> None:
    if not product.name:
        raise invalid("name", "must be given for a new product")
    catalogue.put(shelf, [product])
    if too_large(product):
        raise invalid("product_id", "is too large with all its variants: 60 KiB at most")


def _guilty(fault: Fault, rows: list[Draft]) -> list[Draft]:
    """The rows that a refusal is about; all of the product where it names none."""
    sku, barcode = fault.metadata.get("sku"), fault.metadata.get("barcode")
    about = [row for row in rows if barcode in row.barcodes] if barcode else [row for row in rows if row.sku == sku]
    return about or rows


def _problem(row: Draft, fault: Fault) -> Problem:
    rule = str(fault.metadata.get("rule") or fault)
    if fault.reason == "BARCODE_TAKEN":
        return Problem(row.row_no, "barcodes", rule, str(fault.metadata["barcode"]))
    if fault.reason == "IMMUTABLE_CODE":
        return Problem(row.row_no, "sku", rule, row.sku)
    return Problem(row.row_no, str(fault.metadata.get("field", "")).rpartition(".")[2], rule)


def media(urls: Iterable[str]) -> tuple[Media, ...]:
    """Pictures in the order given."""
    return tuple(Media(url, position=number) for number, url in enumerate(urls))
