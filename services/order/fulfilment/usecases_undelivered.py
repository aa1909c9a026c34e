"""Ends what nobody will hand over: units of an order that goes on, or the whole of it, and lets their money go."""

from collections.abc import Sequence

from kit import access, outbox, timers
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.order.checkout import store_reads as orders
from services.order.checkout.domain import ChannelKind, Line, Order
from services.order.checkout.domain import State as OrderState
from services.order.checkout.domain_freight import State as Freight
from services.order.checkout.usecases_end import Endings
from services.order.freight import domain as ways
from services.order.freight import store as freight
from services.order.fulfilment import (
    domain_cancelled,
    domain_news,
    store,
    store_cancelled,
    store_reads,
    store_sourced,
    wire_cancelled,
)
from services.order.fulfilment.domain_states import Reason
from services.order.fulfilment.domain_units import Run


class Undelivered:
    """The one way for units that never come, whoever says so: inventory, a store, headquarters or the shopper."""

    def __init__(self, clock: Clock, endings: Endings) -> None:
        self._clock = clock
        self._endings = endings

    async def give_up(
        self, tx: Tx, order: Order, runs: Sequence[tuple[Line, Run]], reason: str, *, keep: bool = False
    ) -> None:
        """Cancels units that nobody has; the caller has locked the order and ended their tasks.

        Where nothing of the order stands or is looked for any more, it ends whole, unless a part of its money is kept.
        """
        if not runs:
            return
        gone = await store_cancelled.of_order(tx, order.order_id)
        fresh = domain_cancelled.cancelled(order, runs, reason, self._clock())
        parts = await store_reads.of_orders(tx, [order.order_id])
        standing = [part for part in parts if part.stands]
        sold = order.channel_kind is ChannelKind.STORE  # the counter gives the money back, the sale stays
        if not sold and not keep and not standing and not domain_cancelled.free(order, (), [*gone, *fresh]):
            await self._endings.end(tx, order, reason)
            return
        await store_cancelled.add(tx, order.order_id, fresh, access.current().actor)
        order, version = await store.touched(tx, order)
        if order.freight and domain_cancelled.unsent(order, [*gone, *fresh]):
            await freight.release(tx, order.order_id)
        if order.freight and order.freight.state is Freight.CHARGED:  # what came back before may have been all the rest
            await timers.schedule(tx, ways.BACK, order.order_id, self._clock())
        back = domain_cancelled.given_back(order, fresh, gone)
        await self._endings.give_value_back(tx, order, back, f"{fresh[0].line_no}:{fresh[0].first}", reason)
        event = wire_cancelled.cancelled(order, fresh, version, back)
        event.meta.event_id = uuid7()
        if reason != Reason.UNFILLABLE:  # of what inventory gave up its word told already
            news = domain_news.cancelled(order.order_id, event.meta.event_id, fresh, event.reason)
            await store_sourced.tell(tx, news)
        await outbox.append(tx, event)
        await self.let_go_if_done(tx, order.order_id)

    async def let_go_if_done(self, tx: Tx, order_id: str) -> None:
        """Lets go what was secured for cancelled units, once all that comes is there and paid."""
        gone = await store_cancelled.of_order(tx, order_id)
        if not gone:
            return
        (order,) = await orders.orders(tx, [order_id])
        parts = await store_reads.of_orders(tx, [order_id])
        if order.state is OrderState.CONFIRMED and domain_cancelled.is_paid(order, parts, gone):
            await self._endings.let_rest_go(tx, order_id)
