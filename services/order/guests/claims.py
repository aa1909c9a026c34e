"""Makes a guest's orders a member's, once the guest has proved to be that member."""

import json
from collections.abc import Sequence
from datetime import datetime

from kit import access, outbox, timers
from kit.clock import Clock
from kit.postgres import Tx
from kit.timers import Due
from services.order.checkout import store_reads
from services.order.fulfilment import store as tasks
from services.order.fulfilment import store_sourced
from services.order.guests import domain, store
from services.order.returns import store as returns
from services.order.returns import telling
from services.order.sales import wire_claims

AGAIN = "guests.claim"


class GuestClaims:
    """A late match like that of a receipt: what follows is the listeners' to compute, as of the order's own time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def found(self, tx: Tx, guest_id: str, member_id: str) -> None:
        """The guest is this member; what he is ordering just now follows as it ends."""
        await self._give(tx, guest_id, member_id)
        await self._look_again(tx, guest_id, member_id, self._clock() + domain.UNTIL)

    async def again(self, tx: Tx, due: Due) -> None:
        """Until his token is over and everything has ended."""
        told = json.loads(due.payload)
        member_id, until = told["member_id"], datetime.fromisoformat(told["until"])
        await self._give(tx, due.key, member_id)
        if self._clock() < until or await store.is_open(tx, due.key):
            await self._look_again(tx, due.key, member_id, until)

    async def _give(self, tx: Tx, guest_id: str, member_id: str) -> None:
        now, order_ids = self._clock(), await store.ended(tx, guest_id)
        if not order_ids:
            return
        await _lock(tx, order_ids)
        told = await store.claim(tx, order_ids, member_id, now, access.current().actor)
        orders = await store_reads.orders(tx, told) if told else []
        await outbox.append(tx, *(wire_claims.event(order, now) for order in orders))
        for order in orders:
            await telling.again(tx, order)

    async def _look_again(self, tx: Tx, guest_id: str, member_id: str, until: datetime) -> None:
        payload = json.dumps({"member_id": member_id, "until": until.isoformat()}).encode()
        await timers.schedule(tx, AGAIN, guest_id, self._clock() + domain.AGAIN, payload)


async def _lock(tx: Tx, order_ids: Sequence[str]) -> None:
    """As every change of orders does: their sagas, their returns, their tasks.

    Whoever cancels, returns or hands over beside it knows of the member, or has ended before all is told.
    """
    await store_sourced.lock(tx, order_ids)
    for order_id in order_ids:
        await returns.lock_order(tx, order_id)
    await tasks.lock_of_orders(tx, order_ids)
