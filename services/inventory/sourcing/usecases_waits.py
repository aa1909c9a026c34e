"""Orders that wait for a place: their queue has its own run, and their wait its end."""

from collections.abc import Mapping
from dataclasses import replace

from kit import outbox, requests, timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.timers import Due, finish
from omo.inventory.v1 import sourcing_service_pb2 as rpc
from services.inventory.sourcing import store, wire, wire_events
from services.inventory.sourcing.domain import Assignment, Left, Leftover
from services.inventory.sourcing.domain_records import Sourced
from services.inventory.sourcing.port import Stock
from services.inventory.sourcing.usecases import DECIDE
from services.inventory.sourcing.usecases_anew import in_parts
from services.inventory.stock.domain import Meanwhile

_RUN = 500


class Waits:
    """Has what waits looked at again, or ends the wait."""

    def __init__(self, db: Database, clock: Clock, stock: Stock) -> None:
        self._db = db
        self._clock = clock
        self._stock = stock

    async def run_queue(self, asked: Request, queue: str) -> rpc.RunQueueResponse:
        """Has what waits in a queue decided once more, now."""

        async def work(tx: Tx) -> rpc.RunQueueResponse:
            waiting = await store.waiting(tx, queue, (wire.EPOCH, ""), _RUN)
            ids = sorted(one.order_id for one in waiting if one.state == "UNPLACED")
            await timers.schedule_many(tx, DECIDE, [(order_id, self._clock(), b"QUEUE") for order_id in ids])
            return rpc.RunQueueResponse(orders=len(ids))

        return await requests.once(self._db, asked, work, rpc.RunQueueResponse)

    async def give_up(self, due: Due) -> None:
        """The wait has ended without a place. The timer's row is touched last: decisions take theirs behind levels."""
        async with self._db.transaction() as tx:
            for held in await store.orders(tx, [due.key]):
                await self._give_up(tx, held)
            await finish(tx, due)

    async def _give_up(self, tx: Tx, held: Sourced) -> None:
        now = self._clock()
        # a wait that ended, and another that began since, have their own end
        if held.state != "UNPLACED" or held.auto_cancel_time is None or held.auto_cancel_time > now:
            return
        assigned = (await store.assigned(tx, [held.order_id])).get(held.order_id, [])
        ended = (await self._stock.ended(tx, [held.order_id])).get(held.order_id, {})
        # as they were ordered: kits are kits
        left = {line.line_no: (line.sku, line.quantity) for line in wire.order(held, assigned, ended).lines}
        after = replace(held, state="GIVEN_UP" if left else "SOURCED", auto_cancel_time=None)
        if left:
            await self._stock.give_up(tx, held.order_id, await self._goods(tx, held, left), now)
        if not await store.move(tx, [after]):
            raise Meanwhile("the order changed a moment ago")
        if left:
            said = [Leftover(no, sku, units, Left.NO_PLACE) for no, (sku, units) in left.items()]
            await outbox.append(tx, wire_events.given_up(held, said, assigned, now))

    async def _goods(
        self, tx: Tx, held: Sourced, left: Mapping[int, tuple[str, int]]
    ) -> dict[tuple[int, str], tuple[int, int]]:
        """By line and good, of a kit its parts: how many, and how many of the line that is."""
        parts = (await self._stock.parts(tx, [held.order_id])).get(held.order_id, {})
        lines = [Assignment(no, sku, "", units) for no, (sku, units) in left.items()]
        return {(one.line_no, one.sku): (one.quantity, left[one.line_no][1]) for one in in_parts(held, lines, parts)}
