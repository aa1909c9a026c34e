"""Moves promises of goods that were to be collected where they cannot be had, as their shopper chose."""

import json
from collections.abc import Sequence
from dataclasses import replace

from kit import faultpoints, requests, timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import sourcing_service_pb2 as rpc
from services.inventory.sourcing import domain_pickups, store, store_places, wire
from services.inventory.sourcing.domain import Assignment
from services.inventory.sourcing.domain_records import Sourced
from services.inventory.sourcing.port import Stock
from services.inventory.sourcing.usecases import DECIDE
from services.inventory.sourcing.usecases_anew import in_parts
from services.inventory.sourcing.usecases_reads import known
from services.inventory.stock.domain import Meanwhile, OutOfStock

faultpoints.register("inventory.pickup.before_commit", "inventory.pickup.after_commit")


class Pickups:
    """He chose the store, so nobody else moves his promise; and it stands at the old one until it stands at the new."""

    def __init__(self, db: Database, clock: Clock, stock: Stock) -> None:
        self._db = db
        self._clock = clock
        self._stock = stock

    async def places(self, order_id: str, location_id: str, line_nos: Sequence[int]) -> rpc.ListPickupPlacesResponse:
        """Where it could be collected instead, and whether it could be shipped; nothing is held by asking."""
        async with self._db.read() as tx:
            held = await known(tx, order_id)
            given = await self._waiting(tx, held, location_id, line_nos)
            goods = await self._goods(tx, held, given)
            around = await store_places.places(tx, self._clock())
            view = await self._stock.view(
                tx, sorted({one.sku for one in goods}), [place.location_id for place in around]
            )
        found = domain_pickups.ranked(wire.order(held, ()), location_id, goods, view, around)
        return rpc.ListPickupPlacesResponse(
            places=[
                rpc.CollectPlace(location_id=one.location_id, line_nos=one.line_nos, distance=one.distance)
                for one in found
            ],
            can_ship=bool(goods) and domain_pickups.can_ship(goods, view, around, location_id),
        )

    async def move(
        self, asked: Request, order_id: str, location_id: str, line_nos: Sequence[int], target: str
    ) -> rpc.MovePickupResponse:
        """All of it or nothing; what is shipped from now on is sourced at once."""

        async def work(tx: Tx) -> rpc.MovePickupResponse:
            await known(tx, order_id)
            if not target:  # as whoever decides: its timer first, then levels, then the order
                await timers.schedule(tx, DECIDE, order_id, self._clock(), b"REJECTION")
            await self._move(tx, order_id, location_id, line_nos, target, asked.request_id)
            faultpoints.hit("inventory.pickup.before_commit")
            return rpc.MovePickupResponse()

        try:
            answer = await requests.once(self._db, asked, work, rpc.MovePickupResponse)
        except Meanwhile as gone:
            raise OutOfStock(f"not all of it is at {target} any more", location_id=target) from gone
        faultpoints.hit("inventory.pickup.after_commit")
        return answer

    async def _move(
        self, tx: Tx, order_id: str, location_id: str, line_nos: Sequence[int], target: str, request_id: str
    ) -> None:
        held, now = await known(tx, order_id), self._clock()
        given = await self._waiting(tx, held, location_id, line_nos)
        goods = await self._goods(tx, held, given)
        if goods:
            await self._stock.unbind(tx, {order_id: goods}, now)
        if goods and target:
            at = [replace(one, location_id=target) for one in goods]
            await self._stock.assign(tx, {order_id: at}, now)
        (held,) = await store.orders(tx, [order_id], lock=True)
        rest = tuple(number for number in held.pickup_rejected if number not in line_nos)
        state = held.state if target or not goods or held.state == "CANCELLED" else "PENDING"
        await store.want(tx, order_id, json.dumps(domain_pickups.shipped(json.loads(held.wanted), line_nos, target)))
        if not await store.move(tx, [replace(held, state=state, pickup_rejected=rest)]):
            raise Meanwhile("the order changed a moment ago")
        await store.unassign(tx, [(order_id, one) for one in given])
        if target:
            moved = [replace(one, location_id=target, decision_id=request_id) for one in given]
            await store.assign(tx, [(order_id, one) for one in moved])

    async def _waiting(self, tx: Tx, held: Sourced, location_id: str, line_nos: Sequence[int]) -> list[Assignment]:
        """What of these lines the store is still asked for; what ended or was handed over is not."""
        ids = [held.order_id]
        assigned = (await store.assigned(tx, ids)).get(held.order_id, [])
        asked = [one for one in assigned if one.location_id == location_id and one.line_no in line_nos]
        parts, bound = await self._stock.parts(tx, ids), await self._stock.bound(tx, ids)
        return wire.still_open(held, asked, parts.get(held.order_id, {}), bound.get(held.order_id, {}))

    async def _goods(self, tx: Tx, held: Sourced, given: Sequence[Assignment]) -> list[Assignment]:
        parts = await self._stock.parts(tx, [held.order_id])
        return in_parts(held, given, parts.get(held.order_id, {}))
