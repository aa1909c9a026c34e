"""What headquarters says of places: one cannot send its part of an order, or is not to be asked for a time."""

from collections.abc import Sequence
from datetime import datetime

from kit import access, requests
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import sourcing_service_pb2 as rpc
from services.inventory.sourcing import domain_lifecycle, store, store_places, wire
from services.inventory.sourcing.domain import Assignment
from services.inventory.sourcing.domain_lifecycle import NotAssigned
from services.inventory.sourcing.domain_records import Sourced
from services.inventory.sourcing.port import Stock
from services.inventory.sourcing.usecases_anew import Anew, No
from services.inventory.sourcing.usecases_reads import known
from services.inventory.stock.domain import UnknownLocation


class Rejections:
    """What is shipped goes back to the start; what is collected waits for the shopper; neither keeps the other."""

    def __init__(self, db: Database, clock: Clock, stock: Stock) -> None:
        self._db = db
        self._clock = clock
        self._stock = stock
        self._anew = Anew(clock, stock)

    async def reject(
        self, asked: Request, order_id: str, location_id: str, line_nos: Sequence[int], reason: str
    ) -> rpc.RejectAssignmentResponse:
        """Shipped lines are sourced anew without this place for a time; collected ones wait for the shopper."""

        async def work(tx: Tx) -> rpc.RejectAssignmentResponse:
            held = await known(tx, order_id)
            given = await self._given(tx, held, location_id, line_nos)
            no = No(held, location_id, given, reason, access.current().actor)
            held = (await self._anew.refuse(tx, [no]))[order_id]
            assigned = (await store.assigned(tx, [order_id])).get(order_id, [])
            return rpc.RejectAssignmentResponse(sourcing=wire.sourcing(held, assigned))

        return await requests.once(self._db, asked, work, rpc.RejectAssignmentResponse, aggregate_id=lambda _: order_id)

    async def _given(self, tx: Tx, held: Sourced, location_id: str, line_nos: Sequence[int]) -> list[Assignment]:
        """What the place is still asked for: what is cancelled, ended or handed over is not."""
        ids = [held.order_id]
        assigned = (await store.assigned(tx, ids)).get(held.order_id, [])
        asked = domain_lifecycle.for_sale(assigned, location_id, line_nos)
        parts, bound = await self._stock.parts(tx, ids), await self._stock.bound(tx, ids)
        found = wire.still_open(held, asked, parts.get(held.order_id, {}), bound.get(held.order_id, {}))
        if held.state == "CANCELLED" or {one.line_no for one in found} != {one.line_no for one in asked}:
            raise NotAssigned(f"not all of this waits at {location_id} any more", location_id=location_id)
        return found

    async def pause(
        self, asked: Request, location_id: str, paused: bool, until: datetime | None, reason: str
    ) -> rpc.PauseLocationResponse:
        """Stops a place from being asked, or has it asked again."""
        access.require_location(location_id)

        async def work(tx: Tx) -> rpc.PauseLocationResponse:
            if paused:
                found = await store_places.pause(tx, location_id, until, reason, access.current().actor)
            else:
                found = await store_places.lift(tx, location_id)
            if not found:
                raise UnknownLocation(f"there is no location {location_id}", location_id=location_id)
            return rpc.PauseLocationResponse()

        return await requests.once(self._db, asked, work, rpc.PauseLocationResponse)
