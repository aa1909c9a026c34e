"""Moves goods to the store where they are collected: what leaves, what comes, and what nobody waits for any more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from kit import access, faultpoints, outbox, pages, requests
from kit.access import Kind, NotYours
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import leg_service_pb2 as pb
from services.order.checkout import store_reads as orders
from services.order.checkout import store_saga
from services.order.checkout.domain import Method, Order
from services.order.fulfilment import domain, store, store_reads
from services.order.fulfilment import wire as tasks
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Reason
from services.order.fulfilment.domain_states import State as TaskState
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_tasks import mine
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.legs import domain as legs
from services.order.legs import store as ways
from services.order.legs import wire
from services.order.legs.domain import Came, Leg, State
from services.order.pickups.domain import Missing, Runs

_FIRST = "00000000-0000-0000-0000-000000000000"

faultpoints.register(
    "pickups.before_leg_left", "pickups.after_leg_left", "pickups.before_leg_arrived",
    "pickups.after_leg_arrived",
)  # fmt: skip


class Legs:
    """The source says what left, the store what came."""

    def __init__(self, db: Database, clock: Clock, undelivered: Undelivered, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._undelivered = undelivered
        self._page_key = page_key + b" legs"

    async def incoming(self, location_id: str, size: int, token: str) -> pb.ListIncomingResponse:
        """What is on its way to a store, or will be."""
        access.require_location(location_id)
        size, cursor = pages.page_size(size), pages.decode(token, self._page_key)
        async with self._db.read() as tx:
            found = await ways.incoming(tx, location_id, cursor["after"] if cursor else _FIRST, size)
            held = await ways.tasks(tx, [one.fulfilment_id for one in found])
            shown = [wire.leg(one, held[one.fulfilment_id]) for one in found]
        more = pages.encode({"after": found[-1].fulfilment_id}, self._page_key) if len(found) == size else ""
        return pb.ListIncomingResponse(legs=shown, next_page_token=more)

    async def dispatch(self, asked: Request, fulfilment_id: str) -> pb.DispatchLegResponse:
        """PICKING → IN_TRANSIT, and its word to stock, in one transaction."""

        async def work(tx: Tx) -> pb.DispatchLegResponse:
            held, leg = await locked(tx, fulfilment_id)
            mine(held, fulfilment_id)
            after = domain.move(held, TaskState.IN_TRANSIT)
            if after is not held:
                now = self._clock()
                held = await take(tx, held, after, now, asked.request_id)
                leg = replace(leg, state=State.IN_TRANSIT, left_time=now, left_event_id=uuid7())
                await ways.change(tx, leg)
                (order,) = await orders.orders(tx, [held.order_id])
                version = await store.touch_order(tx, held.order_id)
                await outbox.append(tx, wire.moved(leg, order, held, version))
            faultpoints.hit("pickups.before_leg_left")
            return pb.DispatchLegResponse(leg=wire.leg(leg, held))

        answer = await requests.once(
            self._db, asked, work, pb.DispatchLegResponse, aggregate_id=lambda _: fulfilment_id
        )
        faultpoints.hit("pickups.after_leg_left")
        return answer

    async def receive(self, asked: Request, fulfilment_id: str, short: Sequence[Missing]) -> pb.ReceiveLegResponse:
        """IN_TRANSIT → the store's own task, ARRIVED; what did not come is cancelled; in one transaction."""

        async def work(tx: Tx) -> pb.ReceiveLegResponse:
            held, leg = await locked(tx, fulfilment_id)
            here(leg)
            if leg.state is State.ARRIVED:
                own = await store_reads.find(tx, leg.arrived_id) if leg.arrived_id else None
            elif leg.state is State.OPEN:
                raise domain.refused(held, TaskState.ARRIVED)
            else:
                leg, own = await self._receive(tx, held, leg, short, asked.request_id)
                held = await _task(tx, fulfilment_id)
            faultpoints.hit("pickups.before_leg_arrived")
            return pb.ReceiveLegResponse(leg=wire.leg(leg, held), fulfilment=tasks.fulfilment(own) if own else None)

        answer = await requests.once(self._db, asked, work, pb.ReceiveLegResponse, aggregate_id=lambda _: fulfilment_id)
        faultpoints.hit("pickups.after_leg_arrived")
        return answer

    async def _receive(
        self, tx: Tx, held: Fulfilment, leg: Leg, short: Sequence[Missing], request_id: str
    ) -> tuple[Leg, Fulfilment | None]:
        now = self._clock()
        (order,) = await orders.orders(tx, [held.order_id])
        came = legs.came(order, held, short)
        await store.lock_heads(tx, sorted({held.location_id, leg.to_location_id}))
        waited_for = held.state is TaskState.IN_TRANSIT
        if waited_for:
            ended = domain.move(held, TaskState.CANCELLED, Reason.AT_THE_STORE)
            await take(tx, held, ended, now, request_id)
        own = await open_own(tx, order, held, leg, came.there, now) if waited_for and came.there else None
        leg = replace(
            leg, state=State.ARRIVED, arrive_time=now, arrive_event_id=uuid7(),
            arrived_id=own.fulfilment_id if own else None,
        )  # fmt: skip
        await ways.change(tx, leg)
        await outbox.append(tx, wire.moved(leg, order, held, await store.touch_order(tx, order.order_id), came))
        if waited_for:
            await self._lose(tx, order, came)
        return leg, own

    async def _lose(self, tx: Tx, order: Order, came: Came) -> None:
        for reason, runs in sorted(came.lost.items()):
            await self._undelivered.give_up(tx, order, runs, reason)


async def open_own(tx: Tx, order: Order, held: Fulfilment, leg: Leg, runs: Runs, now: datetime) -> Fulfilment:
    """The store's own task: it is there, and the shopper is told."""
    parts = await store_reads.of_orders(tx, [order.order_id])
    fresh = domain.fresh(order, now, uuid7(), Method.COLLECT, leg.to_location_id, runs, held.decision_id)
    # beside what the store had itself, and what another place sent by the same decision
    fresh = replace(fresh, part_no=1 + max(part.part_no for part in parts))
    versions = await store.insert(tx, [(fresh, access.current().actor)])
    placed = domain.numbered(fresh, versions[fresh.fulfilment_id])
    await store.show_orders(tx, [placed])
    return await take(tx, placed, domain.beside(parts, replace(placed, state=TaskState.ARRIVED)), now)


async def locked(tx: Tx, fulfilment_id: str) -> tuple[Fulfilment, Leg]:
    """As every change of several parts: the order, its parts, then the way of this one."""
    found = await store_reads.find(tx, fulfilment_id)
    if found is None or not found.to_location_id:
        raise NotYours("nothing is sent to a store by that id", field="fulfilment_id", fulfilment_id=fulfilment_id)
    await store_saga.lock(tx, found.order_id)
    parts = await store.lock_of_order(tx, found.order_id)
    leg = await ways.lock(tx, fulfilment_id)
    assert leg is not None, "whatever is sent to a store has a way"
    return next(part for part in parts if part.fulfilment_id == fulfilment_id), leg


def here(leg: Leg) -> None:
    """Only where it comes to somebody says what came."""
    who = access.current()
    if who.kind not in (Kind.HQ, Kind.SERVICE) and leg.to_location_id not in who.location_ids:
        raise NotYours("nothing comes here by that id", field="fulfilment_id", fulfilment_id=leg.fulfilment_id)


async def _task(tx: Tx, fulfilment_id: str) -> Fulfilment:
    found = await store_reads.find(tx, fulfilment_id)
    assert found is not None, "a fulfilment is never deleted"
    return found
