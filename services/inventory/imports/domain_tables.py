"""Files of other masters: which fields their rows have, and what a row does to what is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kit.errors import invalid
from services.inventory.catalogue import domain_places
from services.inventory.catalogue.domain import Location, PriceList, Variant
from services.inventory.catalogue.domain_kits import Component
from services.inventory.catalogue.domain_places import DROP_POINT


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of file."""

    # a row is one thing: named by these, once in a file
    key: tuple[str, ...]
    needed: frozenset[str]
    fields: frozenset[str]


TABLES: Mapping[str, Table] = {
    "COMPONENTS": Table(
        ("kit_sku", "sku"), frozenset({"kit_sku", "sku", "quantity"}), frozenset({"kit_sku", "sku", "quantity"})
    ),
    "PRICES": Table(
        ("price_list_id", "sku"),
        frozenset({"price_list_id", "sku"}),
        frozenset({"price_list_id", "sku", "amount", "removed", "currency_code", "tax_included"}),
    ),
    "LOCATIONS": Table(
        ("location_id",),
        frozenset({"location_id"}),
        frozenset(
            {
                "location_id", "kind", "name", "groups", "time_zone", "address", "pickup", "ships", "active",
                "sellable", "latitude", "longitude", "daily_order_capacity", "franchise",
                "web_orders_opt_in", "listed_only",
            }
        ),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cells:
    """What a row says: only what it names changes."""

    row_no: int
    values: Mapping[str, Any]
    names: Mapping[str, str]

    def key(self, table: Table) -> str:
        """What the row is about."""
        return "\x1f".join(str(self.values[name]) for name in table.key)


def check_mapping(kind: str, mapping: Mapping[str, str]) -> None:
    """Refuses a mapping to what is no field, to a field twice, and without what every row needs."""
    table = TABLES[kind]
    for column, name in mapping.items():
        if not is_field(kind, name):
            raise invalid(f"mapping[{column}]", f"{name} is no field")
    if mapping and len(set(mapping.values())) < len(mapping):
        raise invalid("mapping", "each field may be named once")
    if mapping and (missing := sorted(table.needed - set(mapping.values()))):
        raise invalid("mapping", f"must name a column for {missing[0]}")


def is_field(kind: str, name: str) -> bool:
    """Whether a row can say this."""
    return name in TABLES[kind].fields or (kind == "LOCATIONS" and name.startswith("name.") and name != "name.")


def component(held: Variant, cells: Cells) -> Variant:
    """The kit with so many of a part; none takes it out, what is not named stays."""
    parts = {one.sku: one for one in held.components}
    if cells.values["quantity"]:
        parts[cells.values["sku"]] = Component(cells.values["sku"], cells.values["quantity"])
    else:
        parts.pop(cells.values["sku"], None)
    return replace(held, components=tuple(parts.values()))


def price_list(held: PriceList | None, rows: Sequence[Cells]) -> PriceList:
    """The list that the rows are about; a new one says its currency."""
    if held is not None:
        return held
    said = {name: value for cells in rows for name, value in cells.values.items()}
    if "currency_code" not in said:
        raise invalid("currency_code", "must be given for a new list")
    return PriceList(said["price_list_id"], said["currency_code"], said.get("tax_included", True))


def location(held: Location | None, cells: Cells, time_zone: str) -> Location:
    """The place with what the row says."""
    values, before = {name: value for name, value in cells.values.items() if name != "location_id"}, held
    if held is None or held.placeholder:
        for name in ("kind", "name"):
            if name not in values:
                raise invalid(name, "must be given for a new place")
        sells = values["kind"] != DROP_POINT
        code = cells.values["location_id"]
        held = Location(code, values["kind"], values["name"], time_zone=time_zone, sellable=sells)
    after = replace(held, **values, names={**held.names, **cells.names}, version=held.version)
    if after.web_orders_opt_in and not after.franchise:
        raise invalid("web_orders_opt_in", "must be false where nobody runs a franchise")
    if (after.latitude is None) != (after.longitude is None):
        raise invalid("longitude", "goes with latitude, and latitude with it")
    return domain_places.check(before, after)
