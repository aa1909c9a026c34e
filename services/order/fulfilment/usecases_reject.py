"""Rejects what a store cannot deliver: what is shipped is sourced anew, what was to be collected ends the order."""

from dataclasses import replace

from kit import fields, outbox, requests
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
    store,
    store_reads,
    store_sourced,
    wire,
    wire_sourced,
)
from services.order.fulfilment.domain import Fulfilment, Reason, State
from services.order.fulfilment.domain_sourced import Happened, News
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
            await self._undelivered.give_up(tx, order, domain_cancelled.of(order, held), reason)
            return rejected
        await store.lock_heads(tx, sorted({part.location_id for part in parts}))
        for part in parts:
            if part is held:
                rejected = await take(tx, held, rejected, now, request_id)
            elif part.stands:
                await take(tx, part, domain.move(part, State.CANCELLED, Reason.OTHER_PART_REJECTED), now)
        await self._endings.end(tx, order, reason)
        return rejected

    async def _elsewhere(self, tx: Tx, rejected: Fulfilment) -> Fulfilment:
        """What is shipped is a fact that inventory hears: it looks for another place, and tells us which."""
        version = await store.touch_order(tx, rejected.order_id)
        event = wire_sourced.rejected(rejected, version)
        event.meta.event_id = uuid7()
        known = News(rejected.order_id, event.meta.event_id, 0, Happened.REJECTED, rejected.update_time)
        news = [
            replace(known, number=number, line_no=line.line_no, quantity=line.quantity,
                    location_id=rejected.location_id, reason=wire_reasons.told(rejected.reason))
            for number, line in enumerate(rejected.lines)
        ]  # fmt: skip
        await store_sourced.tell(tx, news)
        await outbox.append(tx, event)
        return rejected
