"""Repairs of the stock books, each in one transaction, each written down."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

from kit import outbox, pages, requests, timers
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import repairs_service_pb2 as rpc
from services.inventory.backorders import marks
from services.inventory.backorders import store as backorders
from services.inventory.catalogue import store_places, store_products
from services.inventory.catalogue.domain import NotFound
from services.inventory.lots import store_mending
from services.inventory.repairs import domain, store, wire
from services.inventory.repairs.domain import Figures, Repair
from services.inventory.stock import books, endings, ledger, store_levels, store_shortfalls
from services.inventory.stock import wire as stock_wire
from services.inventory.stock.domain import NOWHERE, Demand, Meanwhile, Movement, Place, UnknownLocation, UnknownSku
from services.inventory.stock.domain_commands import Expire, Release
from services.inventory.stock.domain_refusals import HoldNotFound
from services.inventory.stock.holds import Holds

_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class Mended(Protocol):
    """What became of promises: units that are broken and that stand again, and what is still short where."""

    @property
    def broken(self) -> list[tuple[Any, str, int]]: ...
    @property
    def regained(self) -> list[tuple[Any, str, int]]: ...
    @property
    def short(self) -> dict[str, int]: ...


class Mending(Protocol):
    """Whoever moves promises away from where goods are missing."""

    async def mend(self, tx: Tx, sku: str) -> Mended: ...


class Mends:
    """What an operator does about a drift."""

    def __init__(self, db: Database, clock: Clock, holds: Holds, mending: Mending, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._holds = holds
        self._mending = mending
        self._page_key = page_key + b" repairs"

    async def level(self, asked: Request, place: Place, reason: str) -> rpc.RecomputeLevelResponse:
        """Makes a level what its rows say."""

        async def work(tx: Tx) -> rpc.RecomputeLevelResponse:
            await _known(tx, place)
            before, after = await self._recompute(tx, place)
            if before != after:
                await self._keep(tx, "LEVEL", " ".join(place), asdict(before), asdict(after), reason)
            return rpc.RecomputeLevelResponse(
                before=wire.figures(before), after=wire.figures(after), changed=before != after
            )

        return await requests.once(self._db, asked, work, rpc.RecomputeLevelResponse)

    async def hold(self, asked: Request, hold_id: str, reason: str) -> rpc.EndOrphanHoldResponse:
        """Ends a hold that everybody forgot; what has ended already gives back what it still holds."""
        async with self._db.read() as tx:
            held, places = await store.orphan(tx, hold_id), await store.stands_at(tx, hold_id)
        if held is None and not places:
            raise HoldNotFound(hold_id)
        domain.must_be_forgotten(hold_id, held, self._clock())
        live = held is not None and held.state == "ACTIVE"
        freed = 0
        if live and held is not None:
            freed = await self._held(hold_id)
            await self._holds.do(
                Release(hold_id, stock_wire.who(), reason="repair") if held.order_id else Expire(hold_id)
            )

        async def work(tx: Tx) -> rpc.EndOrphanHoldResponse:
            left = 0 if live else await self._free(tx, hold_id, places)
            if freed or left or live:
                was = {"state": held.state if held else "", "held": freed + left}
                await self._keep(tx, "HOLD", hold_id, was, {"held": 0}, reason)
            return rpc.EndOrphanHoldResponse(freed=freed + left, changed=bool(freed or left or live))

        return await requests.once(self._db, asked, work, rpc.EndOrphanHoldResponse)

    async def promises(self, asked: Request, sku: str, reason: str) -> rpc.MendPromisesResponse:
        """Looks at the promises of a SKU at once; what a timer gave up is done with that."""

        async def work(tx: Tx) -> rpc.MendPromisesResponse:
            if await store_products.unknown(tx, [sku]):
                raise UnknownSku(f"{sku} is not in the catalogue", sku=sku)
            found = await self._mending.mend(tx, sku)
            await timers.cancel(tx, ledger.REPAIR, sku)  # the last row that is locked, as facts do
            broken, regained = (sum(units for _, _, units in one) for one in (found.broken, found.regained))
            if broken or regained:
                after = {"broken": broken, "regained": regained, "short": found.short}
                await self._keep(tx, "PROMISES", sku, {}, after, reason)
            short = sum(found.short.values())
            changed = bool(broken or regained)
            return rpc.MendPromisesResponse(broken=broken, regained=regained, short=short, changed=changed)

        return await requests.once(self._db, asked, work, rpc.MendPromisesResponse)

    async def units(self, asked: Request, order_id: str, reason: str) -> rpc.FreeEndedUnitsResponse:
        """Frees what is promised for units that ended; of an order that was given up, what waits for no place."""

        async def work(tx: Tx) -> rpc.FreeEndedUnitsResponse:
            before = await store.promised(tx, order_id)
            if before is None:
                raise NotFound("no such order is promised anything", order_id=order_id)
            given_up = await store.given_up(tx, order_id)
            if given_up or await store.ended(tx, order_id):
                await endings.give_up(tx, order_id, given_up, self._clock())
            freed = before - (await store.promised(tx, order_id) or 0)
            if freed:
                was = {"promised": before}
                await self._keep(tx, "PROMISES", order_id, was, {"promised": before - freed}, reason)
            return rpc.FreeEndedUnitsResponse(freed=freed, changed=bool(freed))

        return await requests.once(self._db, asked, work, rpc.FreeEndedUnitsResponse)

    async def lots(self, asked: Request, place: Place, reason: str) -> rpc.RecountLotsResponse:
        """Makes the books of lots what their journal says; what is put aside is in quality control at least."""

        async def work(tx: Tx) -> rpc.RecountLotsResponse:
            await _known(tx, place)
            found, due = await self._recompute(tx, place)
            before, who, now = await store_mending.figures(tx, place), stock_wire.who(), self._clock()
            rows = await store_mending.recount(tx, place, who, now)
            after = await store_mending.figures(tx, place)
            if (lacking := after.put_aside - after.quality_control) > 0:
                aside = Movement(
                    *place, "LOT", 0, now, f"repair:{uuid7()}", who, quality_control=lacking, reason="REPAIR"
                )
                await outbox.append(tx, *await books.book(tx, [aside], {}, now))
                after = await store_mending.figures(tx, place)
            changed = bool(rows) or before != after or found != due
            if changed:
                await self._keep(tx, "LOTS", " ".join(place), asdict(before), asdict(after), reason)
            return rpc.RecountLotsResponse(before=wire.lots(before), after=wire.lots(after), changed=changed)

        return await requests.once(self._db, asked, work, rpc.RecountLotsResponse)

    async def waiting(self, asked: Request, place: Place, reason: str) -> rpc.RecountWaitingResponse:
        """Works out anew who waits for goods at a place."""

        async def work(tx: Tx) -> rpc.RecountWaitingResponse:
            await _known(tx, place)
            levels = await store_levels.lock(tx, [place], make=True)
            before = await backorders.at(tx, [place])
            if place[1] == NOWHERE:  # what is broken waits nowhere
                await backorders.write(tx, before, {})
            await outbox.append(tx, *await marks.mark(tx, levels.values(), self._clock()))
            after = await backorders.at(tx, [place])
            was, now = (sum(row.quantity for row in rows.values()) for rows in (before, after))
            if before != after:
                await self._keep(tx, "WAITING", " ".join(place), {"units": was}, {"units": now}, reason)
            return rpc.RecountWaitingResponse(before=was, after=now, changed=before != after)

        return await requests.once(self._db, asked, work, rpc.RecountWaitingResponse)

    async def page(self, size: int, token: str) -> rpc.ListRepairsResponse:
        """Repairs, the newest first."""
        size = pages.page_size(size)
        before = (pages.decode(token, self._page_key) or {"before": _LAST})["before"]
        async with self._db.read() as tx:
            found = await store.page(tx, before, size)
        more = pages.encode({"before": found[-1].repair_id}, self._page_key) if len(found) == size else ""
        return rpc.ListRepairsResponse(repairs=map(wire.repair, found), next_page_token=more)

    async def _recompute(self, tx: Tx, place: Place) -> tuple[Figures, Figures]:
        """Behind the level's lock: whoever writes rows for it waits, or has written both."""
        now = self._clock()
        held = (await store_levels.lock(tx, [place], make=True))[place]
        due = await store.due(tx, place)
        before = wire.of_level(held, due.shortfall)
        after = Figures(**asdict(due) | {"shortfall": due.lacking})
        if before == after:
            return before, after
        applied = await store.write(tx, place, after)
        source = f"repair:{uuid7()}"
        demands = [Demand(*place, applied.grown, source, 0, now)] if applied.grown > 0 else []
        events = await ledger.balance(tx, [applied], demands, now, tell_all=True)
        await self._explain(tx, place, after.lacking - (await store.due(tx, place)).shortfall, source, now)
        await outbox.append(tx, *events)
        return before, after

    async def _explain(self, tx: Tx, place: Place, missing: int, source: str, now: datetime) -> None:
        """The open shortfalls become what the level lacks."""
        if missing < 0:
            await store_shortfalls.settle(tx, {place: -missing})
        elif missing > 0:
            await store.lack(tx, place, missing, source, now)

    async def _held(self, hold_id: str) -> int:
        held = await self._holds.get(hold_id, stock_wire.reach())
        return sum(line.quantity for line in held.lines)

    async def _free(self, tx: Tx, hold_id: str, places: list[Place]) -> int:
        """Frees what an ended hold holds: levels first, then the hold, as everybody locks them."""
        await store_levels.lock(tx, places, make=True)
        held = await store.orphan(tx, hold_id, lock=True)
        if held is not None and held.state == "ACTIVE":
            raise Meanwhile("the hold came back to life a moment ago")
        freed = await store.free(tx, hold_id)
        if {place for place, _ in freed} - set(places):
            raise Meanwhile("the hold moved a moment ago")
        for place in sorted({place for place, _ in freed}):
            await self._recompute(tx, place)
        return sum(units for _, units in freed)

    async def _keep(
        self, tx: Tx, kind: str, subject: str, before: Mapping[str, Any], after: Mapping[str, Any], reason: str
    ) -> None:
        found = Repair("", kind, subject, before, after, reason, stock_wire.who(), self._clock())
        await store.keep(tx, found)


async def _known(tx: Tx, place: Place) -> None:
    sku, location_id = place
    if await store_products.unknown(tx, [sku]):
        raise UnknownSku(f"{sku} is not in the catalogue", sku=sku)
    if location_id != NOWHERE and await store_places.unknown(tx, [location_id]):
        raise UnknownLocation(f"there is no location {location_id}", location_id=location_id)
