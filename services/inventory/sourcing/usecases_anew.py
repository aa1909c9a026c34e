"""What places will not give: what is shipped is looked for elsewhere, what is collected asks its shopper."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter

from google.protobuf.message import Message

from kit import access, outbox, timers
from kit.access import Actor
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.inventory.sourcing import domain_kits, store, store_places, wire, wire_events
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
    runs: str = ""
    """Which units of its lines, where the place still gives others of them."""


class Anew:
    """Rows are taken as decisions take them: their timers, then levels in key order, then orders."""

    def __init__(self, clock: Clock, stock: Stock) -> None:
        self._clock = clock
        self._stock = stock

    async def refuse(self, tx: Tx, nos: Sequence[No]) -> dict[str, Sourced]:
        """What is shipped is looked for elsewhere, what is collected waits for its shopper. Gives the orders after."""
        parted = [(no, wire.collected(no.held)) for no in nos]
        shipped = [_of(no, [one for one in no.given if one.line_no not in pick]) for no, pick in parted]
        pickups = [_of(no, [one for one in no.given if one.line_no in pick]) for no, pick in parted]
        pickups = [no for no in pickups if no.given]
        after = await self._take(tx, [no for no in shipped if no.given], pickups)
        for no in pickups:
            held = after.get(no.held.order_id, no.held)
            after[held.order_id] = await self._ask_shopper(tx, replace(no, held=held))
        return after

    async def shipped(self, tx: Tx, no: No) -> Sourced:
        """What was to be collected is looked for as what is shipped: from now on it is undecided."""
        return (await self._take(tx, [no], [], chosen=True))[no.held.order_id]

    async def _take(
        self, tx: Tx, nos: Sequence[No], beside: Sequence[No], *, chosen: bool = False
    ) -> dict[str, Sourced]:
        """Each place is left in peace for these goods; the orders are decided once more, at once.

        Behind it all levels are locked, also those of the orders beside.
        """
        now, counts = self._clock(), Counter(no.held.order_id for no in nos)
        await timers.schedule_many(tx, DECIDE, [(order_id, now, b"REJECTION") for order_id in sorted(counts)])
        lost = await self._goods(tx, nos)
        idle: dict[str, list[Assignment]] = {no.held.order_id: [] for no in beside}
        # what people choose takes nobody's goods; what places have not is a fact
        free = self._stock.unbind if chosen else self._stock.reject
        await free(tx, idle | _by_order(nos, lost), now)
        if not nos:
            return {}
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

    async def _ask_shopper(self, tx: Tx, no: No) -> Sourced:
        """Nothing is re-routed in silence: he chose this store, and keeps his promise there until he says otherwise."""
        now, held = self._clock(), no.held
        lines = no.runs or "+".join(str(one.line_no) for one in sorted(no.given, key=attrgetter("line_no")))
        source = f"rejection:{held.order_id}:{no.location_id}:pickup:{lines}"
        (goods,) = await self._goods(tx, [no])
        await outbox.append(tx, *await shelf(tx, source, no, goods, now))
        refused = {one.line_no for one in no.given}
        after = replace(held, pickup_rejected=tuple(sorted({*held.pickup_rejected, *refused})))
        if not await store.move(tx, [after]):
            raise Meanwhile("the order changed a moment ago")
        await store.decided(tx, [rejected(no, now, queue=PICKUPS)])
        assigned = (await store.assigned(tx, [held.order_id])).get(held.order_id, [])
        rest = [one for one in assigned if one.location_id != no.location_id or one.line_no not in refused]
        await outbox.append(tx, wire_events.pickup_rejected(held, no.location_id, no.given, rest, no.reason, now))
        return replace(after, version=after.version + 1)

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


def _of(no: No, given: Sequence[Assignment]) -> No:
    return replace(no, given=given)


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
