"""What order's news change here: promises become allocations, allocations leave, sales leave at once."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from google.protobuf.message import Message

from kit import faultpoints, outbox
from kit.clock import Clock
from kit.postgres import Tx
from services.inventory.catalogue import placeholders
from services.inventory.stock import (
    domain,
    domain_orders,
    ledger,
    store_batch,
    store_holds,
    store_levels,
    store_movements,
    store_orders,
    wire_orders,
    wire_out,
)
from services.inventory.stock.domain import Change, Demand, Hold, Level, Meanwhile, Movement, Place, Who, add
from services.inventory.stock.domain_orders import News, Outcome
from services.inventory.stock.wire_orders import Event, Heard

# one statement's worth of sale lines: well below the statement timeout also on a busy machine
_LINES = 2_000
_SELF = Who("service", "inventory")

faultpoints.register("inventory.orders.taken")


class Orders:
    """Takes a batch of order's events of all kinds in one transaction."""

    def __init__(self, clock: Clock, time_zone: str) -> None:
        self._clock = clock
        self._time_zone = time_zone

    async def take(self, tx: Tx, events: Sequence[Event]) -> None:
        """Books the events' effects; each is keyed by order and line, so that none counts twice.

        Everything that is locked is locked in key order, levels before holds.
        """
        now = self._clock()
        heard = wire_orders.hear(events)
        await placeholders.ensure(tx, *wire_orders.codes(heard), self._time_zone, now)
        told = await self._hear(tx, heard, now) if heard.news else []
        told += await self._sell(tx, heard, now)
        await outbox.append(tx, *told)
        faultpoints.hit("inventory.orders.taken")

    async def _hear(self, tx: Tx, heard: Heard, now: datetime) -> list[Message]:
        news = heard.news
        levels = await self._lock(tx, heard)
        fresh = await store_movements.insert(tx, heard.handovers)
        for movement in fresh:
            news[movement.source_id].handed.append(wire_orders.handed(movement))
        holds = await self._holds(tx, list(news.values()))
        known = await store_orders.allocations(tx, news)
        outcomes = [domain_orders.hear(one, holds[key], known.get(key, [])) for key, one in sorted(news.items())]
        if any(place not in levels for one in outcomes for place in (*one.held, *one.committed)):
            raise Meanwhile("an order held stock a moment ago")
        await store_orders.put_allocations(tx, [one for outcome in outcomes for one in outcome.allocations])
        await store_holds.end(tx, [outcome.hold for outcome in outcomes], now)
        changes = await self._left(tx, fresh, levels)
        for outcome in outcomes:
            _promised(changes, outcome)
        demands = [demand for outcome in outcomes for demand in outcome.demands]
        _, events = await ledger.post(tx, changes, [*demands, *map(_demand, fresh)], now)
        return events + [event for outcome in outcomes for event in _announced(outcome, now)]

    async def _lock(self, tx: Tx, heard: Heard) -> dict[Place, Level]:
        """Locks every level that the news may touch, before anything is known for sure."""
        held = await store_holds.by_id(tx, heard.news)
        known = await store_orders.allocations(tx, heard.news)
        places: set[Place] = {line.place for hold in held.values() for line in hold.lines}
        places.update(one.place for some in known.values() for one in some)
        places.update((one.sku, one.location_id) for news in heard.news.values() for one in news.promises)
        places.update(one.place for one in heard.handovers)
        # what is sold in the same batch must not be locked after these, out of order
        places.update((row[0], row[1]) for row in heard.sales)
        return await store_levels.lock(tx, places, make=True)

    async def _holds(self, tx: Tx, news: Sequence[News]) -> dict[str, Hold]:
        """The orders' holds, locked; an order that never held gets a tombstone, so that a late hold is refused."""
        stones = [(domain_orders.tombstone(one), _SELF) for one in news]
        await store_batch.write(tx, stones, {}, self._clock())
        return await store_holds.by_id(tx, [one.order_id for one in news], lock=True)

    async def _left(self, tx: Tx, fresh: Sequence[Movement], levels: dict[Place, Level]) -> dict[Place, Change]:
        undone = domain.late(fresh, levels)
        await store_movements.insert(tx, undone)
        changes: dict[Place, Change] = {}
        for movement in (*fresh, *undone):
            add(changes, movement.place, Change(on_hand=movement.quantity))
        return changes

    async def _sell(self, tx: Tx, heard: Heard, now: datetime) -> list[Message]:
        told: list[Message] = []
        rows = iter(heard.sales)
        while chunk := list(islice(rows, _LINES)):
            for sold in await store_orders.sell(tx, chunk):
                told += await self._look(tx, sold, now)
        return told

    async def _look(self, tx: Tx, sold: store_orders.Sold, now: datetime) -> list[Message]:
        """What a sale leaves to do at one place; most leave nothing."""
        place = sold.level.place
        told: list[Message] = [wire_out.shortfall_found(one, sold.level.version, now) for one in sold.missing]
        if sold.opened and sold.turned:
            told.append(wire_out.level_changed(sold.level, now))
        if sold.grown < 0:
            await ledger.settle(tx, {place: -sold.grown})
        undone = domain.late(sold.late, {place: sold.level})
        if undone:
            await store_movements.insert(tx, undone)
            back = Change(on_hand=sum(movement.quantity for movement in undone))
            told += (await ledger.post(tx, {place: back}, [], now))[1]
        return told


def _promised(changes: dict[Place, Change], outcome: Outcome) -> None:
    for place, quantity in outcome.committed.items():
        add(changes, place, Change(committed=quantity))
    for place, quantity in outcome.held.items():
        add(changes, place, Change(held=quantity))


def _demand(movement: Movement) -> Demand:
    return Demand(
        movement.sku,
        movement.location_id,
        -movement.quantity,
        movement.source_id,
        movement.line_no,
        movement.business_time,
    )


def _announced(outcome: Outcome, now: datetime) -> list[Message]:
    hold = outcome.hold
    if outcome.released:
        return [wire_out.hold_released(hold, _SELF, now)]
    if outcome.allocated:
        return [wire_out.allocated(hold.hold_id, outcome.allocated, hold.version, now)]
    return []
