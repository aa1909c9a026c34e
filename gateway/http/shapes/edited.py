"""Changes of orders, as they are asked for, looked at and shown."""

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from gateway.http.shapes.baskets import BasketLine, OrderLine, Totals
from gateway.http.shapes.fields import (
    Asked,
    ContactId,
    Money,
    OrderId,
    QuoteId,
    Shown,
    Time,
    Version,
    Whole,
    eg,
    price,
    said,
)
from gateway.http.shapes.sold import Order

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


class EditAction(Asked):
    """One thing to change: one of these."""

    set_quantity: Annotated[SetQuantity | None, said("How much of a line there shall be: more of it is added.")] = None
    add_line: Annotated[BasketLine | None, said("What is added, at today's price.")] = None
    set_contact: Annotated[SetContact | None, said("Who receives or collects it.")] = None
    set_shipping: Annotated[SetShipping | None, said("How what is shipped goes.")] = None

    @model_validator(mode="after")
    def _one(self) -> "EditAction":
        named = (self.set_quantity, self.add_line, self.set_contact, self.set_shipping)
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


class EditFailure(Shown):
    """Why an action cannot be applied."""

    action_no: Annotated[int, eg(0, "Its place in the list, from 0; -1: all of them together.")]
    reason: Annotated[str, eg("EDIT_TOO_LATE")]
    detail: Annotated[str, eg("something is packed", "For people.")]


class AddedQuote(Shown):
    """What would be added, priced now; the price is honoured for ten minutes."""

    quote_id: QuoteId
    lines: list[OrderLine]
    totals: Totals
    amount_due: Annotated[Money | None, price(990, "To be authorised.")]


class EditPreview(Shown):
    """What a change comes to."""

    possible: Annotated[bool, eg(True, "Nothing stands in its way.")]
    failures: Annotated[list[EditFailure], said("All that stands in its way.")]
    before: Annotated[Totals, said("The order as it is, without units that were given up before.")]
    after: Annotated[Totals, said("With the change.")]
    charge: Annotated[Money | None, price(0, "To be authorised for what is added.")]
    release: Annotated[Money | None, price(12160, "Let go, once the rest is paid.")]
    points_returned: Annotated[int, eg(0, "Points that come back.")]
    version: Version
    added: Annotated[AddedQuote | None, said("What would be added, priced now.")]


class PreviewAnswer(Shown):
    """What a change comes to; nothing was changed."""

    preview: Annotated[EditPreview, said("What the change would do.")]


class ShownSetQuantity(Shown):
    """How much of a line there was to be."""

    line_no: Annotated[int, eg(1)]
    quantity: Annotated[int, eg(1)]


class ShownSetShipping(Shown):
    """How what is shipped was to go."""

    shipping_method: Annotated[str, eg("express", "One of the brand's methods.")]


class ShownAddLine(Shown):
    """What was added."""

    sku: Annotated[str, eg("SCARF-RED")]
    quantity: Annotated[int, eg(1)]


class ShownAction(Shown):
    """One thing that was changed; who receives it is shown with the order."""

    set_quantity: Annotated[ShownSetQuantity | None, said("How much of a line there was to be.")]
    add_line: Annotated[ShownAddLine | None, said("What was added.")]
    set_shipping: Annotated[ShownSetShipping | None, said("How what is shipped was to go.")]


class OrderEdit(Shown):
    """A change of an order."""

    edit_id: Annotated[str, eg("0199a5c2-7711-5a22-9d11-2b3c4d5e6f70", "The change's id.")]
    order_id: OrderId
    state: Annotated[str, eg("APPLIED", "PLACING, UNDOING, APPLIED, REFUSED.")]
    seen_version: Version
    actions: Annotated[list[ShownAction], said("What was changed.")]
    added_order_id: Annotated[OrderId | None, said("The order that was made of what was added.")]
    charged: Annotated[Money | None, price(0, "Authorised for what was added.")]
    released: Annotated[Money | None, price(12160, "Let go of what was secured, once the rest is paid.")]
    points_returned: Annotated[int, eg(0, "Points that came back.")]
    business_time: Time | None


class EditAnswer(Shown):
    """The change, and the order with it."""

    edit: Annotated[OrderEdit, said("The change.")]
    order: Order


class EditList(Shown):
    """An order's changes, oldest first."""

    edits: Annotated[list[OrderEdit], said("The order's changes, oldest first.")]


class PolicyIn(Asked):
    """Whether shoppers change their orders themselves."""

    shoppers: Annotated[bool, eg(True, "Shoppers change their orders themselves.")]
    minutes: Annotated[
        Whole, Field(ge=0, le=525_600), eg(30, "So long after they ordered; 0: until something is ready or packed.")
    ]


class PutEditPolicy(Asked):
    """The next version of it."""

    policy: PolicyIn


class EditPolicy(Shown):
    """Whether shoppers change their orders themselves, and how long."""

    shoppers: Annotated[bool, eg(True, "Shoppers change their orders themselves.")]
    minutes: Annotated[int, eg(30, "After they ordered; 0: until something is ready or packed.")]
    version: Version


class EditPolicyOut(Shown):
    """The one in force."""

    policy: EditPolicy
