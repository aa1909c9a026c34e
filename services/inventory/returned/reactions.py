"""Goods that came back: they stand where they were received, and follow what becomes of them."""

from collections.abc import Sequence
from typing import Any

from google.protobuf.message import Message

from kit import faultpoints, outbox
from kit.clock import Clock
from kit.consumer import On
from kit.postgres import Tx
from omo.order.v1 import order_events_pb2 as orders
from services.inventory.catalogue import placeholders, store_kits
from services.inventory.lots import naming
from services.inventory.returned import wire
from services.inventory.returned.onward import Onward
from services.inventory.returned.wire import Event
from services.inventory.stock import books, store_levels

faultpoints.register("inventory.returned.taken")


class ReturnReactions:
    """One method per event heard; each entry once, by order, line and unit, or by the change."""

    def __init__(self, clock: Clock, time_zone: str) -> None:
        self._clock = clock
        self._time_zone = time_zone
        self._onward = Onward(clock, time_zone)

    def handlers(self) -> list[On[Any]]:
        """What is heard of order."""
        return [
            On.many(orders.UnitsReturned, self.on_units_returned),
            On.many(orders.UnitsDisposed, self.on_units_disposed),
            On.many(orders.GoodsReturned, self.on_goods_returned),
            On.many(orders.ReturnSentOn, self.on_return_sent_on),
        ]

    async def on_units_returned(self, tx: Tx, events: list[orders.UnitsReturned]) -> None:
        """The goods are here, and order is answered; what is said again for a member's sake moved them before."""
        events = [event for event in events if not event.for_member_only]
        told = await self._book(tx, events)
        await outbox.append(tx, *told, *(wire.settled(event) for event in events))
        faultpoints.hit("inventory.returned.taken")

    async def on_units_disposed(self, tx: Tx, events: list[orders.UnitsDisposed]) -> None:
        """What becomes of them is another thing now, also where that is heard first."""
        await outbox.append(tx, *await self._book(tx, events))

    async def on_goods_returned(self, tx: Tx, events: list[orders.GoodsReturned]) -> None:
        """Goods that no sold unit explains are here all the same."""
        await outbox.append(tx, *await self._book(tx, events))

    async def on_return_sent_on(self, tx: Tx, events: list[orders.ReturnSentOn]) -> None:
        """What a drop point took leaves it, and stands where it arrived."""
        await self._onward.take(tx, events)

    async def _book(self, tx: Tx, events: Sequence[Event]) -> list[Message]:
        now, kits = self._clock(), await store_kits.history(tx)
        moved = [one for event in events for one in wire.movements(event, kits)]
        if not moved:
            return []
        await placeholders.ensure(tx, *wire.codes(moved), self._time_zone, now)
        levels = await store_levels.lock(tx, (one.place for one in moved), make=True)
        told = await books.book(tx, moved, levels, now)
        return told + await naming.follow(tx, moved, now, self._time_zone)
