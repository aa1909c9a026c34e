"""Ends confirmed orders: the other services hear of it and undo their part, the provider is asked by a timer."""

from collections.abc import Sequence
from dataclasses import replace

from kit import access, outbox
from kit.clock import Clock
from kit.postgres import Tx
from services.order.checkout import store_saga, wire_facts
from services.order.checkout.domain import Entry, Order, State, TenderEntry, move
from services.order.checkout.domain_placing import StillPlaced
from services.order.checkout.domain_spends import TENDERS, Use
from services.order.checkout.domain_tenders import value_left
from services.order.payments import store as payments_store
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
        await self._journal(tx, order, value_left(order.tenders), "cancel", reason)
        await outbox.append(tx, wire_facts.cancelled(ended, True, now))
        if order.due:
            await self._payments.give_back_later(tx, order.order_id)
        return ended

    async def give_value_back(self, tx: Tx, order: Order, back: Sequence[Use], key: str, reason: str) -> None:
        """Notes what of the order's value tenders goes back; the value's owner hears of it by event."""
        amounts = {use.ref: use.pays for use in back if use.pays and TENDERS[use.kind] != "PREPAID"}
        left = [replace(one, amount=amounts[one.reference]) for one in value_left(order.tenders)
                if one.reference in amounts and one.kind != "PREPAID"]  # fmt: skip
        await self._journal(tx, order, left, key, reason)

    async def _journal(self, tx: Tx, order: Order, back: Sequence[TenderEntry], key: str, reason: str) -> None:
        for paid in back:
            entry = replace(paid, entry=Entry.REFUNDED, business_time=self._clock(), key=key)
            await payments_store.add(tx, order.order_id, entry, access.current().actor, reason)

    async def let_rest_go(self, tx: Tx, order_id: str) -> None:
        """The order goes on; what was secured for goods that never come is let go."""
        await self._payments.let_go_later(tx, order_id)
