"""Hands goods over against a PIN, and captures their part of the money afterwards, whatever crashes in between."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from kit import access, faultpoints, outbox, requests, timers
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.timers import Due
from omo.order.v1 import fulfilment_service_pb2 as pb
from services.order.checkout import store_saga
from services.order.checkout.domain import Entry
from services.order.freight import store as freight
from services.order.fulfilment import domain, domain_lots, store, store_reads, wire
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_lots import Named
from services.order.fulfilment.domain_states import Capture, Reason, State
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_tasks import mine
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.payments.usecases import Payments
from services.order.pickups.proving import Proofs, Told
from services.order.serials import keeping

CAPTURE = "fulfilment.capture"
_SOONEST, _LATEST = timedelta(hours=1), timedelta(days=1)

faultpoints.register(
    "fulfilment.after_pin", "fulfilment.before_handover_commit", "fulfilment.after_handover", "fulfilment.after_capture"
)


class Handovers:
    """The shopper proves that it is his; from then on it is, and the money follows."""

    def __init__(
        self, db: Database, clock: Clock, proofs: Proofs, payments: Payments, undelivered: Undelivered
    ) -> None:
        self._db = db
        self._clock = clock
        self._proofs = proofs
        self._payments = payments
        self._undelivered = undelivered

    async def hand_over(
        self, asked: Request, fulfilment_id: str, told: Told, lots: Sequence[Named] = ()
    ) -> pb.HandOverFulfilmentResponse:
        """READY → HANDED_OVER, its events, and the promise to capture, in one transaction."""

        async def look() -> None:
            await self.look(fulfilment_id, told)
            faultpoints.hit("fulfilment.after_pin")

        async def work(tx: Tx) -> pb.HandOverFulfilmentResponse:
            held = mine(await store.lock(tx, fulfilment_id), fulfilment_id)
            after = await self._hand_over(tx, held, told, lots, asked.request_id)
            faultpoints.hit("fulfilment.before_handover_commit")
            return pb.HandOverFulfilmentResponse(fulfilment=wire.fulfilment(after))

        answer = await requests.once(
            self._db, asked, work, pb.HandOverFulfilmentResponse, aggregate_id=lambda _: fulfilment_id, look=look
        )
        faultpoints.hit("fulfilment.after_handover")
        return answer

    async def take_along(
        self, tx: Tx, held: Fulfilment, told: Told, lots: Sequence[Named], request_id: str
    ) -> Fulfilment:
        """The same inside somebody's transaction, such as that of a visit that also changes what is taken."""
        return await self._hand_over(tx, held, told, lots, request_id)

    async def prove(self, tx: Tx, held: Fulfilment, told: Told) -> None:
        """Refuses whoever may not collect, as a handover does."""
        await self._proofs.let(tx, held, told)

    async def capture_due(self, due: Due) -> None:
        """Takes the money for what was handed over; a no keeps the rest of the order back, and is asked for again."""
        async with self._db.read() as tx:
            found = await store_reads.find(tx, due.key)
            fee = await freight.charged(tx, found.order_id, due.key) if found else 0
        assert found is not None, "a fulfilment is never deleted"
        with access.acting_as(access.service("order")):
            taken = await self._payments.capture(found.order_id, await self._key(found), found.amount + fee)
            faultpoints.hit("fulfilment.after_capture")
            async with self._db.transaction() as tx:
                await self._settle(tx, found, taken)
                if taken:
                    await timers.finish(tx, due)
                else:
                    pause = min(_SOONEST * 2 ** (due.attempt - 1), _LATEST)
                    await timers.again(tx, due, self._clock() + pause, "the provider refused to capture")

    async def _key(self, found: Fulfilment) -> str:
        """Of the capture: a new one after each refusal, since a provider answers one key the same for ever."""
        _, entries = await self._payments.entries(found.order_id)
        own = [entry for entry in entries if entry.key.partition("#")[0] == found.fulfilment_id]
        refusals = sum(entry.entry is Entry.CAPTURE_FAILED for entry in own)
        return f"{found.fulfilment_id}#{refusals}" if refusals else found.fulfilment_id

    async def look(self, fulfilment_id: str, told: Told) -> None:
        """Outside the handover's transaction: what is refused must still be counted."""
        async with self._db.read() as tx:
            held = mine(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            await self._proofs.count_if_wrong(tx, held, told)

    async def _hand_over(
        self, tx: Tx, held: Fulfilment, told: Told, lots: Sequence[Named], request_id: str
    ) -> Fulfilment:
        if held.state is State.HANDED_OVER:
            if held.by_pin and not await self._proofs.collector(tx, held, told):
                raise domain.refused(held, State.HANDED_OVER)
            return held
        after = domain.move(held, State.HANDED_OVER)
        collector = await self._proofs.let(tx, held, told)
        await keeping.handed(tx, held, lots)
        stored = await self.handed(tx, held, after, lots, request_id)
        if collector:
            await self._proofs.record(tx, held, collector)
        return stored

    async def handed(
        self, tx: Tx, held: Fulfilment, after: Fulfilment, lots: Sequence[Named], request_id: str
    ) -> Fulfilment:
        """Its units are the shopper's, or on their way to him: tells it, and promises to take the money."""
        lines = sorted({line.line_no for line in held.lines})
        version, fee = await freight.hand_over(tx, held.order_id, held.fulfilment_id, lines)
        owed = held.amount + fee
        if owed:
            await self._payments.must_be_paid(tx, held.order_id)
        now, named = self._clock(), domain_lots.deal(held, lots)
        after = replace(
            after,
            handed_over_by=access.current().staff_code,
            handed_over_time=now,
            handover_event_id=uuid7(),
            capture=Capture.DUE if owed else Capture.CAPTURED,
            pin_sealed=None,
        )
        if owed:
            await timers.schedule(tx, CAPTURE, held.fulfilment_id, now)
        stored = await take(tx, held, after, now, request_id)
        await outbox.append(tx, wire.handed_over(stored, version, named))
        if not owed:  # no capture will ask for it
            await self._undelivered.let_go_if_done(tx, held.order_id)
        return stored

    async def _settle(self, tx: Tx, found: Fulfilment, taken: bool) -> None:
        now = self._clock()
        # as every change of several parts: the order, its parts, the heads of their places
        await store_saga.lock(tx, found.order_id)
        parts = {each.fulfilment_id: each for each in await store.lock_of_order(tx, found.order_id)}
        await store.lock_heads(tx, sorted({each.location_id for each in parts.values()}))
        held = parts.pop(found.fulfilment_id)
        if taken and held.capture is Capture.DUE:
            await store.captured(tx, held.fulfilment_id)
        elif taken and held.capture is Capture.FAILED:
            await take(tx, held, replace(held, capture=Capture.CAPTURED, reason=Reason.CAPTURED), now)
            if all(each.capture is not Capture.FAILED for each in parts.values()):
                for each in parts.values():
                    await take(tx, each, domain.release(each, Reason.CAPTURE_FAILED), now)
        elif not taken and held.capture is Capture.DUE:
            await take(tx, held, replace(held, capture=Capture.FAILED, reason=Reason.CAPTURE_FAILED), now)
            for each in parts.values():
                await take(tx, each, domain.hold(each, Reason.CAPTURE_FAILED), now)
        if taken:
            await self._undelivered.let_go_if_done(tx, held.order_id)
