"""What places cannot or will not do: rejections, pauses, queues that are run by hand or given up."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter

from google.protobuf.message import Message

from kit import access, outbox, requests, timers
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.timers import Due
from omo.inventory.v1 import sourcing_service_pb2 as rpc
from services.inventory.sourcing import (
    domain_kits,
    domain_lifecycle,
    store,
    store_places,
    store_refusals,
    wire,
    wire_events,
)
from services.inventory.sourcing.domain import Assignment, Left, Leftover
from services.inventory.sourcing.domain_records import Decided, Sourced
from services.inventory.sourcing.port import Stock
from services.inventory.sourcing.strategies import Strategies
from services.inventory.sourcing.usecases import DECIDE
from services.inventory.sourcing.usecases_reads import known
from services.inventory.sourcing.wire_events import Event
from services.inventory.stock import wire as stock_wire
from services.inventory.stock.domain import Meanwhile, UnknownLocation
from services.inventory.variances import booking
from services.inventory.variances.booking import Found

_RUN = 500


class Rejections:
    """Everything that sends an order back to the start, or ends its wait."""

    def __init__(self, db: Database, clock: Clock, stock: Stock) -> None:
        self._db = db
        self._clock = clock
        self._stock = stock

    async def reject(
        self, asked: Request, order_id: str, location_id: str, line_nos: Sequence[int], reason: str
    ) -> rpc.RejectAssignmentResponse:
        """Shipped lines are sourced anew without this place for a time; collected ones wait for the shopper."""
        access.require_location(location_id)

        async def work(tx: Tx) -> rpc.RejectAssignmentResponse:
            held = await known(tx, order_id)
            assigned = (await store.assigned(tx, [order_id])).get(order_id, [])
            given = domain_lifecycle.for_sale(assigned, location_id, line_nos)
            rest = [one for one in assigned if one not in given]
            pickup = wire.collected(held) & {one.line_no for one in given}
            if pickup:
                after = await self._ask_shopper(tx, held, location_id, given, rest, reason)
                return rpc.RejectAssignmentResponse(sourcing=wire.sourcing(after, assigned))
            after = await self._anew(tx, held, location_id, given, reason)
            return rpc.RejectAssignmentResponse(sourcing=wire.sourcing(after, rest))

        return await requests.once(self._db, asked, work, rpc.RejectAssignmentResponse, aggregate_id=lambda _: order_id)

    async def hear(self, tx: Tx, events: Sequence[Event]) -> None:
        """What stores refused of their tasks: each is acted on once, when its order is known here."""
        heard = wire_events.hear(events)
        await store_refusals.put(tx, heard.refused)
        news = {*(row[0] for row in heard.orders), *(one.order_id for one in heard.refused)}
        for one in await store_refusals.due(tx, news):
            await store_refusals.done(tx, one)
            (held,) = await store.orders(tx, [one.order_id])
            assigned = (await store.assigned(tx, [one.order_id])).get(one.order_id, [])
            given = domain_lifecycle.for_refusal(assigned, one.location_id, one.decision_id, one.line_nos)
            if given and held.state != "CANCELLED":
                with access.acting_as(access.service("inventory", store_refusals.actor(one))):
                    await self._anew(tx, held, one.location_id, given, one.reason)

    async def _anew(self, tx: Tx, held: Sourced, location_id: str, given: Sequence[Assignment], reason: str) -> Sourced:
        """The place is left in peace for these goods; the order is decided once more, at once."""
        now = self._clock()
        hours = (await Strategies.load(tx)).cooling_hours(held.channel_id)
        goods = await self._goods(tx, held, given)
        units = _units(goods)
        await self._stock.reject(tx, held.order_id, goods, reason, now)
        source = f"rejection:{held.order_id}:{location_id}:{held.attempts + 1}"
        await outbox.append(tx, *await _shelf(tx, source, location_id, units, reason, now))
        after = replace(held, state="PENDING", attempts=held.attempts + 1)
        await self._move(tx, after, location_id, given, reason, pickup=False)
        await store.unassign(tx, held.order_id, given, location_id)
        until = now + timedelta(hours=hours)
        await store_places.cool(tx, [one.sku for one in goods], location_id, until, reason, held.order_id)
        await timers.schedule(tx, DECIDE, held.order_id, now, b"REJECTION")
        return replace(after, version=after.version + 1)

    async def _ask_shopper(
        self,
        tx: Tx,
        held: Sourced,
        location_id: str,
        given: Sequence[Assignment],
        rest: Sequence[Assignment],
        reason: str,
    ) -> Sourced:
        """Nothing is re-routed in silence: he chose this store, and keeps his promise there until he says otherwise."""
        now = self._clock()
        lines = "+".join(str(one.line_no) for one in sorted(given, key=attrgetter("line_no")))
        source = f"rejection:{held.order_id}:{location_id}:pickup:{lines}"
        units = _units(await self._goods(tx, held, given))
        await outbox.append(tx, *await _shelf(tx, source, location_id, units, reason, now))
        after = replace(held, state="PICKUP_REJECTED", queue="pickup_rejected")
        await self._move(tx, after, location_id, given, reason, pickup=True)
        await outbox.append(tx, wire_events.pickup_rejected(held, location_id, given, rest, reason, now))
        return replace(after, version=after.version + 1)

    async def _goods(self, tx: Tx, held: Sourced, given: Sequence[Assignment]) -> list[Assignment]:
        """What the place was to give of each good: of a kit, its parts."""
        wanted = {no: units for no, (_, units) in wire.asked(held).items()}
        parts = await self._stock.parts(tx, [held.order_id])
        return domain_kits.in_parts(given, wanted, parts.get(held.order_id, {}))

    async def _move(
        self, tx: Tx, after: Sourced, location_id: str, given: Sequence[Assignment], reason: str, *, pickup: bool
    ) -> None:
        now = self._clock()
        if not await store.move(tx, [after]):
            raise Meanwhile("the order changed a moment ago")
        rejected = {
            "location_id": location_id,
            "lines": [one.line_no for one in given],
            "reason": reason,
            "pickup": pickup,
        }
        trace = {"v": 1, "now": now.isoformat(), "rejected": rejected}
        decision = Decided(after.order_id, uuid7(), "REJECTION", now, "", 0, "", after.queue, None, json.dumps(trace))
        await store.decided(tx, [decision], access.current().actor)

    async def pause(
        self, asked: Request, location_id: str, paused: bool, until: datetime | None, reason: str
    ) -> rpc.PauseLocationResponse:
        """Stops a place from being asked, or has it asked again."""
        access.require_location(location_id)

        async def work(tx: Tx) -> rpc.PauseLocationResponse:
            if paused:
                found = await store_places.pause(tx, location_id, until, reason, access.current().actor)
            else:
                found = await store_places.lift(tx, location_id)
            if not found:
                raise UnknownLocation(f"there is no location {location_id}", location_id=location_id)
            return rpc.PauseLocationResponse()

        return await requests.once(self._db, asked, work, rpc.PauseLocationResponse)

    async def run_queue(self, asked: Request, queue: str) -> rpc.RunQueueResponse:
        """Has what waits in a queue decided once more, now."""

        async def work(tx: Tx) -> rpc.RunQueueResponse:
            waiting = await store.waiting(tx, queue, (wire.EPOCH, ""), _RUN)
            ids = sorted(one.order_id for one in waiting if one.state == "UNPLACED")
            await timers.schedule_many(tx, DECIDE, [(order_id, self._clock(), b"QUEUE") for order_id in ids])
            return rpc.RunQueueResponse(orders=len(ids))

        return await requests.once(self._db, asked, work, rpc.RunQueueResponse)

    async def give_up(self, tx: Tx, due: Due) -> None:
        """The wait of an order has ended without a place; order ends it and tells the shopper."""
        now = self._clock()
        for held in await store.orders(tx, [due.key]):
            # a wait that ended, and another that began since, have their own end
            if held.state != "UNPLACED" or held.auto_cancel_time is None or held.auto_cancel_time > now:
                return
            assigned = (await store.assigned(tx, [held.order_id])).get(held.order_id, [])
            lines = wire.order(held, assigned).lines  # as they were ordered: kits are kits
            left = [Leftover(line.line_no, line.sku, line.quantity, Left.NO_PLACE) for line in lines]
            if not await store.move(tx, [replace(held, state="GIVEN_UP")]):
                raise Meanwhile("the order changed a moment ago")
            await timers.cancel(tx, DECIDE, held.order_id)
            await outbox.append(tx, wire_events.given_up(held, left, assigned, now))


def _units(goods: Sequence[Assignment]) -> Mapping[str, int]:
    """What the place was to give of each good."""
    units: Counter[str] = Counter()
    for one in goods:
        units[one.sku] += one.quantity
    return units


async def _shelf(
    tx: Tx, source: str, location_id: str, units: Mapping[str, int], reason: str, now: datetime
) -> list[Message]:
    """What the reason says of the goods that are still there, if it is one of the brand's reasons."""
    found = [
        Found(sku, location_id, many, source, number) for number, (sku, many) in enumerate(sorted(units.items()), 1)
    ]
    return await booking.rejected(tx, reason, found, stock_wire.who(), now, now)
