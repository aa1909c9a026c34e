"""Sends orders back to the start: what places will not send is looked for elsewhere, that of many orders together."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from google.protobuf.message import Message

from kit import access, outbox, timers
from kit.access import Actor
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.inventory.sourcing import domain_kits, store, store_places, wire
from services.inventory.sourcing.domain import Assignment
from services.inventory.sourcing.domain_records import Decided, Sourced
from services.inventory.sourcing.port import Stock
from services.inventory.sourcing.strategies import Strategies
from services.inventory.sourcing.usecases import DECIDE
from services.inventory.stock import wire as stock_wire
from services.inventory.stock.domain import Meanwhile
from services.inventory.variances import booking
from services.inventory.variances.booking import Found

PICKUPS = "pickup_rejected"


@dataclass(frozen=True, slots=True)
class No:
    """What a place will not send of an order, why, and who says so."""

    held: Sourced
    location_id: str
    given: Sequence[Assignment]
    reason: str
    actor: Actor


class Anew:
    """Rows are taken as decisions take them: their timers, then levels in key order, then orders."""

    def __init__(self, clock: Clock, stock: Stock) -> None:
        self._clock = clock
        self._stock = stock

    async def take(self, tx: Tx, nos: Sequence[No]) -> dict[str, Sourced]:
        """Each place is left in peace for these goods; the orders are decided once more, at once. Gives them after."""
        now, counts = self._clock(), Counter(no.held.order_id for no in nos)
        await timers.schedule_many(tx, DECIDE, [(order_id, now, b"REJECTION") for order_id in sorted(counts)])
        lost = await self._goods(tx, nos)
        await self._stock.reject(tx, _by_order(nos, lost), now)
        await self._shelves(tx, nos, lost, now)
        after = {
            key: replace(held, state="PENDING", attempts=held.attempts + counts[key], auto_cancel_time=None)
            for key, held in {no.held.order_id: no.held for no in nos}.items()
        }
        if not await store.move(tx, list(after.values())):
            raise Meanwhile("an order changed a moment ago")
        await store.decided(tx, [rejected(no, now) for no in nos])
        await store.unassign(tx, [(no.held.order_id, one) for no in nos for one in no.given])
        await self._cool(tx, nos, lost, now)
        return {key: replace(held, version=held.version + 1) for key, held in after.items()}

    async def goods(self, tx: Tx, no: No) -> list[Assignment]:
        """What the place was to give of each good: of a kit, its parts."""
        return (await self._goods(tx, [no]))[0]

    async def _goods(self, tx: Tx, nos: Sequence[No]) -> list[list[Assignment]]:
        parts = await self._stock.parts(tx, [no.held.order_id for no in nos])
        return [in_parts(no.held, no.given, parts.get(no.held.order_id, {})) for no in nos]

    async def _shelves(self, tx: Tx, nos: Sequence[No], lost: Sequence[Sequence[Assignment]], now: datetime) -> None:
        turn: Counter[str] = Counter()
        for no, goods in zip(nos, lost, strict=True):
            key = no.held.order_id
            turn[key] += 1
            source = f"rejection:{key}:{no.location_id}:{no.held.attempts + turn[key]}"
            await outbox.append(tx, *await shelf(tx, source, no, goods, now))

    async def _cool(self, tx: Tx, nos: Sequence[No], lost: Sequence[Sequence[Assignment]], now: datetime) -> None:
        strategies = await Strategies.load(tx)
        for no, goods in zip(nos, lost, strict=True):
            until = now + timedelta(hours=strategies.cooling_hours(no.held.channel_id))
            skus = [one.sku for one in goods]
            await store_places.cool(tx, skus, no.location_id, until, no.reason, no.held.order_id)


def in_parts(held: Sourced, given: Sequence[Assignment], parts: Mapping[int, Mapping[str, int]]) -> list[Assignment]:
    """Units of an order's lines as units of goods."""
    wanted = {no: units for no, (_, units) in wire.asked(held).items()}
    return domain_kits.in_parts(given, wanted, parts)


async def shelf(tx: Tx, source: str, no: No, goods: Sequence[Assignment], now: datetime) -> list[Message]:
    """What the reason says of the goods that are still there, if it is one of the brand's reasons."""
    units: Counter[str] = Counter()
    for one in goods:
        units[one.sku] += one.quantity
    found = [
        Found(sku, no.location_id, many, source, number) for number, (sku, many) in enumerate(sorted(units.items()), 1)
    ]
    with access.acting_as(access.service("inventory", no.actor)):
        return await booking.rejected(tx, no.reason, found, stock_wire.who(), now, now)


def rejected(no: No, now: datetime, *, queue: str = "") -> tuple[Decided, Actor]:
    """A place's no among the order's decisions."""
    lines = [one.line_no for one in no.given]
    said = {"location_id": no.location_id, "lines": lines, "reason": no.reason, "pickup": queue == PICKUPS}
    trace = json.dumps({"v": 1, "now": now.isoformat(), "rejected": said})
    one = Decided(no.held.order_id, uuid7(), "REJECTION", now, "", 0, "", queue or no.held.queue, None, trace)
    return one, no.actor


def _by_order(nos: Sequence[No], lost: Sequence[Sequence[Assignment]]) -> dict[str, list[Assignment]]:
    found: dict[str, list[Assignment]] = {}
    for no, goods in zip(nos, lost, strict=True):
        found.setdefault(no.held.order_id, []).extend(goods)
    return found
