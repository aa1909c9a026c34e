"""Baskets as they are asked for, and lines as they are priced: the same in quotes and orders."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.http.shapes.ahead import LineAhead
from gateway.http.shapes.fields import Asked, LocationId, Money, Quantity, Shown, Sku, StaffCode, eg, kinds, price
from omo.type.v1 import trade_pb2

Method = Annotated[str | None, kinds(trade_pb2.FulfilmentMethod, "COLLECT")]
Coupons = Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=64)]], Field(max_length=5), eg([])]
RefusedGifts = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=255)]],
    Field(max_length=100),
    eg([], "Rules whose gift the shopper does not want."),
]
Points = Annotated[int, Field(strict=True, ge=0, le=100_000_000), eg(0, "Points to spend.")]


class BasketLine(Asked):
    """What is wanted: never a price."""

    sku: Sku
    quantity: Quantity
    method: Annotated[Literal["COLLECT", "SHIP", "CARRY_OUT"], eg("COLLECT")] = "SHIP"
    fulfilment_location_id: Annotated[
        LocationId | None, eg("TPE01", "The store to collect in; for SHIP none: sourcing decides who sends it.")
    ] = None


Lines = Annotated[list[BasketLine], Field(min_length=1, max_length=100)]


class Discount(Shown):
    """A discount with the rule that gave it."""

    rule_id: Annotated[str, eg("gold-5")]
    rule_version: Annotated[str, eg("1")]
    stage: Annotated[str, eg("line", "product, line, order or points.")]
    amount: Annotated[int, eg(640, "Minor units, positive.")]


class OrderLine(Shown):
    """One line; the authority is its total, a price per unit would be display."""

    line_no: Annotated[int, eg(1)]
    sku: Sku
    name: Annotated[str, eg("Camel coat M")]
    quantity: Annotated[int, eg(1, "Base units.")]
    by_measure: Annotated[bool, eg(False)]
    list_total: Annotated[Money | None, price(12800)]
    discount_total: Annotated[Money | None, price(640)]
    net_total: Annotated[Money | None, price(12160, "What the shopper pays for the line.")]
    tax_total: Annotated[Money | None, price(579, "Inside net_total, or on top: see tax_included.")]
    discounts: list[Discount]
    method: Method
    fulfilment_location_id: LocationId | None
    seller_staff_code: Annotated[StaffCode | None, eg(None, "Who sold it in person.")]
    points_value: Annotated[Money | None, price(0)]
    preorder: Annotated[LineAhead | None, eg(None, "Set where it was sold before its goods were there.")]


class Totals(Shown):
    """Sums over all lines."""

    list_total: Annotated[Money | None, price(12800)]
    discount_total: Annotated[Money | None, price(640)]
    tax_total: Annotated[Money | None, price(579)]
    grand_total: Annotated[Money | None, price(12160, "What is to be paid.")]
    tax_included: Annotated[bool, eg(True)]
    points_value: Annotated[Money | None, price(0, "What points paid of it.")]
    shipping_total: Annotated[Money | None, eg(None, "What bringing the goods costs, with its tax: a part of it.")]
