"""Rejects what a location cannot deliver, while it is not READY; what is shipped is looked for elsewhere."""

from collections.abc import Collection, Sequence
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
from services.order.checkout.domain import ChannelKind, Method, Order
from services.order.checkout.usecases_end import Endings
from services.order.fulfilment import (
    collateral,
    domain,
    domain_cancelled,
    domain_news,
    domain_rejected,
    domain_sourced,
    store,
    store_reads,
    store_sourced,
    store_terms,
    wire,
    wire_sourced,
)
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_rejected import Taken
from services.order.fulfilment.domain_states import Reason, State
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_tasks import mine
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.pickups import telling
from services.order.pickups.domain import Choice
from services.order.rerouting.asking import Asking


class Rejections:
    """Reject, only before READY.

    Who cannot have what he would collect is asked, where the brand's terms say so; otherwise, if he has nothing yet,
    he wants none of the rest.
    """

    def __init__(self, db: Database, clock: Clock, endings: Endings, undelivered: Undelivered, asking: Asking) -> None:
        self._db = db
        self._asking = asking
        self._clock = clock
        self._endings = endings
        self._undelivered = undelivered

    async def reject(
        self, asked: Request, fulfilment_id: str, reason: str, line_nos: Sequence[int] = ()
    ) -> pb.RejectFulfilmentResponse:
        """The store cannot; or only these lines, where the brand's stores may send the rest."""
        reason = fields.code("reason", reason)

        async def work(tx: Tx) -> pb.RejectFulfilmentResponse:
            found = mine(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            # the saga's row first, as every cancellation does
            await store_saga.lock(tx, found.order_id)
            parts = await store.lock_of_order(tx, found.order_id)
            held = next(each for each in parts if each.fulfilment_id == fulfilment_id)
            if line_nos:
                after = await self._reject_part(tx, held, line_nos, reason, asked.request_id)
            else:
                after = await self._reject(tx, held, parts, reason, asked.request_id)
            await collateral.spread(tx, held, line_nos, reason, self._clock())
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
                    await self.take_lines(tx, taken, asked.request_id)
            if not found:
                raise NotYours("no such order", field="order_id", order_id=order_id)
            after = [each for each in await store_reads.of_orders(tx, [order_id]) if each.location_id == location_id]
            return pb.RejectLinesResponse(fulfilments=map(wire.fulfilment, after))

        return await requests.once(self._db, asked, work, pb.RejectLinesResponse, aggregate_id=lambda _: order_id)

    async def _reject_part(
        self, tx: Tx, held: Fulfilment, line_nos: Sequence[int], reason: str, request_id: str
    ) -> Fulfilment:
        if held.method is not Method.SHIP or not (await store_terms.newest(tx)).partial_rejection:
            raise domain_rejected.RejectionIsWhole(
                "all of a task is rejected, or nothing", fulfilment_id=held.fulfilment_id
            )
        for order in await orders.orders(tx, [held.order_id]):
            for taken in domain_rejected.of_place(order, [held], held.location_id, line_nos, reason):
                await self.take_lines(tx, taken, request_id)
        return mine(await store_reads.find(tx, held.fulfilment_id), held.fulfilment_id)

    async def in_place_of(
        self, tx: Tx, order: Order, held: Fulfilment, parts: list[Fulfilment], line_nos: Collection[int], reason: str
    ) -> None:
        """The store's no where it had asked for something else, to all of a pickup or to these lines of it."""
        asks = await self._asking.asks(tx)
        if {line.line_no for line in held.lines} <= set(line_nos):
            if not asks:
                await self._miss(tx, order, held, reason)
            await self._reject(tx, held, parts, reason, "")
            return
        for taken in domain_rejected.of_place(order, [held], held.location_id, line_nos, reason):
            if asks:
                await self.take_lines(tx, taken)
            elif taken.rest:
                now = self._clock()
                await store.shrink(tx, taken.rest)
                await take(tx, taken.before, taken.rest, now)
                await self._tell(tx, replace(taken.rejected, update_time=now), uuid7())
                await self._miss(tx, order, taken.rejected, reason)
                await self._undelivered.give_up(tx, order, domain_cancelled.of(order, taken.rejected), reason)

    async def take_lines(self, tx: Tx, taken: Taken, request_id: str = "") -> None:
        """Takes lines from a task, and looks for them elsewhere."""
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
        if held.method is Method.SHIP or await self._asking.asks(tx):
            return await self._elsewhere(tx, await take(tx, held, rejected, now, request_id))
        (order,) = await orders.orders(tx, [held.order_id])
        if order.channel_kind is ChannelKind.STORE or any(part.gone for part in parts):
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
        if rejected.method is Method.COLLECT and await self._came(tx, rejected):
            await self._tell(tx, rejected, uuid7())
            (order,) = await orders.orders(tx, [rejected.order_id])
            await self._miss(tx, order, rejected, rejected.reason)
            await self._undelivered.give_up(tx, order, domain_cancelled.of(order, rejected), rejected.reason)
            return rejected
        version = await store.touch_order(tx, rejected.order_id)
        event = wire_sourced.rejected(rejected, version, partly)
        event.meta.event_id = uuid7()
        await self._tell(tx, rejected, event.meta.event_id)
        await outbox.append(tx, event)
        if rejected.method is Method.COLLECT:
            await self._asking.ask(tx, rejected, [line.line_no for line in rejected.lines])
        return rejected

    async def _came(self, tx: Tx, rejected: Fulfilment) -> bool:
        """Whether another place sent it: what came and cannot be handed over is not sought a second time."""
        parts = await store_reads.of_orders(tx, [rejected.order_id])
        return any(domain_sourced.came(parts, one.line_no, (one.first_unit, one.last_unit)) for one in rejected.lines)

    async def _miss(self, tx: Tx, order: Order, held: Fulfilment, reason: str) -> None:
        """Nobody looks for it elsewhere, and with that at the shelf: its books are told that they have too much."""
        if domain_rejected.lacks(reason):
            runs = {reason: domain_cancelled.of(order, held)}
            await telling.missing(tx, held, runs, Choice.CANCEL, self._clock())

    async def _tell(self, tx: Tx, rejected: Fulfilment, event_id: str) -> None:
        news = domain_news.rejected(rejected, event_id)
        await store_sourced.tell(tx, [replace(one, reason=wire_reasons.told(one.reason)) for one in news])
