"""What a change adds, on its way to an order of its own."""

from collections.abc import Sequence
from dataclasses import replace

from services.order.checkout import domain_freight
from services.order.checkout.domain import Method, Order
from services.order.checkout.domain_basket import Basket, Want
from services.order.checkout.domain_delivery import Delivery
from services.order.edits.domain import Plan
from services.order.edits.domain_refusals import EditStale
from services.order.edits.domain_standing import Standing


def delivery(order: Order) -> Delivery | None:
    """How what is added goes: as what is there."""
    return replace(order.delivery, parked=()) if order.delivery and order.delivery.shipping_method else None


def added(given: Standing, plan: Plan, wants: Sequence[Want]) -> Basket:
    """What is added, to be priced on its own; it goes along with what pays for the way already, and still will."""
    order = given.order
    along = order.order_id if given.pays(plan.removed) else ""
    return Basket(order.channel_id, tuple(wants), order.member_id, delivery=delivery(order), along=along)


def check_paid(given: Standing, plan: Plan, made: Order) -> None:
    """Refuses what was placed as going along, if the order would pay for no way any more."""
    shipped = any(line.method is Method.SHIP for line in made.lines)
    if not shipped or made.freight is not None or given.order.freight is None or given.pays(plan.removed):
        return
    way = domain_freight.route(made.delivery)
    if given.fees.rule(way.way, way.method, made.channel_id) is not None:
        raise EditStale("what is added would go along with nothing", order_id=given.order.order_id)
