"""The columns of exported tables: each a field of the contract's row, with its type and what it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from google.protobuf.descriptor import FieldDescriptor

from gateway.http.door import translation
from gateway.http.shapes.fields import Shown, eg
from omo.order.v1 import search_service_pb2 as pb

_TYPES = {
    FieldDescriptor.TYPE_STRING: "text",
    FieldDescriptor.TYPE_BOOL: "boolean",
    FieldDescriptor.TYPE_INT64: "integer",
    FieldDescriptor.TYPE_INT32: "integer",
    FieldDescriptor.TYPE_ENUM: "text",
    FieldDescriptor.TYPE_MESSAGE: "time",
}
_MINOR = "in minor units of `currency`"
_BOTH = {
    "order_id": "The order, or the store's sale.",
    "state": "PENDING, PENDING_PAYMENT, CONFIRMED or CANCELLED, as of now.",
    "channel_id": "The channel that sold it.",
    "location_id": "The store that sold it; empty online.",
    "member_id": "Whom the buyer's id means by now; empty: nobody known.",
    "business_time": "When it was ordered or sold, by the clock of where that was; UTC.",
    "currency": "ISO 4217.",
}
_ORDER = {
    **_BOTH,
    "order_no": "For people; of a store's sale the receipt's number.",
    "channel_kind": "ONLINE or STORE.",
    "terminal_id": "The till; empty online.",
    "record_time": "When we stored it; UTC.",
    "update_time": "When it changed last; UTC.",
    "tax_included": "Whether list and discount totals hold the tax.",
    "list_total": f"At list prices, {_MINOR}.",
    "discount_total": f"What rules took off, {_MINOR}.",
    "tax_total": f"The tax inside or on top, {_MINOR}.",
    "points_value": f"What points paid, {_MINOR}.",
    "grand_total": f"What was left to pay, {_MINOR}.",
    "points_spent": "Points.",
    "rules_version": "The rule set that it was priced by.",
    "version": "+1 with each change of the order.",
    "cashier_staff_code": "Who sold it at the till.",
    "offline": "Sold while the till had no line.",
    "shipping_total": f"What bringing the goods costs, with its tax, a part of grand_total, {_MINOR}.",
}
_UNIT = {
    **_BOTH,
    "line_no": "The line of the order, from 1.",
    "first_unit": "The first of the equal units, from 0.",
    "last_unit": "The last of them, inclusive.",
    "sku": "The good.",
    "line_quantity": "Of the whole line, in base units.",
    "by_measure": "Sold by measure: the line is one unit.",
    "list_amount": f"Each unit at list price, {_MINOR}.",
    "net_amount": f"Each unit after discounts, {_MINOR}.",
    "tax_amount": f"The tax of each unit, {_MINOR}.",
    "points_amount": f"What points paid of each unit, {_MINOR}.",
    "discounts": "What each rule took off each unit: rule=amount, divided by spaces.",
    "method": "CARRY_OUT, COLLECT or SHIP.",
    "fulfilment_location_id": "Where it is collected or was carried out from.",
    "seller_staff_code": "Who sold it in person.",
}


class Column(Shown):
    """One column of a table."""

    name: Annotated[str, eg("grand_total", "As in the first row, or the key.")]
    type: Annotated[str, eg("integer", "text, integer, boolean, or time as RFC 3339 in UTC.")]
    meaning: Annotated[str, eg("What was left to pay, in minor units of `currency`.", "What it says.")]


class ExportedTable(Shown):
    """A table, column by column in their order. Columns may be added at the end."""

    name: Annotated[str, eg("orders", "orders, units or invoices.")]
    columns: list[Column]


class ExportedTables(Shown):
    """What can be exported."""

    tables: list[ExportedTable]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name, its columns, and how a cell is read of a row."""

    name: str
    row: Any
    meanings: Mapping[str, str]

    @property
    def fields(self) -> list[FieldDescriptor]:
        """In the order of the contract."""
        return list(self.row.DESCRIPTOR.fields)

    def cells(self, message: Any) -> dict[str, Any]:
        """One row."""
        return {field.name: _cell(message, field) for field in self.fields}

    def told(self) -> dict[str, Any]:
        """The columns in words."""
        columns = [
            {"name": field.name, "type": _TYPES[field.type], "meaning": self.meanings[field.name]}
            for field in self.fields
        ]
        return {"name": self.name, "columns": columns}


ORDERS = Table("orders", pb.OrderRow, _ORDER)
UNITS = Table("units", pb.UnitRow, _UNIT)


def _cell(message: Any, field: FieldDescriptor) -> Any:
    value = getattr(message, field.name)
    if field.enum_type is not None:
        return translation.names(field.enum_type).get(value) or ""
    if field.message_type is not None:
        return translation.time(value) if message.HasField(field.name) else ""
    return value
