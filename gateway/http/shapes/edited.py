"""Changes of orders, as they are looked at and shown."""

from typing import Annotated

from gateway.http.shapes.baskets import OrderLine, Totals
from gateway.http.shapes.fields import (
    LocationId,
    Money,
    OrderId,
    QuoteId,
    Shown,
    Time,
    Version,
    eg,
    kinds,
    price,
    said,
)
from gateway.http.shapes.profiled import Actor
from gateway.http.shapes.sold import Order
from omo.type.v1 import invoice_pb2, trade_pb2


class EditFailure(Shown):
    """Why an action cannot be applied."""

    action_no: Annotated[int, eg(0, "Its place in the list, from 0; -1: all of them together.")]
    reason: Annotated[str, eg("EDIT_TOO_LATE")]
    detail: Annotated[str, eg("something is packed", "For people; of a field the rule that it breaks.")]
    field: Annotated[str | None, eg(None, "The field that stands in its way, such as actions[0].set_invoice.tax_id.")]


class AddedQuote(Shown):
    """What would be added, priced now; the price is honoured for ten minutes."""

    quote_id: QuoteId
    lines: list[OrderLine]
    totals: Totals
    amount_due: Annotated[Money | None, price(990, "To be authorised.")]


class EditedInvoice(Shown):
    """For whom an invoice is going to be."""

    carrier_kind: Annotated[str | None, kinds(invoice_pb2.CarrierKind, "MOBILE_BARCODE", "None: on paper, or donated.")]
    masked_carrier: Annotated[str | None, eg("/AB*****")]
    donation_code: Annotated[str | None, eg(None)]
    masked_tax_id: Annotated[str | None, eg(None)]
    print: Annotated[bool, eg(False, "On paper.")]


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
    invoice: Annotated[EditedInvoice | None, said("For whom its invoice would be, where that changes.")]
    delivery_fee: Annotated[
        Money | None, price(0, "What bringing would cost that is collected until now; it is refused unless nothing.")
    ]


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


class ShownSetInvoice(Shown):
    """How its invoice was to be; for whom is kept sealed."""

    carrier_kind: Annotated[str | None, kinds(invoice_pb2.CarrierKind, "MOBILE_BARCODE", "None: on paper, or donated.")]
    donation_code: Annotated[str | None, eg(None)]


class ShownSetFulfilment(Shown):
    """Where it was to be collected, or that it was to be shipped."""

    line_nos: Annotated[list[int], eg([1], "None: all that was collected.")]
    method: Annotated[str | None, kinds(trade_pb2.FulfilmentMethod, "COLLECT")]
    fulfilment_location_id: Annotated[LocationId | None, eg("TPE02", "None: shipped.")]


class ShownAction(Shown):
    """One thing that was changed; who receives it is shown with the order."""

    set_quantity: Annotated[ShownSetQuantity | None, said("How much of a line there was to be.")]
    add_line: Annotated[ShownAddLine | None, said("What was added.")]
    set_shipping: Annotated[ShownSetShipping | None, said("How what is shipped was to go.")]
    set_invoice: Annotated[ShownSetInvoice | None, said("How its invoice was to be.")]
    set_fulfilment: Annotated[ShownSetFulfilment | None, said("Where it was to be collected, or shipped.")]


class OrderEdit(Shown):
    """A change of an order."""

    edit_id: Annotated[str, eg("0199a5c2-7711-5a22-9d11-2b3c4d5e6f70", "The change's id.")]
    order_id: OrderId
    state: Annotated[str, eg("APPLIED", "PLACING, UNDOING, MOVING, APPLIED, REFUSED.")]
    seen_version: Version
    actions: Annotated[list[ShownAction], said("What was changed.")]
    added_order_id: Annotated[OrderId | None, said("The order that was made of what was added.")]
    charged: Annotated[Money | None, price(0, "Authorised for what was added.")]
    released: Annotated[Money | None, price(12160, "Let go of what was secured, once the rest is paid.")]
    points_returned: Annotated[int, eg(0, "Points that came back.")]
    business_time: Time | None
    reason: Annotated[str | None, eg("ASKED_BY_PHONE", "Why: a code.")]
    actor: Annotated[Actor | None, said("Who asked for it; shown to staff and headquarters.")]


class EditAnswer(Shown):
    """The change, and the order with it."""

    edit: Annotated[OrderEdit, said("The change.")]
    order: Order


class EditList(Shown):
    """An order's changes, oldest first."""

    edits: Annotated[list[OrderEdit], said("The order's changes, oldest first.")]


class EditPolicy(Shown):
    """Whether shoppers change their orders themselves, and how long."""

    shoppers: Annotated[bool, eg(True, "Shoppers change their orders themselves.")]
    minutes: Annotated[int, eg(30, "After they ordered; 0: until something is ready or packed.")]
    version: Version


class EditPolicyOut(Shown):
    """The one in force."""

    policy: EditPolicy
