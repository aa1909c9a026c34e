"""Takes a good that a store has not from all that waits there, order by order."""

from kit import access, faultpoints, timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.timers import Due
from services.order.checkout import store_reads as orders
from services.order.checkout import store_saga
from services.order.fulfilment import collateral, domain_rejected
from services.order.fulfilment import store as tasks
from services.order.fulfilment.collateral import Gone
from services.order.fulfilment.usecases_reject import Rejections
from services.order.shipping import store
from services.order.shipping.domain import waits

_BULK = 100

faultpoints.register("shipping.after_collateral")


class Collateral:
    """Each order in a transaction of its own, as everybody locks it; what a crash left is done by the next try."""

    def __init__(self, db: Database, clock: Clock, rejections: Rejections) -> None:
        self._db = db
        self._clock = clock
        self._rejections = rejections

    async def due(self, due: Due) -> None:
        gone = collateral.decode(due.payload)
        with access.acting_as(access.service("order")):
            async with self._db.read() as tx:
                found = await store.fellows(tx, gone.location_id, gone.skus, _BULK)
            took = False
            for order_id in found:
                async with self._db.transaction() as tx:
                    took = await self._reject(tx, order_id, gone) or took
                faultpoints.hit("shipping.after_collateral")
            async with self._db.transaction() as tx:
                if len(found) == _BULK:  # the rest of them; a try is used up only where nothing came of it
                    await timers.again(tx, due, self._clock(), None if took else "more wait")
                else:
                    await timers.finish(tx, due)

    async def _reject(self, tx: Tx, order_id: str, gone: Gone) -> bool:
        """Whether anything was taken from the place."""
        took = False
        await store_saga.lock(tx, order_id)
        parts = [one for one in await tasks.lock_of_order(tx, order_id) if one.location_id == gone.location_id]
        for order in await orders.orders(tx, [order_id]):
            for part in filter(waits, parts):
                numbers = {line.line_no for line in part.lines if line.sku in gone.skus}
                if numbers:
                    (taken,) = domain_rejected.of_place(order, [part], gone.location_id, numbers, gone.reason)
                    await self._rejections.take_lines(tx, taken)
                    took = True
        return took
