"""Ends confirmed orders: the other services hear of it and undo their part, the provider is asked by a timer."""

from kit import outbox
from kit.clock import Clock
from kit.postgres import Tx
from services.order.checkout import store_saga, wire_facts
from services.order.checkout.domain import Order, State, move
from services.order.checkout.domain_placing import StillPlaced
from services.order.payments.usecases import Payments


class Endings:
    """The one way back after the pivot, whoever wants it: shopper, store, or nobody who could send the goods."""

    def __init__(self, clock: Clock, payments: Payments) -> None:
        self._clock = clock
        self._payments = payments

    async def end(self, tx: Tx, order: Order, reason: str) -> Order:
        """Stock, value and money go back; the caller has locked the saga and ended the tasks."""
        now, ended = self._clock(), move(order, State.CANCELLED, reason)
        if await store_saga.cancel_confirmed(tx, order.order_id, reason) is None:
            raise StillPlaced("somebody else changed this order", order_id=order.order_id)
        await outbox.append(tx, wire_facts.cancelled(ended, True, now))
        if order.totals.grand_total:
            await self._payments.give_back_later(tx, order.order_id)
        return ended

    async def let_rest_go(self, tx: Tx, order_id: str) -> None:
        """The order goes on; what was secured for goods that never come is let go."""
        await self._payments.let_go_later(tx, order_id)
