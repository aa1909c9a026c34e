"""Hears what is to be sourced, and decides it: express orders at once, the others of a minute together."""

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
from kit.timers import Due
from services.inventory.sourcing import domain_batch, domain_kits, store, store_places, wire, wire_events
from services.inventory.sourcing.domain import Assignment, Decision, Left, Limits, Order, Place
from services.inventory.sourcing.domain_kits import Parts
from services.inventory.sourcing.domain_records import Decided, Sourced
from services.inventory.sourcing.domain_rules import Strategy
from services.inventory.sourcing.port import Stock
from services.inventory.sourcing.strategies import Strategies
from services.inventory.sourcing.wire_events import Event
from services.inventory.stock.domain import Meanwhile

DECIDE = "sourcing.decide"
GIVE_UP = "sourcing.give_up"
BATCH = timedelta(seconds=60)
# how often a queue of what has no place has its own run
QUEUE_RUN = timedelta(minutes=15)
_WAITING = ("PENDING", "UNPLACED")


@dataclass(frozen=True, slots=True)
class Ground:
    """What many orders are decided on."""

    places: Sequence[Place]
    strategies: Strategies
    limits: Limits
    orders: Mapping[str, tuple[Sourced, Order, list[Assignment]]]
    parts: Mapping[str, Parts]

    def whole(self, held: Sourced) -> Order:
        """The order as it was before anything of it had a place."""
        return _in_parts(held, (), self.parts, {})


class Sourcing:
    """Where the goods of orders come from."""

    def __init__(self, clock: Clock, stock: Stock) -> None:
        self._clock = clock
        self._stock = stock

    async def hear(self, tx: Tx, events: Sequence[Event]) -> set[str]:
        """Keeps confirmed orders, in bulk; what nobody chose a place for is decided when its batch is full.

        Only timers of orders that are new are made, and none is cancelled:
        whoever decides has its timer, and waits for the levels locked here.
        Gives the orders that are new.
        """
        heard, now = wire_events.hear(events), self._clock()
        new = await store.heard(tx, heard.orders)
        pending = {key for key, state in new.items() if state == "PENDING"}
        if heard.pinned:
            await store.assign(tx, heard.pinned)
        express, end = heard.express & pending, _batch_end(now)
        dues = [(key, now, b"INSTANT") if key in express else (key, end, b"BATCH") for key in sorted(pending)]
        await timers.schedule_many(tx, DECIDE, dues)
        if heard.cancelled and heard.lessened:
            # both touch orders; whoever decides takes them in this order, too
            await store.orders(tx, heard.cancelled | heard.lessened, lock=True)
        if heard.cancelled:
            await store.cancelled(tx, heard.cancelled, now)
        if ended := await self._stock.ended(tx, sorted({*new, *heard.lessened})):
            await self._lessen(tx, ended)
        return set(new)

    async def _lessen(self, tx: Tx, ended: Mapping[str, Mapping[int, int]]) -> None:
        """Takes units that ended from the places that were to send them, the last place first."""
        changed: list[Sourced] = []
        less: list[tuple[str, Assignment]] = []
        assigned = await store.assigned(tx, ended)
        for held in await store.orders(tx, ended, lock=True):
            over = wire.excess(held, assigned.get(held.order_id, ()), ended[held.order_id])
            gone = [no for no, (_, units) in wire.asked(held).items() if ended[held.order_id].get(no, 0) >= units]
            left = tuple(no for no in held.pickup_rejected if no not in gone)
            less += [(held.order_id, one) for one in over]
            if over or left != held.pickup_rejected:
                changed.append(replace(held, pickup_rejected=left))
        await store.unassign(tx, less)
        await store.move(tx, changed)

    async def decide(self, tx: Tx, dues: Sequence[Due]) -> None:
        """Decides orders together, in the transaction that ends their timers."""
        modes = {due.key: due.payload.decode() for due in dues}
        ground = await self.ground(tx, [one for one in await store.orders(tx, modes) if one.state in _WAITING])
        asked = {key: order for key, (_, order, _) in ground.orders.items() if order.lines}
        # all that had no place has ended meanwhile
        whole = [held for key, (held, _, _) in ground.orders.items() if key not in asked]
        done = [replace(held, state="SOURCED", queue="", auto_cancel_time=None) for held in whole]
        if not asked:
            if not await store.move(tx, done):
                raise Meanwhile("an order changed a moment ago")
            return
        now = self._clock()
        skus = sorted({line.sku for order in asked.values() for line in order.lines})
        view = await self._stock.view(tx, skus, [place.location_id for place in ground.places], asked)
        limits = replace(await self.limits(tx, ground, skus), cooling=await store_places.cooling(tx, skus, now))
        decisions = domain_batch.source_all(
            asked.values(), view, ground.places, ground.strategies.choose, lambda: now, limits
        )
        taken = {key: domain_kits.bare(one) for key, one in decisions.items() if one.assignments}
        await self._stock.assign(tx, taken, now)
        await self._keep(tx, ground, decisions, modes, now, done)

    async def limits(self, tx: Tx, ground: Ground, skus: Sequence[str], draft: Strategy | None = None) -> Limits:
        """The bounds, with how sure the books are where a rule asks for it."""
        strategies = ground.strategies if draft is None else ground.strategies.instead(draft, ["a draft"])
        sure = await store_places.confidence(tx, skus) if strategies.weighs_confidence else {}
        return replace(ground.limits, confidence=sure)

    async def ground(self, tx: Tx, orders: Sequence[Sourced]) -> Ground:
        """The orders with what of them still needs a place, and all places."""
        ids = [one.order_id for one in orders]
        assigned, parts = await store.assigned(tx, ids), await self._stock.parts(tx, ids)
        ended = await self._stock.ended(tx, ids)
        places = await store_places.places(tx, self._clock())
        # the brand's first warehouse, where nothing else tells places apart
        warehouses = (one.location_id for one in places if one.kind == "WAREHOUSE" and one.active)
        known = {place.location_id: place for place in places}
        return Ground(
            places,
            await Strategies.load(tx),
            Limits(split_lines=self._stock.splits_lines, default_location_id=next(warehouses, "")),
            {
                one.order_id: (one, _towards(_in_parts(one, had, parts, ended.get(one.order_id, {})), known), had)
                for one in orders
                for had in [assigned.get(one.order_id, [])]
            },
            parts,
        )

    async def _keep(
        self,
        tx: Tx,
        ground: Ground,
        decisions: Mapping[str, Decision],
        modes: Mapping[str, str],
        now: datetime,
        done: Sequence[Sourced],
    ) -> None:
        kept: list[tuple[Decided, Actor]] = []
        moved: list[Sourced] = list(done)
        told: list[Message] = []
        placed: list[tuple[str, Assignment]] = []
        for order_id, decision in sorted(decisions.items()):
            held, asked, assigned = ground.orders[order_id]
            if not decision.assignments and held.state == "UNPLACED" and held.queue == decision.queue:
                # a run of a queue that changes nothing is no news
                moved.append(held)
                continue
            after = _moved(held, decision)
            decision_id = uuid7()
            skus = {no: sku for no, (sku, _) in wire.asked(held).items()}
            said = domain_kits.folded(decision, asked.lines, skus, decision_id)
            moved.append(after)
            entry = _decided(decision, decision_id, modes[order_id], after.auto_cancel_time, now)
            kept.append((entry, access.current().actor))
            told.append(wire_events.decided(after, decision_id, said, [*assigned, *said.assignments], now))
            placed += [(order_id, one) for one in said.assignments]
        await store.assign(tx, placed)
        if not await store.move(tx, moved):
            raise Meanwhile("an order changed a moment ago")
        await store.decided(tx, kept)
        await store_places.load(tx, _loads(ground, decisions), now)
        await self._wait(tx, [one for one in moved if one.state == "UNPLACED"], decisions, now)
        await outbox.append(tx, *told)

    async def _wait(self, tx: Tx, waiting: Sequence[Sourced], decisions: Mapping[str, Decision], now: datetime) -> None:
        """What has no place is looked at again with its queue's next run, until it is given up."""
        again = [one.order_id for one in waiting if not _asked_enough(decisions[one.order_id])]
        await timers.schedule_many(tx, DECIDE, [(order_id, now + QUEUE_RUN, b"QUEUE") for order_id in sorted(again)])
        ends = [(one.order_id, one.auto_cancel_time, b"") for one in waiting if one.auto_cancel_time]
        await timers.schedule_many(tx, GIVE_UP, sorted(ends))


