"""Orders and fulfilments, as every audience is shown them."""

from typing import Annotated

from gateway.http.shapes.baskets import Method, OrderLine, Totals
from gateway.http.shapes.deliveries import OrderNews, ShownDelivery
from gateway.http.shapes.fields import (
    ChannelId,
    ContactId,
    LocationId,
    MemberId,
    Money,
    NextPage,
    OrderId,
    Shown,
    Sku,
    StaffCode,
    TaskId,
    Time,
    Version,
    eg,
    kinds,
    price,
)
from gateway.http.shapes.freight import ShippingCharge
from gateway.http.shapes.invoiced import OrderInvoice
from gateway.http.shapes.parcels import Parcel
from gateway.http.shapes.wallet import Used
from omo.order.v1 import order_pb2
from omo.type.v1 import channel_pb2, trade_pb2


class Tender(Shown):
    """A part of what was paid."""

    tender_id: Annotated[str, eg("0199a5c2-5a00-7c22-9d11-2b3c4d5e6f70")]
    kind: Annotated[str | None, kinds(trade_pb2.TenderKind, "PROVIDER")]
    provider: Annotated[str | None, eg("simulator")]
    amount: Annotated[Money | None, price(12160)]
    state: Annotated[str | None, kinds(order_pb2.TenderState, "AUTHORISED")]


class NextAction(Shown):
    """What must happen before the order can be confirmed: one of the two."""

    redirect_url: Annotated[str | None, eg(None, "Send the shopper here.")]
    wait_seconds: Annotated[int | None, eg(5, "Nothing to do; ask again, or follow the order.")]


class CancelledUnits(Shown):
    """Units of a line that nobody will hand over, while the rest of the order goes on."""

    first: Annotated[int, eg(1)]
    last: Annotated[int, eg(1)]
    quantity: Annotated[int, eg(1, "Base units.")]
    reason: Annotated[str | None, eg("UNFILLABLE")]
    cancel_time: Time | None


class BackorderedUnits(Shown):
    """Units of a line that wait for goods that are not there yet."""

    quantity: Annotated[int, eg(1, "Base units.")]
    promise_time: Annotated[Time | None, eg(None, "When goods for all of them are expected; null: nobody knows yet.")]


class SoldLine(OrderLine):
    """One line of an order."""

    cancelled_units: Annotated[
        list[CancelledUnits], eg([], "Units that nobody will hand over: not paid, points spent on them given back.")
    ]
    backordered: Annotated[
        BackorderedUnits | None, eg(None, "Set while some of it waits for goods: how many units, and until when.")
    ]


class FulfilmentLine(Shown):
    """Which goods."""

    line_no: Annotated[int, eg(1)]
    sku: Sku
    name: Annotated[str, eg("Camel coat M")]
    quantity: Annotated[int, eg(1)]
    first_unit: Annotated[int, eg(0, "The first of its units, from 0; a line may come in several runs.")]


class Fulfilment(Shown):
    """What one location does for an order."""

    fulfilment_id: TaskId
    order_id: OrderId
    order_no: Annotated[str, eg("K7Q2M-9")]
    method: Method
    location_id: LocationId
    state: Annotated[str | None, kinds(order_pb2.FulfilmentState, "PLACED")]
    lines: list[FulfilmentLine]
    version: Version
    accept_deadline_time: Time | None
    pickup_deadline_time: Time | None
    masked_name: Annotated[str, eg("陳○明")]
    contact_id: ContactId | None
    picker_staff_code: Annotated[StaffCode | None, eg(None)]
    handed_over_by_staff_code: Annotated[StaffCode | None, eg(None)]
    update_time: Time | None
    reason: Annotated[str | None, eg(None)]
    decision_id: Annotated[
        str | None, eg(None, "The sourcing decision that chose the location: why this store; null if the shopper did.")
    ]
    parcels: Annotated[list[Parcel], eg([])]
    ready_deadline_time: Time | None
    ship_deadline_time: Time | None
    part_no: Annotated[int, eg(0)]
    to_location_id: Annotated[LocationId | None, eg(None, "The store that it is sent to, to be collected there.")]


class Order(Shown):
    """One order, online or from a store: a store's receipt is an order too."""

    order_id: OrderId
    order_no: Annotated[str, eg("K7Q2M-9", "For people; a receipt's number for a store sale.")]
    state: Annotated[str | None, kinds(order_pb2.OrderState, "CONFIRMED")]
    channel_kind: Annotated[str | None, kinds(channel_pb2.ChannelKind, "ONLINE")]
    channel_id: ChannelId | None
    location_id: Annotated[LocationId | None, eg(None, "The store that sold it; null online.")]
    member_id: MemberId | None
    business_time: Time | None
    record_time: Time | None
    lines: list[SoldLine]
    totals: Totals | None
    tenders: list[Tender]
    next_action: Annotated[NextAction | None, eg(None, "Only while PENDING_PAYMENT.")]
    fulfilments: list[Fulfilment]
    version: Version
    reason: Annotated[str | None, eg(None, "What stopped it.")]
    contact_id: ContactId | None
    pickup_pin: Annotated[str | None, eg("482913", "Only for the shopper, only while something waits.")]
    review_flags: Annotated[list[str], eg([], "What somebody at headquarters should look at.")]
    delivery: Annotated[ShownDelivery | None, eg(None, "How its shipped lines go.")]
    attention: Annotated[
        list[str],
        eg(
            [],
            "To be seen to: UNPLACED, GIVEN_UP, PICKUP_REJECTED, PROMISE_BROKEN, PARCEL_LOST, PARCEL_RETURNED.",
        ),
    ]
    news: Annotated[list[OrderNews], eg([], "What happened to it on its way, oldest first.")]
    spends: Annotated[list[Used], eg([], "What of what he holds the member used.")]
    shipping_charge: Annotated[ShippingCharge | None, eg(None, "What bringing its shipped lines costs.")]
    invoices: Annotated[list[OrderInvoice], eg([], "Its electronic invoices, newest first.")]


class OrderAnswer(Shown):
    """One order."""

    order: Order


class OrderPage(Shown):
    """Orders, newest first."""

    orders: list[Order]
    next_page_token: NextPage


class TaskAnswer(Shown):
    """One fulfilment."""

    fulfilment: Fulfilment
