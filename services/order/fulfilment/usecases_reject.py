"""Rejects what a store cannot deliver, and with it the order: stock, value and payment go back."""

from kit import fields, outbox, requests
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import fulfilment_service_pb2 as pb
from services.order.checkout import store_reads as orders
from services.order.checkout import store_saga, wire_facts
from services.order.checkout.domain import State as OrderState
from services.order.checkout.domain import move as move_order
from services.order.fulfilment import domain, store, store_reads, wire
from services.order.fulfilment.domain import Fulfilment, Reason, State
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_tasks import mine
from services.order.payments.usecases import Payments


class Rejections:
    """Reject, only before READY. In this cut an order is delivered whole or not at all: its other parts end too."""

    def __init__(self, db: Database, clock: Clock, payments: Payments) -> None:
        self._db = db
        self._clock = clock
        self._payments = payments

    async def reject(self, asked: Request, fulfilment_id: str, reason: str) -> pb.RejectFulfilmentResponse:
        """The store cannot: the order is cancelled with all that it held."""
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
        for part in parts:
            if part is held:
                rejected = await take(tx, held, rejected, now, request_id)
            else:
                # refuses where a part is handed over: that order comes to an end by a return
                await take(tx, part, domain.move(part, State.CANCELLED, Reason.OTHER_PART_REJECTED), now)
        await self._undo(tx, held.order_id, reason)
        return rejected

    async def _undo(self, tx: Tx, order_id: str, reason: str) -> None:
        """After the pivot: the other services hear of it and undo their part, the provider is asked by a timer."""
        order = (await orders.orders(tx, [order_id]))[0]
        ended = move_order(order, OrderState.CANCELLED, reason)
        await store_saga.cancel_confirmed(tx, order_id, reason)
        await outbox.append(tx, wire_facts.cancelled(ended, True, self._clock()))
        if order.totals.grand_total:
            await self._payments.give_back_later(tx, order_id)
