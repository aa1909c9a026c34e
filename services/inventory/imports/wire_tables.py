"""Rows of other masters as what they say."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from kit.errors import Fault, invalid
from services.inventory import wire as fields
from services.inventory.catalogue import wire
from services.inventory.catalogue.domain_kits import LARGEST
from services.inventory.imports import domain_tables
from services.inventory.imports.domain import Problem, Row
from services.inventory.imports.domain_tables import TABLES, Cells
from services.inventory.imports.wire_rows import flag, listed, number

_SHOWN = 200
_KINDS = ("STORE", "WAREHOUSE", "OUTLET", "VIRTUAL", "DROP_POINT")


def cells(kind: str, row: Row, mapping: Mapping[str, str]) -> Cells | list[Problem]:
    """What a row says, or everything that is wrong with it."""
    if row.record is None:
        return [Problem(row.row_no, "", row.trouble)]
    named = {(mapping.get(column, "") if mapping else column): value for column, value in row.record.items()}
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in named.items():
        if not name or not (value.strip() or name in TABLES[kind].needed):
            continue
        try:
            found[name] = _read(kind, name, value.strip())
        except Fault as fault:
            problems.append(Problem(row.row_no, name, str(fault.metadata.get("rule", fault)), value[:_SHOWN]))
    missing = sorted(TABLES[kind].needed - named.keys())
    problems += [Problem(row.row_no, name, "must be given") for name in missing]
    if kind == "PRICES" and not problems and ("amount" in found) is bool(found.get("removed")):
        problems.append(Problem(row.row_no, "amount", "must be given, unless the price is removed"))
    names = {name.removeprefix("name."): value for name, value in found.items() if name.startswith("name.")}
    plain = {name: value for name, value in found.items() if not name.startswith("name.")}
    return problems or Cells(row.row_no, plain, names)


def _read(kind: str, name: str, value: str) -> Any:
    if not domain_tables.is_field(kind, name):
        raise invalid(name, "is no field")
    if name.startswith("name."):
        fields.code(name, name.partition(".")[2])
        return fields.text(name, value, 400)
    return _READERS[name](name, value)


def _kind(name: str, value: str) -> str:
    if value.upper() not in _KINDS:
        raise invalid(name, f"must be one of {', '.join(_KINDS)}")
    return value.upper()


def _zone(name: str, value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise invalid(name, "must be an IANA time zone") from None
    return value


def _degrees(most: int) -> Callable[[str, str], float]:
    def read(name: str, value: str) -> float:
        try:
            found = round(float(value), 6)
        except ValueError:
            raise invalid(name, "must be a number of degrees") from None
        if not -most <= found <= most:
            raise invalid(name, f"must be {-most} to {most}")
        return found

    return read


def _currency(name: str, value: str) -> str:
    if not (len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()):
        raise invalid(name, "must be an ISO 4217 code")
    return value


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "kit_sku": fields.code,
    "sku": fields.code,
    "quantity": number(0, LARGEST),
    "price_list_id": fields.code,
    "amount": number(0, wire.LARGEST_AMOUNT),
    "removed": flag,
    "currency_code": _currency,
    "tax_included": flag,
    "location_id": fields.code,
    "kind": _kind,
    "name": lambda name, value: fields.text(name, value, 200, empty=False),
    "groups": listed(fields.code),
    "time_zone": _zone,
    "address": lambda name, value: fields.text(name, value, 400),
    "latitude": _degrees(90),
    "longitude": _degrees(180),
    "daily_order_capacity": number(0, 1_000_000),
    **dict.fromkeys(("pickup", "ships", "active", "sellable", "franchise", "web_orders_opt_in", "listed_only"), flag),
}
