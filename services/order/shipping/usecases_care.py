"""What headquarters and staff change about tasks that stand: hold, release, split, merge."""

from dataclasses import replace

from kit import access, faultpoints, fields, outbox, requests, timers
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import fulfilment_care_service_pb2 as pb
from services.order.checkout import store_reads as orders
from services.order.checkout import store_saga
from services.order.checkout.domain import Order
from services.order.fulfilment import domain, domain_kept, domain_packing, store, store_parts, store_reads, wire
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_parcels import Units
from services.order.fulfilment.domain_states import OWN_HOLDS, Reason, State
from services.order.fulfilment.usecases import ACCEPT_SLA, READY_SLA, take
from services.order.fulfilment.usecases_tasks import mine

faultpoints.register("shipping.before_split_commit")


class Care:
    """Each verb is idempotent by its request; splitting and merging lock the whole order, as rejections do."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def hold(self, asked: Request, fulfilment_id: str, reason: str) -> pb.HoldFulfilmentResponse:
        """Stops a task where it is."""
        reason = fields.code("reason", reason)
        if reason in OWN_HOLDS:
            raise invalid("reason", "must be none of our own")

        async def work(tx: Tx) -> pb.HoldFulfilmentResponse:
            held = mine(await store.lock(tx, fulfilment_id), fulfilment_id)
            after = domain.hold(held, reason)
            if after is held and (held.state, held.reason) != (State.ON_HOLD, reason):
                raise domain.refused(held, State.ON_HOLD)
            after = await take(tx, held, after, self._clock(), asked.request_id)
            return pb.HoldFulfilmentResponse(fulfilment=wire.fulfilment(after))

        return await requests.once(
            self._db, asked, work, pb.HoldFulfilmentResponse, aggregate_id=lambda _: fulfilment_id
        )

    async def release(self, asked: Request, fulfilment_id: str) -> pb.ReleaseFulfilmentResponse:
        """Lets it go on, unless something else keeps it back meanwhile."""

        async def work(tx: Tx) -> pb.ReleaseFulfilmentResponse:
            found = mine(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            parts = await self._locked(tx, found)
            held = next(one for one in parts if one.fulfilment_id == fulfilment_id)
            if held.state is State.ON_HOLD and held.reason in OWN_HOLDS:
                raise domain.refused(held, State(held.held_state))
            after = domain.beside(parts, domain.release(held, held.reason))
            after = await take(tx, held, after, self._clock(), asked.request_id)
            return pb.ReleaseFulfilmentResponse(fulfilment=wire.fulfilment(after))

        return await requests.once(
            self._db, asked, work, pb.ReleaseFulfilmentResponse, aggregate_id=lambda _: fulfilment_id
        )

    async def split(self, asked: Request, fulfilment_id: str, units: tuple[Units, ...]) -> pb.SplitFulfilmentResponse:
        """Makes a task of its own of some units."""

        async def work(tx: Tx) -> pb.SplitFulfilmentResponse:
            found = mine(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            parts = await self._locked(tx, found)
            held = next(one for one in parts if one.fulfilment_id == fulfilment_id)
            rest, part = await self._split(tx, await _order(tx, held), held, parts, units, asked.request_id)
            faultpoints.hit("shipping.before_split_commit")
            return pb.SplitFulfilmentResponse(fulfilment=wire.fulfilment(rest), part=wire.fulfilment(part))

        return await requests.once(
            self._db, asked, work, pb.SplitFulfilmentResponse, aggregate_id=lambda _: fulfilment_id
        )

    async def _split(
        self,
        tx: Tx,
        order: Order,
        held: Fulfilment,
        parts: list[Fulfilment],
        units: tuple[Units, ...],
        request_id: str,
    ) -> tuple[Fulfilment, Fulfilment]:
        now = self._clock()
        alike = [one.part_no for one in parts if domain_kept.key(one) == domain_kept.key(held)]
        rest, part = domain_packing.split(order, held, units, uuid7(), max(alike) + 1)
        await store.lock_heads(tx, [held.location_id])
        await store_parts.put_lines(tx, rest)
        rest = await take(tx, held, rest, now, request_id)
        part = replace(part, update_time=now)
        version = await store_parts.split(tx, held.fulfilment_id, part, request_id, access.current().actor)
        part = domain.numbered(part, version)
        await outbox.append(tx, wire.changed(part))
        await timers.schedule(tx, ACCEPT_SLA, part.fulfilment_id, part.accept_deadline)
        if part.ready_deadline:
            await timers.schedule(tx, READY_SLA, part.fulfilment_id, part.ready_deadline)
        return rest, part

    async def merge(self, asked: Request, fulfilment_id: str, other_id: str) -> pb.MergeFulfilmentsResponse:
        """Makes one task again of two that stand alike."""

        async def work(tx: Tx) -> pb.MergeFulfilmentsResponse:
            found = mine(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            mine(await store_reads.find(tx, other_id), other_id)
            parts = {one.fulfilment_id: one for one in await self._locked(tx, found)}
            held, other = parts[fulfilment_id], parts.get(other_id)
            if other is None:
                raise domain_packing.NotAlike("the tasks are of two orders", field="order_id")
            if (other.state, other.reason) != (State.CANCELLED, Reason.MERGED):
                whole, gone = domain_packing.merge(await _order(tx, held), held, other)
                await store.lock_heads(tx, [held.location_id])
                await take(tx, other, gone, self._clock(), asked.request_id)
                await store_parts.put_lines(tx, whole)
                held = await take(tx, held, whole, self._clock(), asked.request_id)
            return pb.MergeFulfilmentsResponse(fulfilment=wire.fulfilment(held))

        return await requests.once(
            self._db, asked, work, pb.MergeFulfilmentsResponse, aggregate_id=lambda _: fulfilment_id
        )

    async def _locked(self, tx: Tx, found: Fulfilment) -> list[Fulfilment]:
        """The saga's row first, as every change of several tasks does."""
        await store_saga.lock(tx, found.order_id)
        return await store.lock_of_order(tx, found.order_id)


async def _order(tx: Tx, held: Fulfilment) -> Order:
    (order,) = await orders.orders(tx, [held.order_id])
    return order
