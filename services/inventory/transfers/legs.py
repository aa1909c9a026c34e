"""Books what order says of goods on their way to the store where they are collected, each step once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from google.protobuf.message import Message

from kit import access, faultpoints, outbox
from kit.clock import Clock
from kit.postgres import Tx
from omo.order.v1 import pickup_events_pb2 as events
from services.inventory.catalogue import placeholders, store_kits
from services.inventory.stock import (
    books,
    domain,
    ledger,
    store_endings,
    store_holds,
    store_levels,
    store_movements,
    store_orders,
    store_states,
)
from services.inventory.stock.domain import Change, Demand, Level, Movement, Place, add
from services.inventory.stock.domain_allocations import Allocation
from services.inventory.stock.store_states import Shift
from services.inventory.tasks import opening
from services.inventory.transfers import domain_legs, store, wire, wire_legs
from services.inventory.transfers.domain import Transfer
from services.inventory.transfers.domain_legs import Leg

faultpoints.register("inventory.legs.taken", "inventory.missing.taken")
_Levels = dict[Place, Level]


class Legs:
    """What leaves is taken from what the order was promised there; what arrives is promised to it where it is."""

    def __init__(self, clock: Clock, time_zone: str) -> None:
        self._clock = clock
        self._time_zone = time_zone

    async def take(self, tx: Tx, heard: Sequence[events.UnitsMoved]) -> None:
        """A batch, in any order: an arrival that is heard first says all of what left."""
        now, kits = self._clock(), await store_kits.history(tx)
        since = await store_orders.promised(tx, {event.order_id for event in heard})
        legs = [wire_legs.leg(one, kits, since.get(one.order_id, now)) for one in heard]
        levels = await self._lock(tx, legs, now)
        for leg in sorted(legs, key=lambda one: (one.order_id, one.leg_id, one.arrive_time is not None)):
            if leg.moved:
                await outbox.append(tx, *await self._move(tx, leg, levels, now))
        faultpoints.hit("inventory.legs.taken")

    async def miss(self, tx: Tx, heard: Sequence[events.UnitsMissing]) -> None:
        """Goods that a store has not, whatever its books say."""
        now, kits = self._clock(), await store_kits.history(tx)
        since = await store_orders.promised(tx, {event.order_id for event in heard})
        moved = [one for event in heard for one in wire_legs.missing(event, kits, since.get(event.order_id, now))]
        await self._name(tx, {one.place for one in moved}, now)
        levels = await store_levels.lock(tx, {one.place for one in moved}, make=True)
        await outbox.append(tx, *await books.book(tx, moved, levels, now))
        faultpoints.hit("inventory.missing.taken")

    async def _lock(self, tx: Tx, legs: Sequence[Leg], now: datetime) -> _Levels:
        """Levels in key order, then the orders' holds: as whoever else changes what stands for an order."""
        places = {place for leg in legs for place in leg.places}
        await self._name(tx, places, now)
        orders = sorted({leg.order_id for leg in legs})
        levels = await store_orders.lock(tx, places, orders)
        levels |= await store_levels.lock(tx, places - levels.keys(), make=True)
        await store_holds.lock(tx, orders)
        return levels

    async def _name(self, tx: Tx, places: Iterable[Place], now: datetime) -> None:
        named = sorted(places)
        skus, locations = {sku for sku, _ in named}, {location_id for _, location_id in named}
        await placeholders.ensure(tx, skus, locations, self._time_zone, now)

    async def _move(self, tx: Tx, leg: Leg, levels: _Levels, now: datetime) -> list[Message]:
        held = await store.lock(tx, leg.leg_id)
        told: list[Message] = []
        if held is None:
            told += await self._leave(tx, leg, levels, now)
            held = await self._put(tx, domain_legs.sent(leg), told, now)
        if leg.arrive_time is not None and held.state == "SHIPPED":
            told += await self._arrive(tx, leg, leg.arrive_time, levels, now)
            ended = replace(domain_legs.arrived(held, leg, leg.arrive_time), version=held.version + 1)
            await self._put(tx, ended, told, now)
            await self._ask(tx, ended, now)
        return told

    async def _leave(self, tx: Tx, leg: Leg, levels: _Levels, now: datetime) -> list[Message]:
        rows = await self._rows(tx, leg)
        ends = (await store_endings.ended(tx, [leg.order_id])).get(leg.order_id, {})
        after = domain_legs.took_leave(rows, leg, ends)
        told = await self._book(tx, domain_legs.out(leg), rows, after, levels, now)
        await store_states.apply(tx, shifts(leg, 1))
        return told

    async def _arrive(self, tx: Tx, leg: Leg, at: datetime, levels: _Levels, now: datetime) -> list[Message]:
        await store_endings.tell(tx, domain_legs.lost(leg))
        rows = await self._rows(tx, leg)
        ends = (await store_endings.ended(tx, [leg.order_id])).get(leg.order_id, {})
        after = domain_legs.came_home(rows, leg, ends)
        await store_states.apply(tx, shifts(leg, -1))
        return await self._book(tx, domain_legs.into(leg, at), rows, after, levels, now)

    async def _rows(self, tx: Tx, leg: Leg) -> list[Allocation]:
        return (await store_orders.allocations(tx, [leg.order_id])).get(leg.order_id, [])

    async def _book(
        self,
        tx: Tx,
        moved: Sequence[Movement],
        before: Sequence[Allocation],
        after: Sequence[Allocation],
        levels: Mapping[Place, Level],
        now: datetime,
    ) -> list[Message]:
        """Goods and the promise of them in one change of each level, so that nothing seems short in between."""
        fresh = await store_movements.insert(tx, moved)
        undone = domain.late(fresh, levels)
        await store_movements.insert(tx, undone)
        changes: dict[Place, Change] = {}
        for one in (*fresh, *undone):
            add(changes, one.place, Change(on_hand=one.quantity, opens=one.kind == "TRANSFER_IN"))
        known = {one.key: one.open for one in before}
        for row in after:
            add(changes, row.place, Change(committed=row.open - known.get(row.key, 0)))
        real = {place: one for place, one in sorted(changes.items()) if one != Change()}
        applied = await store_orders.write(tx, after, [], real, now)
        demands = [_demand(one) for one in fresh if one.quantity < 0]
        demands += [Demand(row.sku, row.location_id, row.open, row.order_id, row.line_no, now) for row in after]
        return await ledger.balance(tx, applied, demands, now, tell_all=True)

    async def _put(self, tx: Tx, given: Transfer, told: list[Message], now: datetime) -> Transfer:
        await store.put(tx, given, access.current().actor)
        told.append(wire.changed(given, now))
        return given

    async def _ask(self, tx: Tx, ended: Transfer, now: datetime) -> None:
        """Somebody looks at what was lost on the way."""
        wanted = [
            ("DISCREPANCY", ended.to_location_id, f"{ended.transfer_id}:{one.sku}:{one.kind}",
             {"transfer_id": ended.transfer_id, "sku": one.sku, "kind": one.kind, "quantity": one.quantity,
              "from_location_id": ended.from_location_id})
            for one in ended.discrepancies
        ]  # fmt: skip
        await opening.open_many(tx, wanted, now)


def _demand(one: Movement) -> Demand:
    return Demand(one.sku, one.location_id, -one.quantity, one.source_id, one.line_no, one.business_time)


def shifts(leg: Leg, sign: int) -> dict[Place, Shift]:
    """What is on its way at both ends: more of it (1), or less (-1)."""
    found: dict[Place, Shift] = {}
    for one in leg.moved:
        units = sign * one.quantity
        for place, shift in (
            ((one.sku, leg.source), Shift(in_transit_out=units)),
            ((one.sku, leg.target), Shift(in_transit_in=units)),
        ):
            found[place] = found.get(place, Shift()) + shift
    return dict(sorted(found.items()))
