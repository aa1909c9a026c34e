"""What can be staged for an order: each thing to change, as somebody asked for it."""

from dataclasses import dataclass

from services.order.checkout.domain import Method
from services.order.checkout.domain_basket import Want
from services.order.invoices.domain_buyer import Said

MAX_ACTIONS = 50


@dataclass(frozen=True, slots=True)
class SetQuantity:
    line_no: int
    quantity: int


@dataclass(frozen=True, slots=True)
class AddLine:
    want: Want


@dataclass(frozen=True, slots=True)
class SetContact:
    contact_id: str
    masked_name: str


@dataclass(frozen=True, slots=True)
class SetShipping:
    shipping_method: str


@dataclass(frozen=True, slots=True)
class SetInvoice:
    """For whom the invoice is, said anew as a whole."""

    said: Said


@dataclass(frozen=True, slots=True)
class SetFulfilment:
    """Where lines are collected from now on; shipped, where no store is named. No lines: all that is collected."""

    line_nos: tuple[int, ...]
    method: Method
    location_id: str


Action = SetQuantity | AddLine | SetContact | SetShipping | SetInvoice | SetFulfilment
