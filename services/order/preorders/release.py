"""Lets tasks of goods that were ordered ahead begin, once their goods are there and their day has come."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from kit import access, faultpoints, timers
from kit.clock import Clock
from kit.leases import Due, again, finish
from kit.postgres import Database, Tx
from kit.rpc import deadline
from omo.inventory.v1 import supply_service_pb2 as supply_pb
from services.order.checkout import store_reads as orders
from services.order.checkout.domain import Order
from services.order.checkout.domain import State as OrderState
from services.order.fulfilment import domain, domain_ahead, store, store_sourced
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.usecases import ACCEPT_SLA, RELEASE, take
from services.order.preorders import store_release

if TYPE_CHECKING:
    from omo.inventory.v1.supply_service_pb2_grpc import SupplyServiceAsyncStub

_SECONDS = 2.0
_RUN_SECONDS = 10.0
_PAGE = 100

faultpoints.register("preorders.before_release", "preorders.after_release")


class Releases:
    """Whoever waits the longest is filled first: that is inventory's doing, order follows its words."""

    def __init__(self, db: Database, clock: Clock, supply: "SupplyServiceAsyncStub") -> None:
        self._db = db
        self._clock = clock
        self._supply = supply

    async def wake(self, tx: Tx, order_ids: Iterable[str]) -> None:
        """Goods came for these orders: those that were ordered ahead are looked at."""
        waiting = await store_release.waiting(tx, sorted(set(order_ids)))
        if waiting:
            await timers.schedule_many(tx, RELEASE, [(order_id, self._clock(), b"") for order_id in waiting])

    async def due(self, due: Due) -> None:
        """Asks whether an order's goods are there; what still waits is looked at when inventory says more."""
        with access.acting_as(access.service("order")), deadline.within(_RUN_SECONDS):
            missing = await self._missing(due.key)
            faultpoints.hit("preorders.before_release")
            async with self._db.transaction() as tx:
                later = await self._release(tx, due.key, missing)
                if later is None:
                    await finish(tx, due)
                else:
                    await again(tx, due, later)
            faultpoints.hit("preorders.after_release")

    async def _missing(self, order_id: str) -> set[int]:
        """The lines of which something is not there; kits wait good by good, place by place, so they may be many."""
        asked, found = supply_pb.ListBackordersRequest(owner_id=order_id, page_size=_PAGE), set[int]()
        while True:
            reply = await self._supply.ListBackorders(asked, timeout=_SECONDS)
            found.update(one.line_no for one in reply.backorders)
            if not reply.next_page_token:
                return found
            asked.page_token = reply.next_page_token

    async def _release(self, tx: Tx, order_id: str, missing: set[int]) -> datetime | None:
        """Releases what can be; gives the next day of release, if there is one."""
        await store_sourced.lock(tx, [order_id])
        found = await orders.orders(tx, [order_id])
        if not found or found[0].state is not OrderState.CONFIRMED:
            return None
        order, now = found[0], self._clock()
        parts = await store.lock_of_order(tx, order_id)
        ahead = [part for part in parts if domain_ahead.waits(part)]
        ripe = [part for part in ahead if domain_ahead.ripe(order, part, missing, now)]
        if ripe:
            await self._open(tx, order, parts, ripe, now)
        days = [domain_ahead.day(order, part) for part in ahead if part not in ripe]
        return min((day for day in days if day > now), default=None)

    async def _open(
        self, tx: Tx, order: Order, parts: Sequence[Fulfilment], ripe: Sequence[Fulfilment], now: datetime
    ) -> None:
        until = now + domain.ACCEPT_WITHIN
        ids = sorted(part.fulfilment_id for part in ripe)
        await timers.schedule_many(tx, ACCEPT_SLA, [(key, until, b"") for key in ids])
        await store_release.accept_until(tx, ids, until)
        line_nos = sorted({line.line_no for part in ripe for line in part.lines})
        await store_release.released(tx, order.order_id, line_nos, now)
        await store.lock_heads(tx, sorted({part.location_id for part in ripe}))
        for part in ripe:
            await take(tx, part, domain_ahead.released(replace(part, accept_deadline=until), parts), now)
