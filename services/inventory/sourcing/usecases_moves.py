"""Moves promises of what is shipped to a place that people name."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kit import access, faultpoints, outbox, requests
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import shipment_service_pb2 as rpc
from services.inventory.sourcing import domain_lifecycle, store, wire, wire_events
from services.inventory.sourcing.domain import Assignment
from services.inventory.sourcing.domain_lifecycle import NotAssigned
from services.inventory.sourcing.domain_records import Decided, Sourced
from services.inventory.sourcing.port import Stock
from services.inventory.sourcing.usecases_anew import in_parts
from services.inventory.sourcing.usecases_reads import known
from services.inventory.stock.domain import Meanwhile, OutOfStock

faultpoints.register("inventory.move.before_commit")
_SETTLED = ("SOURCED", "PINNED")


class Moves:
    """All of it or nothing: the promise stands at the old place until it stands at the new one."""

    def __init__(self, db: Database, clock: Clock, stock: Stock) -> None:
        self._db = db
        self._clock = clock
        self._stock = stock

    async def move(
        self, asked: Request, order_id: str, source: tuple[str, str], units: Mapping[int, int], target: str, reason: str
    ) -> rpc.MoveShipmentResponse:
        """From a place, chosen by a decision, so many units of each line."""

        async def work(tx: Tx) -> rpc.MoveShipmentResponse:
            decision_id = await self._move(tx, order_id, source, units, target, reason)
            faultpoints.hit("inventory.move.before_commit")
            return rpc.MoveShipmentResponse(decision_id=decision_id)

        return await requests.once(self._db, asked, work, rpc.MoveShipmentResponse)

    async def _move(
        self, tx: Tx, order_id: str, source: tuple[str, str], units: Mapping[int, int], target: str, reason: str
    ) -> str:
        held, now, decision_id = await known(tx, order_id), self._clock(), uuid7()
        given = await self._given(tx, held, source, units)
        parts = await self._stock.parts(tx, [order_id])
        goods = in_parts(held, given, parts.get(order_id, {}))
        await self._stock.unbind(tx, {order_id: goods}, now)
        try:
            await self._stock.assign(tx, {order_id: [replace(one, location_id=target) for one in goods]}, now)
        except Meanwhile as gone:
            raise OutOfStock(f"not all of it is to be had at {target}", location_id=target) from gone
        if not await store.move(tx, [held]):
            raise Meanwhile("the order changed a moment ago")
        await store.unassign(tx, [(order_id, one) for one in given])
        moved = [replace(one, location_id=target, decision_id=decision_id) for one in given]
        await store.assign(tx, [(order_id, one) for one in moved])
        said = {"from": source[0], "to": target, "lines": sorted(units), "reason": reason}
        trace = json.dumps({"v": 1, "now": now.isoformat(), "moved": said})
        entry = Decided(order_id, decision_id, "MOVE", now, "", 0, "", held.queue, None, trace)
        await store.decided(tx, [(entry, access.current().actor)])
        left = (await store.assigned(tx, [order_id])).get(order_id, [])
        await outbox.append(tx, wire_events.moved(held, decision_id, left, reason, now))
        return decision_id

    async def _given(
        self, tx: Tx, held: Sourced, source: tuple[str, str], units: Mapping[int, int]
    ) -> Sequence[Assignment]:
        """What the place is still asked for of these units."""
        ids = [held.order_id]
        assigned = (await store.assigned(tx, ids)).get(held.order_id, [])
        asked = domain_lifecycle.for_refusal(assigned, *source, units)
        parts, bound = await self._stock.parts(tx, ids), await self._stock.bound(tx, ids)
        found = wire.still_open(held, asked, parts.get(held.order_id, {}), bound.get(held.order_id, {}))
        if held.state not in _SETTLED or {one.line_no: one.quantity for one in found} != dict(units):
            raise NotAssigned(f"not all of this waits at {source[0]} any more", location_id=source[0])
        return found
