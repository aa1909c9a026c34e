"""What order's news change here: promises become allocations, allocations leave, sales leave at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

from google.protobuf.message import Message

from kit import faultpoints, outbox
from kit.clock import Clock
from kit.postgres import Tx
from services.inventory.backorders import marks
from services.inventory.catalogue import placeholders, store_kits, store_places, store_products
from services.inventory.catalogue.domain_kits import History
from services.inventory.lots import naming, picks, store_journal
from services.inventory.stock import (
    domain,
    domain_orders,
    ledger,
    store_batch,
    store_endings,
    store_holds,
    store_levels,
    store_movements,
    store_orders,
    wire_orders,
    wire_out,
)
from services.inventory.stock.domain import Change, Demand, Hold, Level, Meanwhile, Movement, Place, State, Who, add
from services.inventory.stock.domain_allocations import Ends
from services.inventory.stock.domain_orders import News, Outcome
from services.inventory.stock.wire_orders import Event, Heard

# one statement's worth of sale lines: well below the statement timeout also on a busy machine
_LINES = 2_000
# codes remembered at most: some megabytes
_CODES = 100_000
_SELF = Who("service", "inventory")

faultpoints.register("inventory.orders.taken")


class Orders:
    """Takes a batch of order's events of all kinds in one transaction."""

    def __init__(self, clock: Clock, time_zone: str) -> None:
        self._clock = clock
        self._time_zone = time_zone
        # codes that the catalogue was seen to hold: it never drops one, so that nobody need ask twice
        self._known: set[str] = set()
        self._made_of = (-1, History())
        # goods that ask for lots or serials
        self._tracked: frozenset[str] = frozenset()

    async def take(self, tx: Tx, events: Sequence[Event]) -> None:
        """Books the events' effects; each is keyed by order and line, so that none counts twice.

        Everything that is locked is locked in key order, levels before holds.
        """
        now = self._clock()
        heard = wire_orders.hear(events)
        kits = await self._kits(tx)
        wire_orders.in_parts(heard, kits, await self._promised(tx, heard, kits), self._tracked)
        await self._name(tx, heard, now)
        told = await self._hear(tx, heard, now) if heard.news else []
        told += await self._sell(tx, heard, now)
        await outbox.append(tx, *told)
        faultpoints.hit("inventory.orders.taken")

    async def _promised(self, tx: Tx, heard: Heard, kits: History) -> dict[str, datetime]:
        """When goods were promised to orders of which a part is a kit that is made of something else by now."""
        named = {one.source_id for one in heard.handovers if kits.changed(one.sku)}
        for key, news in heard.news.items():
            skus = {*(one.sku for one in news.promises), *(one.sku for one in news.ended)}
            named |= {key} if any(map(kits.changed, skus)) else set()
        return await store_orders.promised(tx, named) if named else {}

    async def _kits(self, tx: Tx) -> History:
        """What every kit is and was made of."""
        version = await store_products.version(tx)
        if version != self._made_of[0]:
            self._tracked = await store_journal.tracked(tx)
            self._made_of = (version, await store_kits.history(tx))
        return self._made_of[1]

    async def _name(self, tx: Tx, heard: Heard, now: datetime) -> None:
        """Makes placeholders for codes that nobody described, which is rare."""
        skus, places = wire_orders.codes(heard)
        strange = [one for one in skus if f"sku {one}" not in self._known]
        nowhere = [one for one in places if f"location {one}" not in self._known]
        if not strange and not nowhere:
            return
        if len(self._known) > _CODES:
            self._known.clear()
        new_skus = set(await store_products.unknown(tx, strange))
        new_places = set(await store_places.unknown(tx, nowhere))
        # what is made here is not remembered: it may yet be rolled back
        self._known.update(f"sku {one}" for one in strange if one not in new_skus)
        self._known.update(f"location {one}" for one in nowhere if one not in new_places)
        if new_skus or new_places:
            await placeholders.ensure(tx, new_skus, new_places, self._time_zone, now)

    async def _hear(self, tx: Tx, heard: Heard, now: datetime) -> list[Message]:
        news = heard.news
        levels = await self._lock(tx, heard)
        fresh = await store_movements.insert(tx, await picks.named(tx, heard.handovers, self._tracked))
        for movement in fresh:
            news[movement.source_id].handed.append(wire_orders.handed(movement))
        holds = await self._holds(tx, list(news.values()))
        # an order of which anything was ever heard has no active hold any more
        known = await store_orders.allocations(tx, [key for key in news if holds[key].state is not State.ACTIVE])
        ends = await self._ends(tx, news, holds)
        outcomes = [
            domain_orders.hear(one, holds[key], known.get(key, []), ends.get(key, {}))
            for key, one in sorted(news.items())
        ]
        if any(place not in levels for one in outcomes for place in (*one.held, *one.committed)):
            raise Meanwhile("an order held stock a moment ago")
        changes = await self._left(tx, fresh, levels)
        for outcome in outcomes:
            count(changes, outcome)
        allocations = [one for outcome in outcomes for one in outcome.allocations]
        changes = {place: one for place, one in changes.items() if one != Change()}
        applied = await store_orders.write(tx, allocations, [one.hold for one in outcomes], changes, now)
        demands = [demand for outcome in outcomes for demand in outcome.demands]
        events = await ledger.balance(tx, applied, [*demands, *map(_demand, fresh)], now)
        events += await naming.follow(tx, fresh, now, self._time_zone)
        return events + [event for outcome in outcomes for event in _announced(outcome, now)]

    async def _lock(self, tx: Tx, heard: Heard) -> dict[Place, Level]:
        """Locks every level that the news may touch, before anything is known for sure."""
        places = {(one.sku, one.location_id) for news in heard.news.values() for one in news.promises}
        places.update(one.place for one in heard.handovers)
        # what is sold in the same batch must not be locked after these, out of order
        places.update((row[0], row[1]) for row in heard.sales)
        levels = await store_orders.lock(tx, places, heard.news)
        missing = places - levels.keys()
        return levels | await store_levels.lock(tx, missing, make=True) if missing else levels

    async def _holds(self, tx: Tx, news: Sequence[News]) -> dict[str, Hold]:
        """The orders' holds, locked; an order that never held gets a tombstone, so that a late hold is refused."""
        holds = await store_holds.lock(tx, [one.order_id for one in news])
        strange = [one for one in news if one.order_id not in holds]
        if strange:
            stones = [(domain_orders.tombstone(one), _SELF) for one in strange]
            await store_batch.write(tx, stones, {}, self._clock())
            holds |= await store_holds.by_id(tx, [one.order_id for one in strange], lock=True)
        return holds

    async def _ends(self, tx: Tx, news: Mapping[str, News], holds: Mapping[str, Hold]) -> dict[str, Ends]:
        """What nobody will hand over; of an order that is heard of for the first time, only what is told now."""
        told = [(key, one) for key, each in news.items() for one in each.ended]
        await store_endings.tell(tx, told)
        heard = [key for key, each in news.items() if each.ended or holds[key].state is not State.ACTIVE]
        return await store_endings.ended(tx, heard)

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
            looked = await store_orders.sell(tx, chunk)
            told += await marks.mark(tx, [one.level for one in looked if _claimed(one)], now)
            for sold in looked:
                told += await self._look(tx, sold, now)
            less = {sold.level.sku for sold in looked if sold.grown > 0 and sold.level.held + sold.level.committed}
            back = {sold.level.sku for sold in looked if sold.turned and sold.level.available > 0}
            await ledger.mend(tx, less, back, now)
        await naming.of_which_part(tx, heard.strange, now)
        return told + await naming.follow(tx, heard.named, now, self._time_zone)

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


def count(changes: dict[Place, Change], outcome: Outcome) -> None:
    """Adds what levels gain and lose of promises."""
    for place, quantity in outcome.committed.items():
        add(changes, place, Change(committed=quantity))
    for place, quantity in outcome.held.items():
        add(changes, place, Change(held=quantity))


def _claimed(sold: store_orders.Sold) -> bool:
    """Whether a sale left promises waiting, or let some that waited go."""
    return sold.grown < 0 or (sold.level.available < 0 and sold.level.held + sold.level.committed > 0)


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
