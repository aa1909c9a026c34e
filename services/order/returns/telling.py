"""Tells again what came back of an order that is a member's only since: nobody who counts for members had heard it."""

from kit import outbox
from kit.postgres import Tx
from services.order.checkout.domain import Order
from services.order.fulfilment import store as order_versions
from services.order.returns import store, store_refunds, wire_events


async def again(tx: Tx, order: Order) -> None:
    """The same words with the member in them, for nobody but those who count for him.

    Everybody else has followed already, and knows the units by the runs that they were then. What was spent went back
    by itself, whoever had spent it.
    """
    returns = await store.of_order(tx, order.order_id)
    refunds = await store_refunds.get(tx, [given.return_id for given in returns]) if returns else {}
    for given in reversed(returns):
        refund = refunds.get(given.return_id)
        if refund is None:  # it has not come back yet
            continue
        version = await order_versions.touch_order(tx, order.order_id)
        told = wire_events.returned(order, given, (), version, refund.grant_time, for_member_only=True)
        await outbox.append(tx, told)