def _in_parts(
    held: Sourced, assigned: Sequence[Assignment], parts: Mapping[str, Parts], ended: Mapping[int, int]
) -> Order:
    """What of the order still needs a place, good by good."""
    wanted = {no: units for no, (_, units) in wire.asked(held).items()}
    return domain_kits.exploded(wire.order(held, assigned, ended), wanted, parts.get(held.order_id, {}))


def _towards(order: Order, known: Mapping[str, Place]) -> Order:
    """The order with where its goods go; a store's order, or one that is collected, is reckoned from the store."""
    origin = known.get(order.collect_location_id or order.origin_location_id)
    if order.latitude is not None or origin is None:
        return order
    return replace(order, latitude=origin.latitude, longitude=origin.longitude)


def _batch_end(now: datetime) -> datetime:
    """The end of the running minute: all that comes in it is decided together."""
    whole = int(now.timestamp() // BATCH.total_seconds() + 1) * BATCH.total_seconds()
    return datetime.fromtimestamp(whole, now.tzinfo)


def _moved(held: Sourced, decision: Decision) -> Sourced:
    if not decision.leftovers:
        return replace(held, state="SOURCED", queue="", auto_cancel_time=None)
    # the clock of a queue runs from the first day in it
    until = held.auto_cancel_time or decision.auto_cancel_time
    return replace(held, state="UNPLACED", queue=decision.queue, auto_cancel_time=until)


def _decided(decision: Decision, decision_id: str, mode: str, until: datetime | None, now: datetime) -> Decided:
    return Decided(
        decision.order_id,
        decision_id,
        mode,
        now,
        decision.rule_set_id,
        decision.rule_version,
        decision.fallback.value,
        decision.queue,
        until,
        json.dumps(decision.trace, ensure_ascii=False, separators=(",", ":")),
    )


def _loads(ground: Ground, decisions: Mapping[str, Decision]) -> dict[str, int]:
    """Orders that each place is newly asked for."""
    counted = Counter(
        location_id for key, one in decisions.items() for location_id in set(one.locations) - ground.orders[key][1].used
    )
    return dict(sorted(counted.items()))


def _asked_enough(decision: Decision) -> bool:
    return any(left.reason is Left.ATTEMPTS for left in decision.leftovers)
