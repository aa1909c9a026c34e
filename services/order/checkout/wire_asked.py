"""What callers ask for, as order's own values."""

from collections.abc import Iterable

from kit import access, pan
from kit.access import Kind
from kit.errors import invalid
from omo.order.v1 import cart_service_pb2 as cart_pb
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.type.v1 import channel_pb2, trade_pb2
from services.order.checkout import wire, wire_delivery, wire_freight, wire_spends
from services.order.checkout.domain import ChannelKind, Method, State
from services.order.checkout.domain_basket import Basket, Quote, Want
from services.order.checkout.domain_parts import Part
from services.order.checkout.domain_placing import Placing
from services.order.invoices import wire_buyer
from services.order.invoices.domain import Buyer

METHODS = {
    trade_pb2.FULFILMENT_METHOD_UNSPECIFIED: None,
    trade_pb2.FULFILMENT_METHOD_CARRY_OUT: Method.CARRY_OUT,
    trade_pb2.FULFILMENT_METHOD_COLLECT: Method.COLLECT,
    trade_pb2.FULFILMENT_METHOD_SHIP: Method.SHIP,
}


def member(member_id: str) -> str | None:
    """The member that a call is about: who signed in, unless staff or headquarters name one; None for a guest."""
    principal = access.current()
    if principal.kind is Kind.MEMBER and not member_id:
        return principal.id
    if not member_id:
        return None
    access.require_member(member_id)
    return wire.identifier("member_id", member_id)


def owner(member_id: str) -> str | None:
    """For whom a contact must have been sealed: the member that a call is about, or the guest who asks."""
    principal = access.current()
    return member(member_id) or (principal.id if principal.kind is Kind.GUEST else None)


def basket(request: pb.QuoteRequest) -> Basket:
    return Basket(
        channel_id=request.channel_id,
        wants=_wants(request.lines),
        member_id=member(request.member_id),
        location_id=request.location_id,
        codes=tuple(request.coupon_codes),
        spend_points=request.spend_points,
        spends=wire_spends.uses(request.spends),
        refused_gifts=tuple(request.refused_gifts),
        delivery=wire_delivery.asked(request.delivery) if request.HasField("delivery") else None,
    )


def placing(request: pb.PlaceOrderRequest, contact_id: str) -> Placing:
    """The wish, with the contact that was found to be its member's."""
    pay, parts = paid(request)
    return Placing(
        basket=Basket(
            channel_id=request.channel_id,
            wants=_wants(request.lines),
            member_id=member(request.member_id),
            codes=tuple(request.coupon_codes),
            spend_points=request.spend_points,
            spends=wire_spends.uses(request.spends),
            refused_gifts=tuple(request.refused_gifts),
        ),
        quote_id=wire.identifier("quote_id", request.quote_id) if request.quote_id else None,
        provider=pay.provider,
        instrument_token=pay.instrument_token,
        return_url=pay.return_url,
        parts=parts,
        contact_id=contact_id,
        masked_name=request.masked_name,
        invoice=invoice(request, member(request.member_id)),
        cart_hold_id=wire.identifier("cart_hold_id", request.cart_hold_id) if request.cart_hold_id else "",
        staff_link_token=request.staff_link_token,
        delivery=wire_delivery.asked(request.delivery) if request.HasField("delivery") else None,
    )


def invoice(
    request: pb.QuoteRequest | pb.PlaceOrderRequest | cart_pb.CheckOutCartRequest, member_id: str | None
) -> Buyer | None:
    """What the buyer says about his invoice; None: nothing."""
    return wire_buyer.buyer(request.invoice, member=member_id is not None) if request.HasField("invoice") else None


def paid(request: pb.PlaceOrderRequest | cart_pb.CheckOutCartRequest) -> tuple[Part, tuple[Part, ...]]:
    """The payment, or the first of several, and all of those; a card's number is no token, name or address."""
    pan.refuse("masked_name", request.masked_name)
    pan.refuse("staff_link_token", request.staff_link_token)
    one = Part(request.payment.provider, request.payment.instrument_token, request.payment.return_url)
    if request.payments and one.provider:
        raise invalid("payments", "must be empty where there is one payment")
    parts = tuple(
        Part(each.provider, each.instrument_token, each.return_url, each.amount if each.HasField("amount") else None)
        for each in request.payments
    )
    for field, part in [("payment", one), *((f"payments[{place}]", part) for place, part in enumerate(parts))]:
        pan.refuse(f"{field}.instrument_token", part.instrument_token)
        pan.refuse(f"{field}.return_url", part.return_url)
    return (parts[0] if parts else one), parts


def state(given: order_pb2.OrderState.ValueType) -> State | None:
    """The state that a list is cut to, if any."""
    if given == order_pb2.ORDER_STATE_UNSPECIFIED:
        return None
    try:
        return State(order_pb2.OrderState.Name(given).removeprefix("ORDER_STATE_"))
    except ValueError:
        raise invalid("state", "must be a state of orders") from None


def channel_kind(given: channel_pb2.ChannelKind.ValueType) -> ChannelKind | None:
    """The kind of channel that a list is cut to, if any."""
    if given == channel_pb2.CHANNEL_KIND_UNSPECIFIED:
        return None
    try:
        return ChannelKind(channel_pb2.ChannelKind.Name(given).removeprefix("CHANNEL_KIND_"))
    except ValueError:
        raise invalid("channel_kind", "must be a kind of channel") from None


def quote(quote_id: str, given: Quote) -> pb.Quote:
    """A quote as the API shows it; the caller sets when it ends."""
    message = pb.Quote(
        quote_id=quote_id,
        lines=[wire.line(each, given.currency) for each in given.lines],
        totals=wire.totals(given.totals, given.currency, given.tax_included),
        catalogue_version=given.catalogue_version,
        price_list_version=given.price_list_version,
        rules_version=given.rules_version,
        skipped_rules=[pb.SkippedRule(rule_id=each.rule_id, reason=each.reason) for each in given.skipped],
        points_spent=given.points_spent,
        points_value=wire.money(given.totals.points_value, given.currency),
        spends=wire_spends.spends(given.spends),
        amount_due=wire.money(given.due, given.currency),
    )
    if given.freight:
        message.shipping_charge.CopyFrom(wire_freight.charge(given.freight, given.currency))
    if given.preorders:
        wire_delivery.mark(message.lines, given.preorders)
    return message


def _wants(lines: Iterable[pb.BasketLine]) -> tuple[Want, ...]:
    return tuple(
        Want(line.sku, line.quantity, _method(place, line), line.fulfilment_location_id)
        for place, line in enumerate(lines)
    )


def _method(place: int, line: pb.BasketLine) -> Method | None:
    if line.method not in METHODS:
        raise invalid(f"lines[{place}].method", "must be COLLECT or SHIP")
    return METHODS[line.method]
