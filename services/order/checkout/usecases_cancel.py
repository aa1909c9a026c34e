"""Cancels what of orders is not handed over, before and after their confirmation."""

from kit import access, pan, requests, timers
from kit.access import NotYours
from kit.clock import Clock
from kit.errors import invalid
from kit.leases import Due
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb
from services.order.checkout import store_reads, store_saga, wire, wire_shown
from services.order.checkout.domain import ChannelKind, Method, Order, State, TransitionRefused, move
from services.order.checkout.domain_freight import State as Freight
from services.order.checkout.domain_placing import StillPlaced
from services.order.checkout.domain_saga import KIND, Checkout, SagaFailed, Step
from services.order.checkout.fulfilling import Fulfilling
from services.order.checkout.usecases import Orders
from services.order.checkout.usecases_end import Endings
from services.order.checkout.usecases_saga import Run, Saga
from services.order.freight import store as freight


class Cancellations:
    """Cancel, whoever asks and wherever the order stands."""

    def __init__(
        self, db: Database, clock: Clock, orders: Orders, saga: Saga, endings: Endings, fulfilling: Fulfilling
    ) -> None:
        self._db = db
        self._clock = clock
        self._orders = orders
        self._saga = saga
        self._endings = endings
        self._fulfilling = fulfilling

    async def cancel(self, asked: Request, order_id: str, reason: str) -> pb.CancelOrderResponse:
        """Stock, value and payment go back; a repeated cancel is no cancel at all."""
        if not 1 <= len(reason) <= 255:
            raise invalid("reason", "must have 1 to 255 characters")
        pan.refuse("reason", reason)
        turned: list[Run] = []

        async def work(tx: Tx) -> pb.CancelOrderResponse:
            checkout = await store_saga.lock(tx, order_id)
            order = await self._visible(tx, order_id)
            if order.state is State.CONFIRMED:
                return pb.CancelOrderResponse(order=await self._cancel_confirmed(tx, order, reason))
            if order.state is not State.CANCELLED:
                turned.append(await self._turn(tx, order, checkout, reason))
                order = move(order, State.CANCELLED, reason)
            return pb.CancelOrderResponse(order=wire.order(order))

        answer = await requests.once(self._db, asked, work, pb.CancelOrderResponse, aggregate_id=lambda _: order_id)
        for run in turned:
            await self._orders.unhurried(self._saga.undo_or_leave(run))
        return answer

    async def _visible(self, tx: Tx, order_id: str) -> Order:
        if not await store_reads.visible(tx, order_id, access.current()):
            raise NotYours("no such order", field="order_id", order_id=order_id)
        return (await store_reads.orders(tx, [order_id]))[0]

    async def _cancel_confirmed(self, tx: Tx, order: Order, reason: str) -> order_pb2.Order:
        """After the pivot: the other services hear of it and undo their part, the provider is asked by a timer.

        Of an order that was handed over in part, the rest; what the shopper has is taken back by a return.
        """
        if order.channel_kind is ChannelKind.STORE and all(line.method is Method.CARRY_OUT for line in order.lines):
            raise TransitionRefused(
                "a store sale is taken back by a return", order_id=order.order_id, state=order.state
            )
        await _pays_for_nobody(tx, order)
        if await self._fulfilling.cancel(tx, order, reason):
            return wire.order(await self._endings.end(tx, order, reason))
        found = await store_reads.orders(tx, [order.order_id])
        return wire_shown.beside(found[0], (await self._fulfilling.show(tx, found))[order.order_id])

    async def _turn(self, tx: Tx, order: Order, checkout: Checkout | None, reason: str) -> Run:
        """Before the pivot, while it waits for its payment: takes the saga over and turns it back."""
        if checkout is None or checkout.step is not Step.PAY:
            raise StillPlaced("this order is still being placed", order_id=order.order_id)
        fence = await timers.schedule(tx, KIND, order.order_id, self._clock(), lease=self._saga.lease)
        run = Run(order, checkout, Due(KIND, order.order_id, fence=fence))
        await self._saga.turn_back(tx, run, SagaFailed("it was cancelled before it was paid", cause=reason))
        return run


async def _pays_for_nobody(tx: Tx, order: Order) -> None:
    """Refuses to end what pays for the way of other goods: those would be brought for nothing."""
    if order.freight is None or order.freight.state is not Freight.OWED:
        return
    if other := await freight.along(tx, order.order_id):
        raise TransitionRefused(
            "this order pays for the way of what was added to it: cancel that one first",
            order_id=order.order_id,
            state=order.state,
            added_order_id=other,
        )
