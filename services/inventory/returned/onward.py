"""Returned goods that a drop point took, on their way to where somebody looks at them: put aside all the way."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from google.protobuf.message import Message

from kit import access, outbox
from kit.clock import Clock
from kit.postgres import Tx
from omo.order.v1 import order_events_pb2 as orders
from services.inventory.catalogue import placeholders, store_kits
from services.inventory.lots import naming
from services.inventory.returned import wire, wire_onward
from services.inventory.returned.domain import Way
from services.inventory.stock import books, store_levels
from services.inventory.stock.domain import Levels, Movement
from services.inventory.transfers import domain_legs, legs, store
from services.inventory.transfers import wire as transfers_wire
from services.inventory.transfers.domain import Transfer


class Onward:
    """A way on is a transfer that order moves, and that no promise is about: each of its two steps once."""

    def __init__(self, clock: Clock, time_zone: str) -> None:
        self._clock = clock
        self._time_zone = time_zone

    async def take(self, tx: Tx, heard: Sequence[orders.ReturnSentOn]) -> None:
        """A batch, in any order: an arrival that is heard first says all of what left."""
        now, kits = self._clock(), await store_kits.history(tx)
        ways = [way for way in (wire_onward.way(event, kits) for event in heard) if way.leg.moved]
        moved = [one for way in ways for one in (*way.out, *way.into)]
        if moved:
            await placeholders.ensure(tx, *wire.codes(moved), self._time_zone, now)
        levels = await store_levels.lock(tx, {place for way in ways for place in way.leg.places}, make=True)
        for way in sorted(ways, key=lambda one: (one.leg.leg_id, one.leg.arrive_time is not None)):
            await outbox.append(tx, *await self._move(tx, way, levels, now))

    async def _move(self, tx: Tx, way: Way, levels: Levels, now: datetime) -> list[Message]:
        leg, told = way.leg, list[Message]()
        held = await store.lock(tx, leg.leg_id)
        if held is None:
            told += await self._book(tx, way, way.out, levels, 1, now)
            held = await self._put(tx, domain_legs.sent(leg), told, now)
        if leg.arrive_time is not None and held.state == "SHIPPED":
            told += await self._book(tx, way, way.into, levels, -1, now)
            ended = replace(domain_legs.arrived(held, leg, leg.arrive_time), version=held.version + 1)
            await self._put(tx, ended, told, now)
        return told

    async def _book(
        self, tx: Tx, way: Way, moved: Sequence[Movement], levels: Levels, sign: int, now: datetime
    ) -> list[Message]:
        told = await books.book(tx, moved, levels, now, legs.shifts(way.leg, sign))
        return told + await naming.follow(tx, moved, now, self._time_zone)

    async def _put(self, tx: Tx, given: Transfer, told: list[Message], now: datetime) -> Transfer:
        await store.put(tx, given, access.current().actor)
        told.append(transfers_wire.changed(given, now))
        return given
