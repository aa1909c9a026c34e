"""Has other places send what a store lacks to that very store, where its shopper collects it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kit import access, faultpoints, requests
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.timers import Due
from omo.inventory.v1 import sourcing_service_pb2 as rpc
from services.inventory.sourcing import domain_lifecycle, domain_pickups, store, wire
from services.inventory.sourcing.domain import Assignment
from services.inventory.sourcing.domain_lifecycle import NotAssigned
from services.inventory.sourcing.domain_records import Sourced
from services.inventory.sourcing.port import Stock
from services.inventory.sourcing.usecases import DECIDE, Sourcing
from services.inventory.sourcing.usecases_anew import Anew, No
from services.inventory.sourcing.usecases_reads import known
from services.inventory.stock.domain import OutOfStock

faultpoints.register("inventory.send.before_commit", "inventory.send.after_commit")


class Sendings:
    """The store's no and the decision who sends it are one transaction: without the second there was no first."""

    def __init__(self, db: Database, clock: Clock, stock: Stock) -> None:
        self._db = db
        self._stock = stock
        self._anew = Anew(clock, stock)
        self._sourcing = Sourcing(clock, stock)

    async def send(
        self, asked: Request, order_id: str, location_id: str, units: Mapping[int, int], reason: str
    ) -> rpc.SendToStoreResponse:
        """So many units of each line, all of them or none, by the brand's rules for what is shipped."""

        async def work(tx: Tx) -> rpc.SendToStoreResponse:
            found = await self._send(tx, order_id, location_id, units, reason)
            faultpoints.hit("inventory.send.before_commit")
            told = (await known(tx, order_id)).version
            return rpc.SendToStoreResponse(assignments=map(wire.assignment, found), sequence=told)

        answer = await requests.once(self._db, asked, work, rpc.SendToStoreResponse)
        faultpoints.hit("inventory.send.after_commit")
        return answer

    async def _send(
        self, tx: Tx, order_id: str, location_id: str, units: Mapping[int, int], reason: str
    ) -> list[Assignment]:
        held = await known(tx, order_id)
        given = await self._given(tx, held, location_id, units)
        rest = tuple(number for number in held.pickup_rejected if number not in units)
        no = No(replace(held, pickup_rejected=rest), location_id, given, reason, access.current().actor)
        await self._anew.shipped(tx, no)
        wanted = domain_pickups.sent(json.loads(held.wanted), units, location_id)
        await store.want(tx, order_id, json.dumps(wanted))
        before = set((await store.assigned(tx, [order_id])).get(order_id, ()))
        await self._sourcing.decide(tx, [Due(DECIDE, order_id, b"REJECTION")])
        after = (await store.assigned(tx, [order_id])).get(order_id, ())
        found = [one for one in after if one not in before and one.line_no in units]
        sent = Counter[int]()
        for one in found:
            sent[one.line_no] += one.quantity if one.location_id != location_id else 0
        if sent != Counter(dict(units)):
            raise OutOfStock(f"nobody has all of it for {location_id}", location_id=location_id)
        return found

    async def _given(self, tx: Tx, held: Sourced, location_id: str, units: Mapping[int, int]) -> Sequence[Assignment]:
        """What of these units the store is still asked for."""
        ids = [held.order_id]
        assigned = (await store.assigned(tx, ids)).get(held.order_id, [])
        at = {one.decision_id for one in assigned if one.location_id == location_id}
        asked = [one for each in sorted(at) for one in domain_lifecycle.for_refusal(assigned, location_id, each, units)]
        parts, bound = await self._stock.parts(tx, ids), await self._stock.bound(tx, ids)
        found = wire.still_open(held, asked, parts.get(held.order_id, {}), bound.get(held.order_id, {}))
        waits = Counter[int]()
        for one in found:
            waits[one.line_no] += one.quantity
        if held.state == "CANCELLED" or waits != Counter(dict(units)):
            raise NotAssigned(f"not all of this waits at {location_id} any more", location_id=location_id)
        return found
