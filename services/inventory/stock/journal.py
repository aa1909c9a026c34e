"""The stock journal: booked by headquarters, read by staff, and the part of a unit's passport that it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kit import outbox, pages, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import stock_service_pb2 as rpc
from services.inventory.catalogue import drop_points, store_places, store_products
from services.inventory.lots import checking, naming, store_journal
from services.inventory.lots.domain import Units
from services.inventory.stock import (
    domain,
    ledger,
    store_levels,
    store_movements,
    store_orders,
    store_shortfalls,
    wire_out,
)
from services.inventory.stock.domain import (
    Change,
    Demand,
    Movement,
    Place,
    Shortfall,
    UnknownLocation,
    UnknownSku,
    add,
)

_FIRST = "00000000-0000-0000-0000-000000000000"
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
# goods that come in open the books of a place
_OPENING = ("OPENING", "RECEIPT", "ADJUSTMENT", "COUNT")


def change(movement: Movement) -> Change:
    """What a journal entry adds to its level."""
    opens = movement.kind in _OPENING and movement.reason != "IN_THE_COUNT"
    return Change(on_hand=movement.quantity, damaged=movement.damaged, opens=opens)


def demands(movements: Sequence[Movement]) -> list[Demand]:
    """What journal entries took from what can be promised."""
    return [
        Demand(m.sku, m.location_id, m.damaged - m.quantity, m.source_id, m.line_no, m.business_time)
        for m in movements
        if m.damaged > m.quantity
    ]


class Journal:
    """Books entries and lists them."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes, time_zone: str) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key
        self._time_zone = time_zone

    async def post(self, asked: Request, given: list[Movement]) -> rpc.PostMovementsResponse:
        """Books openings, receipts, adjustments and damage, all or none."""

        async def work(tx: Tx) -> rpc.PostMovementsResponse:
            await self._known(tx, given)
            levels = await store_levels.lock(tx, (one.place for one in given), make=True)
            await checking.booked(tx, given)
            undone = domain.late(given, levels)
            await store_movements.insert(tx, [*given, *undone])
            changes: dict[Place, Change] = {}
            for one in (*given, *undone):
                add(changes, one.place, change(one))
            after, events = await ledger.post(tx, changes, demands(given), self._clock(), tell_all=True)
            events += await naming.follow(tx, given, self._clock(), self._time_zone)
            await outbox.append(tx, *events)
            return rpc.PostMovementsResponse(levels=[wire_out.level(one) for one in after])

        return await requests.once(self._db, asked, work, rpc.PostMovementsResponse)

    async def _known(self, tx: Tx, given: Sequence[Movement]) -> None:
        if missing := await store_products.unknown(tx, (one.sku for one in given)):
            raise UnknownSku(f"{missing[0]} is not in the catalogue", sku=missing[0])
        if nowhere := await store_places.unknown(tx, (one.location_id for one in given)):
            raise UnknownLocation(f"{nowhere[0]} is no location", location_id=nowhere[0])
        adds = [(f"movements[{n}].location_id", m.location_id) for n, m in enumerate(given) if m.quantity > m.damaged]
        await drop_points.refuse(tx, adds)

    async def page(self, sku: str, location_id: str, size: int, token: str) -> tuple[list[Movement], str]:
        """A SKU's entries, newest first, and the token of the next page."""
        size = pages.page_size(size)
        key = self._page_key + b" movements"
        before = (pages.decode(token, key) or {"before": _LAST})["before"]
        async with self._db.read() as tx:
            found = await store_movements.page(tx, sku, location_id, before, size)
        more = pages.encode({"before": found[-1].movement_id}, key) if len(found) == size else ""
        return found, more

    async def shortfalls(self, location_id: str, size: int, token: str) -> tuple[list[Shortfall], str]:
        """What is still missing, oldest first, and the token of the next page."""
        size = pages.page_size(size)
        key = self._page_key + b" shortfalls"
        after = (pages.decode(token, key) or {"after": _FIRST})["after"]
        async with self._db.read() as tx:
            found = await store_shortfalls.page(tx, after, location_id, size)
        more = pages.encode({"after": found[-1].shortfall_id}, key) if len(found) == size else ""
        return found, more

    async def describe(
        self, units: Sequence[tuple[str, int, int, int]]
    ) -> tuple[list[tuple[int, Movement]], dict[int, str]]:
        """What moved these runs of units, and where they wait; both by the run's index."""
        if not 1 <= len(units) <= 100:
            raise invalid("units", "must be 1 to 100")
        async with self._db.read() as tx:
            moved = await store_movements.of_units(tx, units)
            lots = await store_journal.named(tx, [movement for _, movement in moved])
            waiting = await store_orders.waiting(tx, [(order_id, line_no) for order_id, line_no, _, _ in units])
        return [(number, _with(movement, lots)) for number, movement in moved], waiting


def _with(one: Movement, lots: Mapping[tuple[str, int, str, int, str], Sequence[Units]]) -> Movement:
    found = lots.get((one.source_id, one.line_no, one.kind, one.first, one.sku))
    return replace(one, lots=tuple(found)) if found else one
