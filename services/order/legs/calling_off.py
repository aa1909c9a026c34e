"""Goods that a store had asked for, and found: what has not left stays, what is on its way is for the shelf."""

from dataclasses import replace

from kit import faultpoints, requests
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import transfer_service_pb2 as pb
from services.order.checkout import store_reads as orders
from services.order.fulfilment import domain, domain_cancelled, store, store_reads
from services.order.fulfilment import wire as tasks
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Reason
from services.order.fulfilment.domain_states import State as TaskState
from services.order.fulfilment.usecases import take
from services.order.legs import store as ways
from services.order.legs import usecases as legs
from services.order.legs import wire
from services.order.legs.domain import Leg, State
from services.order.shipping import usecases_moves

_MOVABLE = (TaskState.PLACED, TaskState.ACCEPTED, TaskState.PICKING)

faultpoints.register("transfers.before_called_off")


class CallingOff:
    """By the store to which it comes."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def call_off(self, asked: Request, fulfilment_id: str) -> pb.CallOffTransferResponse:
        """Asked again it answers as it stands."""

        async def work(tx: Tx) -> pb.CallOffTransferResponse:
            held, leg = await legs.locked(tx, fulfilment_id)
            legs.here(leg)
            if leg.state is State.OPEN:
                held = await self._keep(tx, held, leg, asked.request_id)
            elif leg.state is State.IN_TRANSIT and held.state is TaskState.IN_TRANSIT:
                held, leg = await self._to_the_shelf(tx, held, leg, asked.request_id)
            elif leg.arrived_id is None:
                raise domain.refused(held, TaskState.CANCELLED)
            own = await store_reads.find(tx, leg.arrived_id) if leg.arrived_id else None
            faultpoints.hit("transfers.before_called_off")
            shown = tasks.fulfilment(own) if own else None
            return pb.CallOffTransferResponse(leg=wire.leg(leg, held), fulfilment=shown)

        return await requests.once(
            self._db, asked, work, pb.CallOffTransferResponse, aggregate_id=lambda _: fulfilment_id
        )

    async def _keep(self, tx: Tx, held: Fulfilment, leg: Leg, request_id: str) -> Fulfilment:
        """Inventory moves the promise to the store, and order follows its news: its task opens there."""
        if held.state is TaskState.ON_HOLD and held.reason == Reason.MOVING:
            return held
        if held.state not in _MOVABLE:
            raise domain.refused(held, TaskState.CANCELLED)
        return await usecases_moves.promise(tx, held, leg.to_location_id, Reason.FOUND, self._clock(), request_id)

    async def _to_the_shelf(self, tx: Tx, held: Fulfilment, leg: Leg, request_id: str) -> tuple[Fulfilment, Leg]:
        """It left, and its promise with it: that follows it here, whoever got the goods that were here."""
        now = self._clock()
        (order,) = await orders.orders(tx, [held.order_id])
        await store.lock_heads(tx, sorted({held.location_id, leg.to_location_id}))
        runs = domain_cancelled.of(order, held)
        ended = await take(tx, held, domain.move(held, TaskState.CANCELLED, Reason.FOUND), now, request_id)
        own = await legs.open_own(tx, order, held, leg, runs, now)
        leg = replace(leg, arrived_id=own.fulfilment_id)
        await ways.change(tx, leg)
        return ended, leg
