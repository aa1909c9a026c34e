"""Rejects what a location cannot deliver, while it is not READY; what is shipped is looked for elsewhere."""

from collections.abc import Sequence
from dataclasses import replace

from kit import fields, outbox, requests
from kit.access import NotYours
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import fulfilment_service_pb2 as pb
from services.order.checkout import store_reads as orders
from services.order.checkout import store_saga, wire_reasons
from services.order.checkout.domain import Method
from services.order.checkout.usecases_end import Endings
from services.order.fulfilment import (
    domain,
    domain_cancelled,
    domain_news,
    domain_rejected,
    store,
    store_reads,
    store_sourced,
    wire,
    wire_sourced,
)
from services.order.fulfilment.domain import Fulfilment, Reason, State
from services.order.fulfilment.domain_rejected import Taken
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_tasks import mine
from services.order.fulfilment.usecases_undelivered import Undelivered


class Rejections:
    """Reject, only before READY. Who cannot have what he would collect, and has nothing yet, wants none of the rest."""

    def __init__(self, db: Database, clock: Clock, endings: Endings, undelivered: Undelivered) -> None:
        self._db = db
        self._clock = clock
        self._endings = endings
        self._undelivered = undelivered

    async def reject(self, asked: Request, fulfilment_id: str, reason: str) -> pb.RejectFulfilmentResponse:
        """The store cannot."""
        reason = fields.code("reason", reason)

        async def work(tx: Tx) -> pb.RejectFulfilmentResponse:
            found = mine(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            # the saga's row first, as every cancellation does
            await store_saga.lock(tx, found.order_id)
            parts = await store.lock_of_order(tx, found.order_id)
            held = next(each for each in parts if each.fulfilment_id == fulfilment_id)
            after = await self._reject(tx, held, parts, reason, asked.request_id)
            return pb.RejectFulfilmentResponse(fulfilment=wire.fulfilment(after))

        return await requests.once(
            self._db, asked, work, pb.RejectFulfilmentResponse, aggregate_id=lambda _: fulfilment_id
        )

    async def reject_lines(
        self, asked: Request, order_id: str, location_id: str, line_nos: Sequence[int], reason: str
    ) -> pb.RejectLinesResponse:
        """Headquarters say that a location cannot: nobody ends the order for that, its shopper is asked."""
        location_id, reason = fields.code("location_id", location_id), fields.code("reason", reason)

        async def work(tx: Tx) -> pb.RejectLinesResponse:
            await store_saga.lock(tx, order_id)
            found = await orders.orders(tx, [order_id])
            parts = await store.lock_of_order(tx, order_id)
            for order in found:
                for taken in domain_rejected.of_place(order, parts, location_id, line_nos, reason):
                    await self._take_lines(tx, taken, asked.request_id)
            if not found:
                raise NotYours("no such order", field="order_id", order_id=order_id)
            after = [each for each in await store_reads.of_orders(tx, [order_id]) if each.location_id == location_id]
            return pb.RejectLinesResponse(fulfilments=map(wire.fulfilment, after))

        return await requests.once(self._db, asked, work, pb.RejectLinesResponse, aggregate_id=lambda _: order_id)

    async def _take_lines(self, tx: Tx, taken: Taken, request_id: str) -> None:
        now = self._clock()
        if taken.rest:
            await store.shrink(tx, taken.rest)
            await take(tx, taken.before, taken.rest, now, request_id)
            await self._elsewhere(tx, replace(taken.rejected, update_time=now), partly=True)
        else:
            await self._elsewhere(tx, await take(tx, taken.before, taken.rejected, now, request_id))

    async def _reject(
        self, tx: Tx, held: Fulfilment, parts: list[Fulfilment], reason: str, request_id: str
    ) -> Fulfilment:
        rejected, now = domain.move(held, State.REJECTED, reason), self._clock()
        if rejected is held:
            return held
        if held.method is Method.SHIP:
            return await self._elsewhere(tx, await take(tx, held, rejected, now, request_id))
        (order,) = await orders.orders(tx, [held.order_id])
        if any(part.state is State.HANDED_OVER for part in parts):
            # what he has he keeps, and what else is on its way comes
            rejected = await take(tx, held, rejected, now, request_id)
            await self._tell(tx, rejected, uuid7())
            await self._undelivered.give_up(tx, order, domain_cancelled.of(order, held), reason)
            return rejected
        await store.lock_heads(tx, sorted({part.location_id for part in parts}))
        for part in parts:
            if part is held:
                rejected = await take(tx, held, rejected, now, request_id)
            elif part.stands:
                await take(tx, part, domain.move(part, State.CANCELLED, Reason.OTHER_PART_REJECTED), now)
        await self._tell(tx, rejected, uuid7())
        await self._endings.end(tx, order, reason)
        return rejected

    async def _elsewhere(self, tx: Tx, rejected: Fulfilment, *, partly: bool = False) -> Fulfilment:
        """A no is a fact that inventory hears: it looks for another place, and tells us which, or whom to ask."""
        version = await store.touch_order(tx, rejected.order_id)
        event = wire_sourced.rejected(rejected, version, partly)
        event.meta.event_id = uuid7()
        await self._tell(tx, rejected, event.meta.event_id)
        await outbox.append(tx, event)
        return rejected

    async def _tell(self, tx: Tx, rejected: Fulfilment, event_id: str) -> None:
        news = domain_news.rejected(rejected, event_id)
        await store_sourced.tell(tx, [replace(one, reason=wire_reasons.told(one.reason)) for one in news])
