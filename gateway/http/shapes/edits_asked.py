"""Changes of orders, as they are asked for."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from gateway.http.shapes.baskets import BasketLine
from gateway.http.shapes.fields import Asked, ContactId, LocationId, QuoteId, Whole, eg, said
from gateway.http.shapes.invoiced import InvoiceBuyer

_LINE_NO = Annotated[Whole, Field(ge=1, le=100_000), eg(1, "The order's line.")]
_UNITS = Annotated[Whole, Field(ge=0, le=1_000_000), eg(1, "In base units; 0 removes the line.")]
_SHORT = StringConstraints(max_length=64)


class SetQuantity(Asked):
    """How much of a line there shall be."""

    line_no: _LINE_NO
    quantity: _UNITS


class SetContact(Asked):
    """Who receives or collects it."""

    contact_id: ContactId
    masked_name: Annotated[str, _SHORT, eg("陳○明", "Shown in the store.")] = ""


class SetShipping(Asked):
    """How what is shipped goes."""

    shipping_method: Annotated[str, _SHORT, eg("express", "One of the brand's methods.")]


class SetFulfilment(Asked):
    """Where lines are collected from now on, or that they are shipped; nobody must work on them yet."""

    line_nos: Annotated[
        list[_LINE_NO], Field(max_length=100), eg([1], "Collected in one store; none: all that is collected.")
    ] = []
    method: Annotated[Literal["COLLECT", "SHIP"], eg("COLLECT")]
    fulfilment_location_id: Annotated[LocationId | None, eg("TPE02", "The store to collect in; none for SHIP.")] = None


class EditAction(Asked):
    """One thing to change: one of these."""

    set_quantity: Annotated[SetQuantity | None, said("How much of a line there shall be: more of it is added.")] = None
    add_line: Annotated[BasketLine | None, said("What is added, at today's price.")] = None
    set_contact: Annotated[SetContact | None, said("Who receives or collects it.")] = None
    set_shipping: Annotated[SetShipping | None, said("How what is shipped goes.")] = None
    set_invoice: Annotated[
        InvoiceBuyer | None, said("For whom its invoice is, said anew as a whole, while none is issued.")
    ] = None
    set_fulfilment: Annotated[
        SetFulfilment | None, said("Where it is collected, or that it is shipped: a change of its own.")
    ] = None

    @model_validator(mode="after")
    def _one(self) -> "EditAction":
        named = (
            self.set_quantity, self.add_line, self.set_contact, self.set_shipping, self.set_invoice,
            self.set_fulfilment,
        )  # fmt: skip
        if sum(one is not None for one in named) != 1:
            raise ValueError("must name one thing to change")
        return self


ACTIONS = [{"set_quantity": {"line_no": 1, "quantity": 1}}]
Actions = Annotated[list[EditAction], Field(min_length=1, max_length=50), eg(ACTIONS, "Applied all or none.")]


class PreviewEdit(Asked):
    """What would change."""

    actions: Actions


class EditPayment(Asked):
    """How what is added is paid: at once."""

    provider: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("simulator")]
    instrument_token: Annotated[
        str,
        StringConstraints(min_length=1, max_length=256),
        eg("sim_ok", "The provider's own token; never a card number."),
    ]


class ApplyEdit(Asked):
    """What changes, of the order as it was seen."""

    version: Annotated[Whole, Field(ge=1), eg(3, "The version that the preview was reckoned on.")]
    actions: Actions
    quote_id: Annotated[QuoteId | None, eg(None, "The preview's, for what is added; none: priced now.")] = None
    payment: Annotated[EditPayment | None, eg(None, "Only where something is added.")] = None
    reason: Annotated[
        str, StringConstraints(pattern="^[A-Z_]{0,64}$"), eg("ASKED_BY_PHONE", "Why: a code, for whoever looks later.")
    ] = ""


class PolicyIn(Asked):
    """Whether shoppers change their orders themselves."""

    shoppers: Annotated[bool, eg(True, "Shoppers change their orders themselves.")]
    minutes: Annotated[
        Whole, Field(ge=0, le=525_600), eg(30, "So long after they ordered; 0: until something is ready or packed.")
    ]


class PutEditPolicy(Asked):
    """The next version of it."""

    policy: PolicyIn
