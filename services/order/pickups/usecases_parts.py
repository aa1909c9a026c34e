"""Hands over a part of what waits: the rest waits on, and what is not there is told, cancelled or asked about."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kit import access, faultpoints, outbox, requests, timers
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import pickup_service_pb2 as pb
from services.order.checkout import store_reads as orders
from services.order.checkout import store_saga, wire_reasons
from services.order.checkout.domain import Order
from services.order.fulfilment import (
    domain,
    domain_news,
    domain_sourced,
    store,
    store_reads,
    store_sourced,
    wire_sourced,
)
from services.order.fulfilment import wire as tasks
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_lots import Named
from services.order.fulfilment.domain_states import Reason, State
from services.order.fulfilment.pins import Pins
from services.order.fulfilment.usecases import PICKUP_DEADLINE, take
from services.order.fulfilment.usecases_handover import Handovers
from services.order.fulfilment.usecases_tasks import mine
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.pickups import telling, usecases
from services.order.pickups.domain import Choice, Missing, Parted, Runs, parted
from services.order.pickups.proving import Proofs, Told
from services.order.rerouting.asking import Asking
from services.order.serials import keeping

faultpoints.register("pickups.before_part_commit", "pickups.after_part")


class Parts:
    """One visit, of which something stays behind."""

    def __init__(
        self, db: Database, clock: Clock, pins: Pins, proofs: Proofs, handovers: Handovers, undelivered: Undelivered,
        asking: Asking,
    ) -> None:  # fmt: skip
        self._db = db
        self._clock = clock
        self._pins = pins
        self._proofs = proofs
        self._handovers = handovers
        self._undelivered = undelivered
        self._asking = asking

    async def hand_over(
        self,
        asked: Request,
        fulfilment_id: str,
        told: Told,
        units: Mapping[int, int],
        missing: Sequence[Missing],
        choice: Choice,
        lots: Sequence[Named],
    ) -> pb.HandOverPartResponse:
        """All of it in one transaction: what he gets, what waits on, what is missing."""
        if not units:
            raise invalid("units", "something must be handed over")

        async def look() -> None:
            await self._handovers.look(fulfilment_id, told)

        async def work(tx: Tx) -> pb.HandOverPartResponse:
            held = mine(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            # as every change of several parts: the order, its parts, the heads of their places
            await store_saga.lock(tx, held.order_id)
            parts = await store.lock_of_order(tx, held.order_id)
            held = next(part for part in parts if part.fulfilment_id == fulfilment_id)
            after = domain.move(held, State.HANDED_OVER)
            if after is held or not held.by_pin:
                raise domain.refused(held, State.HANDED_OVER)
            collector = await self._proofs.let(tx, held, told)
            (order,) = await orders.orders(tx, [held.order_id])
            split = parted(order, held, units, missing)
            less, rest = await self._part(tx, order, parts, held, split)
            reason = Reason.PARTLY if less is not held else ""
            await keeping.handed(tx, less, lots)
            done = await self._handovers.handed(
                tx, less, replace(less, state=State.HANDED_OVER, reason=reason), lots, asked.request_id
            )
            if collector:
                await self._proofs.record(tx, held, collector, rest.fulfilment_id if rest else None)
            await self._miss(tx, order, parts, done, split.missing, choice)
            answer = pb.HandOverPartResponse(
                fulfilment=tasks.fulfilment(done),
                rest=tasks.fulfilment(rest) if rest else None,
                acknowledgement=await usecases.acknowledged(tx, done),
            )
            faultpoints.hit("pickups.before_part_commit")
            return answer

        answer = await requests.once(
            self._db, asked, work, pb.HandOverPartResponse, aggregate_id=lambda _: fulfilment_id, look=look
        )
        faultpoints.hit("pickups.after_part")
        return answer

    async def _part(
        self, tx: Tx, order: Order, parts: Sequence[Fulfilment], held: Fulfilment, split: Parted
    ) -> tuple[Fulfilment, Fulfilment | None]:
        """The task of what goes, and the one that waits on, if anything does."""
        if not split.left and not split.missing:
            return held, None
        less = replace(domain.with_runs(order, held, split.taken), reason=held.reason)
        await store.shrink(tx, less)
        return less, await self._wait_on(tx, order, parts, held, split.left) if split.left else None

    async def _wait_on(
        self, tx: Tx, order: Order, parts: Sequence[Fulfilment], held: Fulfilment, runs: Runs
    ) -> Fulfilment:
        """A task of its own, READY as before, until the same time, with a new PIN."""
        now = self._clock()
        part_no = 1 + max(part.part_no for part in parts)
        fresh = domain.fresh(order, now, uuid7(), held.method, held.location_id, runs, held.decision_id)
        fresh = replace(fresh, part_no=part_no, picker_staff_code=held.picker_staff_code)
        versions = await store.insert(tx, [(fresh, access.current().actor)])
        placed = domain.numbered(fresh, versions[fresh.fulfilment_id])
        pin = self._pins.make(fresh.fulfilment_id)
        ready = replace(
            placed, state=State.READY, pin_hash=pin.hash, pin_sealed=pin.sealed, reason=Reason.SPLIT,
            pickup_deadline=held.pickup_deadline,
        )  # fmt: skip
        if held.pickup_deadline:
            await timers.schedule(tx, PICKUP_DEADLINE, fresh.fulfilment_id, held.pickup_deadline)
        return await take(tx, placed, ready, now)

    async def _miss(
        self, tx: Tx, order: Order, parts: Sequence[Fulfilment], held: Fulfilment, missing: Mapping[str, Runs],
        choice: Choice,
    ) -> None:  # fmt: skip
        """Stock hears that its books have too much; the units are nobody's any more, or looked for elsewhere.

        What another place sent is not looked for a second time, whatever the counter chose.
        """
        for came, chosen in ((False, choice), (True, Choice.CANCEL)):
            of_kind = {
                why: [one for one in runs if domain_sourced.came(parts, one[0].line_no, one[1]) is came]
                for why, runs in sorted(missing.items())
            }
            if short := {why: runs for why, runs in of_kind.items() if runs}:
                await self._miss_some(tx, order, held, short, chosen)

    async def _miss_some(
        self, tx: Tx, order: Order, held: Fulfilment, missing: Mapping[str, Runs], choice: Choice
    ) -> None:
        now = self._clock()
        await telling.missing(tx, held, missing, choice, now)
        for reason, runs in missing.items():
            gone = replace(domain.with_runs(order, held, runs), reason=reason, update_time=now)
            told_by = uuid7()
            if choice is Choice.ASK:
                rejected = wire_sourced.rejected(gone, await store.touch_order(tx, order.order_id), partly=True)
                rejected.meta.event_id = told_by
                await outbox.append(tx, rejected)
                await self._asking.ask(tx, gone, [line.line_no for line in gone.lines])
            news = domain_news.rejected(gone, told_by)
            await store_sourced.tell(tx, [replace(one, reason=wire_reasons.told(one.reason)) for one in news])
            if choice is Choice.CANCEL:
                await self._undelivered.give_up(tx, order, runs, reason)
