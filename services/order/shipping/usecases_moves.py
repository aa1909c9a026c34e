"""Has another location send a task: the promise goes there first, by inventory's word, whatever crashes in between."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from kit import access, faultpoints, requests, timers
from kit.clock import Clock
from kit.errors import Code, Fault, invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.timers import Due
from omo.inventory.v1 import shipment_service_pb2 as inventory_pb
from omo.order.v1 import fulfilment_care_service_pb2 as pb
from services.order.checkout import store_saga
from services.order.checkout.domain import Method
from services.order.fulfilment import domain, store, store_reads, wire, wire_sourced
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Reason, State
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_tasks import mine

MOVE = "shipping.move"
_ASK_SECONDS = 2.0
# what inventory says where it will never say anything else
_NO = (Code.FAILED_PRECONDITION, Code.NOT_FOUND, Code.INVALID_ARGUMENT)

faultpoints.register("shipping.before_move_commit", "shipping.after_move")


class _Wish(msgspec.Struct):
    """Where to, why, and under which key inventory is asked."""

    request_id: str
    location_id: str
    reason: str


_decode = msgspec.json.Decoder(_Wish).decode
_encode = msgspec.json.Encoder().encode


async def promise(tx: Tx, held: Fulfilment, place: str, reason: str, now: datetime, request_id: str) -> Fulfilment:
    """Holds a task, and promises to ask inventory that this place has what it names."""
    wish = _Wish(uuid7(), place, reason)
    await timers.schedule(tx, MOVE, held.fulfilment_id, now, _encode(wish))
    return await take(tx, held, domain.hold(held, Reason.MOVING), now, request_id)


class Moves:
    """Nobody picks a task that is being moved; it ends by inventory's news, or goes on where it was."""

    def __init__(self, db: Database, clock: Clock, shipments: Any) -> None:
        self._db = db
        self._clock = clock
        self._shipments = shipments

    async def move(self, asked: Request, fulfilment_id: str, place: str, reason: str) -> pb.MoveFulfilmentResponse:
        """Holds the task, and promises to ask inventory."""

        async def work(tx: Tx) -> pb.MoveFulfilmentResponse:
            held = mine(await store.lock(tx, fulfilment_id), fulfilment_id)
            if held.state not in (State.PLACED, State.ACCEPTED) or held.method is not Method.SHIP:
                raise domain.refused(held, State.CANCELLED)
            if place == held.location_id:
                raise invalid("location_id", "must be another place")
            after = await promise(tx, held, place, reason, self._clock(), asked.request_id)
            faultpoints.hit("shipping.before_move_commit")
            return pb.MoveFulfilmentResponse(fulfilment=wire.fulfilment(after))

        return await requests.once(
            self._db, asked, work, pb.MoveFulfilmentResponse, aggregate_id=lambda _: fulfilment_id
        )

    async def due(self, due: Due) -> None:
        """Asks inventory, under one key however often; what it refuses stays where it was."""
        wish = _decode(due.payload)
        with access.acting_as(access.service("order")):
            async with self._db.read() as tx:
                held = await store_reads.find(tx, due.key)
            assert held is not None, "a fulfilment is never deleted"
            refused = await self._ask(held, wish)
            faultpoints.hit("shipping.after_move")
            async with self._db.transaction() as tx:
                if refused:
                    await self._go_on(tx, held)
                await timers.finish(tx, due)

    async def _go_on(self, tx: Tx, found: Fulfilment) -> None:
        """Where it was, unless the money for another part was refused meanwhile."""
        await store_saga.lock(tx, found.order_id)
        parts = await store.lock_of_order(tx, found.order_id)
        held = next(one for one in parts if one.fulfilment_id == found.fulfilment_id)
        back = domain.release(held, Reason.MOVING)
        if back is not held:
            await take(tx, held, domain.beside(parts, replace(back, reason=Reason.MOVE_REFUSED)), self._clock())

    async def _ask(self, held: Fulfilment, wish: _Wish) -> bool:
        """Whether inventory says no."""
        lines = [inventory_pb.ShipmentUnits(line_no=one.line_no, quantity=one.quantity) for one in held.lines]
        asked = inventory_pb.MoveShipmentRequest(
            request_id=wish.request_id,
            order_id=held.order_id,
            from_location_id=held.location_id,
            decision_id=held.decision_id,
            lines=lines,
            to_location_id=wish.location_id,
            reason=wish.reason,
        )
        try:
            await self._shipments.MoveShipment(asked, timeout=_ASK_SECONDS)
        except Fault as fault:
            if fault.code not in _NO or wire_sourced.unheard(fault):
                raise
            return True
        return False
