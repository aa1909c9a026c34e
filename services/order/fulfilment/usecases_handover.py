"""Hands goods over against a PIN, and captures their part of the money afterwards, whatever crashes in between."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from kit import access, faultpoints, outbox, requests, timers
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.timers import Due
from omo.order.v1 import fulfilment_service_pb2 as pb
from services.order.checkout import store_saga
from services.order.checkout.domain import Entry
from services.order.fulfilment import domain, domain_lots, pins, store, store_reads, wire
from services.order.fulfilment.domain import PIN_TRIES, Capture, Fulfilment, PinLocked, PinWrong, Reason, State
from services.order.fulfilment.domain_lots import Named
from services.order.fulfilment.pins import Pins
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_tasks import mine
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.payments.usecases import Payments

CAPTURE = "fulfilment.capture"
_SOONEST, _LATEST = timedelta(hours=1), timedelta(days=1)

faultpoints.register(
    "fulfilment.after_pin", "fulfilment.before_handover_commit", "fulfilment.after_handover", "fulfilment.after_capture"
)


class Handovers:
    """The shopper proves that it is his; from then on it is, and the money follows."""

    def __init__(self, db: Database, clock: Clock, pins_: Pins, payments: Payments, undelivered: Undelivered) -> None:
        self._db = db
        self._clock = clock
        self._pins = pins_
        self._payments = payments
        self._undelivered = undelivered

    async def hand_over(
        self, asked: Request, fulfilment_id: str, pin: str, lots: Sequence[Named] = ()
    ) -> pb.HandOverFulfilmentResponse:
        """READY → HANDED_OVER, its events, and the promise to capture, in one transaction."""
        await self._count_if_wrong(fulfilment_id, pin)
        faultpoints.hit("fulfilment.after_pin")

        async def work(tx: Tx) -> pb.HandOverFulfilmentResponse:
            held = mine(await store.lock(tx, fulfilment_id), fulfilment_id)
            after = await self._hand_over(tx, held, pin, lots, asked.request_id)
            faultpoints.hit("fulfilment.before_handover_commit")
            return pb.HandOverFulfilmentResponse(fulfilment=wire.fulfilment(after))

        answer = await requests.once(
            self._db, asked, work, pb.HandOverFulfilmentResponse, aggregate_id=lambda _: fulfilment_id
        )
        faultpoints.hit("fulfilment.after_handover")
        return answer

    async def capture_due(self, due: Due) -> None:
        """Takes the money for what was handed over; a no keeps the rest of the order back, and is asked for again."""
        async with self._db.read() as tx:
            found = await store_reads.find(tx, due.key)
        assert found is not None, "a fulfilment is never deleted"
        with access.acting_as(access.service("order")):
            taken = await self._payments.capture(found.order_id, await self._key(found), found.amount)
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

    async def _count_if_wrong(self, fulfilment_id: str, pin: str) -> None:
        """Outside the handover's transaction: what is refused must still be counted."""
        async with self._db.read() as tx:
            held = mine(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            if not held.by_pin:
                return
            if not pins.well_formed(pin):
                raise invalid("pin", "must be six digits")
            tries = await store.count_wrong(tx, fulfilment_id, self._pins.hash(fulfilment_id, pin), PIN_TRIES)
        if tries is not None:
            raise PinWrong("the PIN is not right", fulfilment_id=fulfilment_id, tries_left=PIN_TRIES - tries)

    async def _hand_over(
        self, tx: Tx, held: Fulfilment, pin: str, lots: Sequence[Named], request_id: str
    ) -> Fulfilment:
        proven = not held.by_pin or self._pins.same(held.fulfilment_id, pin, held.pin_hash)
        if held.state is State.HANDED_OVER:
            if not proven:
                raise domain.refused(held, State.HANDED_OVER)
            return held
        after = domain.move(held, State.HANDED_OVER)
        if held.by_pin and held.pin_tries >= PIN_TRIES:
            raise PinLocked("too many wrong PINs: a manager makes a new one", fulfilment_id=held.fulfilment_id)
        if not proven:
            raise PinWrong("the PIN has changed", fulfilment_id=held.fulfilment_id, tries_left=PIN_TRIES)
        return await self._handed(tx, held, after, lots, request_id)

    async def _handed(
        self, tx: Tx, held: Fulfilment, after: Fulfilment, lots: Sequence[Named], request_id: str
    ) -> Fulfilment:
        now, named = self._clock(), domain_lots.deal(held, lots)
        after = replace(
            after,
            handed_over_by=access.current().staff_code,
            handed_over_time=now,
            handover_event_id=uuid7(),
            capture=Capture.DUE if held.amount else Capture.CAPTURED,
            pin_sealed=None,
        )
        version = await store.touch_order(tx, held.order_id)
        if held.amount:
            await timers.schedule(tx, CAPTURE, held.fulfilment_id, now)
        stored = await take(tx, held, after, now, request_id)
        await outbox.append(tx, wire.handed_over(stored, version, named))
        if not held.amount:  # no capture will ask for it
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
