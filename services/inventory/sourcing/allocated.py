"""Stock as the allocations keep it: an undecided line is allocated to no real place until sourcing moves it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from kit import outbox
from kit.postgres import Tx
from services.inventory.sourcing import store_stock
from services.inventory.sourcing.domain import Assignment, StockView
from services.inventory.stock import ledger, store_levels, store_orders
from services.inventory.stock.domain import Change, Demand, Level, Meanwhile
from services.inventory.stock.domain import Place as Spot
from services.inventory.stock.domain_orders import Allocation

# where stock allocates what names no place
NOWHERE = "UNKNOWN"


class Allocated:
    """One place for each line: an allocation names one."""

    splits_lines = False

    async def view(self, tx: Tx, skus: Sequence[str], location_ids: Iterable[str]) -> StockView:
        """What levels have left, of places that the brand knows."""
        known = set(location_ids)
        found: dict[str, dict[str, int]] = {}
        for sku, location_id, available in await store_stock.available(tx, skus):
            if location_id in known:
                found.setdefault(sku, {})[location_id] = available
        return found

    async def assign(self, tx: Tx, given: Mapping[str, Sequence[Assignment]], now: datetime) -> None:
        """Moves open allocations from nowhere to their places, if these still have the goods."""
        wanted = {(order_id, one.line_no): one.location_id for order_id, assigned in given.items() for one in assigned}
        moved, levels = await self._moved(tx, wanted)
        asked: Counter[Spot] = Counter()
        for _, after in moved:
            asked[after.place] += after.open
        for spot, units in asked.items():
            if levels[spot].available < units:
                raise Meanwhile("somebody else took the goods", sku=spot[0], location_id=spot[1])
        await self._book(tx, moved, now)

    async def reject(self, tx: Tx, order_id: str, given: Sequence[Assignment], reason: str, now: datetime) -> None:  # noqa: ARG002
        """Moves open allocations back to nowhere; what the reason does to the goods there is the store's own fact."""
        moved, _ = await self._moved(tx, {(order_id, one.line_no): NOWHERE for one in given})
        await self._book(tx, moved, now)

    async def _moved(
        self, tx: Tx, wanted: Mapping[tuple[str, int], str]
    ) -> tuple[list[tuple[Allocation, Allocation]], dict[Spot, Level]]:
        """The allocations to move, as they are and as they will be, with every level of both locked."""
        orders = sorted({order_id for order_id, _ in wanted})
        seen = await self._changes(tx, orders, wanted)
        levels = await store_levels.lock(tx, {one.place for pair in seen for one in pair}, make=True)
        # what was read before the locks may have changed before them
        moved = await self._changes(tx, orders, wanted)
        if moved != seen:
            raise Meanwhile("the order's allocations changed a moment ago")
        return moved, levels

    async def _changes(
        self, tx: Tx, orders: Sequence[str], wanted: Mapping[tuple[str, int], str]
    ) -> list[tuple[Allocation, Allocation]]:
        held = await store_orders.allocations(tx, orders)
        return [
            (one, replace(one, location_id=wanted[order_id, one.line_no]))
            for order_id in orders
            for one in held.get(order_id, ())
            if (order_id, one.line_no) in wanted and one.open and one.location_id != wanted[order_id, one.line_no]
        ]

    async def _book(self, tx: Tx, moved: Sequence[tuple[Allocation, Allocation]], now: datetime) -> None:
        changes: Counter[Spot] = Counter()
        for before, after in moved:
            changes[before.place] -= before.open
            changes[after.place] += after.open
        await store_stock.move(tx, [(one.order_id, one.line_no, one.location_id) for _, one in moved])
        booked = {spot: Change(committed=units) for spot, units in changes.items()}
        # what stands at no place is short by itself; it carries its order's name
        demands = [Demand(one.sku, one.location_id, one.open, one.order_id, one.line_no, now) for _, one in moved]
        _, events = await ledger.post(tx, booked, demands, now)
        await outbox.append(tx, *events)
