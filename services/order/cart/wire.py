"""Carts as the API shows them."""

from omo.order.v1 import cart_pb2
from omo.type.v1 import money_pb2
from services.order.cart import domain
from services.order.cart.domain import Line, Origin
from services.order.cart.domain_problems import Kind, Problem, Shown
from services.order.checkout import wire as order_wire
from services.order.checkout import wire_delivery, wire_freight, wire_spends

_STATES = {state: cart_pb2.CartState.Value(f"CART_STATE_{state}") for state in domain.State}
_ORIGINS = {origin: cart_pb2.CartOrigin.Value(f"CART_ORIGIN_{origin or 'UNSPECIFIED'}") for origin in Origin}
_FREEZES = {kind: cart_pb2.CartFreeze.Value(f"CART_FREEZE_{kind}") for kind in domain.Frozen}
_PROBLEMS = {kind: cart_pb2.CartProblemKind.Value(f"CART_PROBLEM_KIND_{kind}") for kind in Kind}


def cart(shown: Shown, currency: str) -> cart_pb2.Cart:
    """A cart with its price and what is wrong with it."""
    given, quote = shown.cart, shown.priced.quote
    contents = given.contents
    message = cart_pb2.Cart(
        cart_id=given.cart_id,
        member_id=given.member_id or "",
        state=_STATES[given.state],
        channel_id=given.channel_id,
        location_id=given.location_id,
        version=given.version,
        lines=[_line(each, shown, currency) for each in contents.lines],
        coupon_codes=contents.codes,
        refused_gifts=contents.refused,
        spend_points=contents.spend_points,
        spends=wire_spends.spends(contents.spends),
        delivery=wire_delivery.delivery(contents.delivery) if contents.delivery else None,
        problems=[_problem(each, currency) for each in shown.problems],
        order_id=given.order_id,
        merged_into_cart_id=given.merged_into or "",
        update_time=order_wire.timestamp(given.change_time) if given.change_time else None,
        stock_unknown=not shown.stock_known,
    )
    if quote is not None:
        message.totals.CopyFrom(order_wire.totals(quote.totals, currency, quote.tax_included))
        message.amount_due.CopyFrom(order_wire.money(quote.due, currency))
        if quote.freight is not None:
            message.shipping_charge.CopyFrom(wire_freight.charge(quote.freight, currency))
        message.gifts.extend(order_wire.line(each, currency) for each in quote.lines[len(shown.priced.lines) :])
    if contents.freeze is not None:
        message.freeze = _FREEZES[contents.freeze.kind]
        message.freeze_end_time.CopyFrom(order_wire.timestamp(contents.freeze.until))
    if given.lock is not None:
        message.lock.client_id = given.lock.client_id
        message.lock.end_time.CopyFrom(order_wire.timestamp(given.lock.until))
    return message


def _line(given: Line, shown: Shown, currency: str) -> cart_pb2.CartLine:
    priced = shown.priced.of(given.line_id)
    line = cart_pb2.CartLine(
        line_id=given.line_id,
        sku=given.sku,
        quantity=given.quantity,
        fulfilment_location_id=given.location_id,
        origin=_ORIGINS[given.origin],
        staff_code=given.staff_code,
        add_time=order_wire.timestamp(given.add_time),
        priced=order_wire.line(priced, currency) if priced is not None else None,
    )
    if given.method is not None:
        line.method = order_wire.method(given.method)
    return line


def _problem(given: Problem, currency: str) -> cart_pb2.CartProblem:
    return cart_pb2.CartProblem(
        kind=_PROBLEMS[given.kind],
        line_id=given.line.line_id if given.line else "",
        sku=given.line.sku if given.line else "",
        code=given.code,
        reason=given.reason,
        available_quantity=given.available,
        old_price=_money(given.old, currency),
        new_price=_money(given.new, currency),
        limit_id=given.limit_id,
        allowed_quantity=given.allowed,
        blocks=given.blocks,
    )


def _money(amount: int | None, currency: str) -> money_pb2.Money | None:
    return order_wire.money(amount, currency) if amount is not None else None
