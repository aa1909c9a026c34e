"""Runs the checkout's saga, forward to CONFIRMED or back to nothing held, for the shopper and for the resumer."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta

from kit import access, faultpoints, outbox, timers
from kit.access import Actor, Kind, Principal
from kit.clock import Clock
from kit.errors import Fault
from kit.leases import Due, LeaseLost
from kit.postgres import Database, Tx
from kit.rpc import deadline
from kit.telemetry import logs
from omo.order.v1 import order_service_pb2 as pb
from services.order.checkout import domain_saga, store_reads, store_saga, store_split, wire, wire_facts
from services.order.checkout.domain import Entry, Order, State, TenderEntry, Waiting, move
from services.order.checkout.domain_parts import payments
from services.order.checkout.domain_saga import Cause, Checkout, SagaFailed, Step
from services.order.checkout.domain_tenders import value_tenders
from services.order.checkout.store_placing import Confirming, Refusing
from services.order.checkout.usecases_group import Group
from services.order.checkout.usecases_steps import Steps
from services.order.payments import store as payments_store
from services.order.payments.domain import (
    PROVIDER,
    TENDER,
    Authorised,
    Declined,
    Outcome,
    PaymentDeclined,
    Redirect,
    Wait,
    money,
    secured,
)
from services.order.payments.splitting import declined, refused_by, told_since

_RUN_SECONDS = 12.0
"""Less than the lease, so that whoever began still holds it when the last step ends."""
_RESUMED_SECONDS = 30.0
_log = logs.get(__name__)

faultpoints.register(
    "order.after_insert",
    "order.after_hold",
    "order.after_points",
    "order.after_authorise",
    "order.before_confirm",
    "order.after_confirm",
    "order.after_wait",
    "order.after_turn",
)


def _as_order(actor: Actor) -> AbstractContextManager[Principal]:
    """Promises are order's to make and to end: a shopper who could end his own would sell the goods twice."""
    return access.acting_as(access.service("order", actor))


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an order's saga, under a lease."""

    order: Order
    checkout: Checkout
    due: Due
    resumed: bool = False


class Saga:
    """price and insert are behind it: hold stock, hold points, authorise, confirm; or all of it back."""

    def __init__(self, db: Database, clock: Clock, steps: Steps, group: Group) -> None:
        self._db = db
        self._clock = clock
        self._steps = steps
        self._group = group

    @property
    def lease(self) -> timedelta:
        """How long whoever begins, or takes over, may be silent."""
        return self._group.lease

    async def place(self, run: Run) -> pb.PlaceOrderResponse:
        """Runs forward; what is refused is undone as far as can be now, and raised."""
        with _as_order(access.current().actor), deadline.within(_RUN_SECONDS):
            return await self._forward(run)

    async def resume(self, due: Due) -> None:
        """Finishes what a crash, a silent provider or a shopper who never came back has left."""
        async with self._db.read() as tx:
            checkout = await store_saga.find(tx, due.key)
            found = await store_reads.orders(tx, [due.key])
        if checkout is None or not found or checkout.step is Step.DONE:
            async with self._db.transaction() as tx:
                await timers.finish(tx, due)
            return
        order = found[0]
        actor = Actor(Kind(order.actor_kind), order.actor_id, order.actor_terminal_id)
        with _as_order(actor), deadline.within(_RESUMED_SECONDS):
            await self._resume(Run(order, checkout, due, resumed=True))

    async def turn_back(self, tx: Tx, run: Run, fault: Fault) -> bool:
        """Decides, in the caller's transaction, that the order ends; False if that was decided before."""
        ended, forget = domain_saga.ended(run.order, fault), not domain_saga.is_final(fault)
        if not await store_saga.turn(tx, ended, Cause.of(fault), forget):
            return False
        await outbox.append(tx, wire_facts.cancelled(ended, False, self._clock()))
        return True

    async def undo(self, run: Run) -> None:
        """Gives back money, points and stock, in this order, and ends the saga."""
        await self._steps.give_all_back(run.order)
        async with self._db.transaction() as tx:
            await store_saga.end(tx, run.order.order_id)
            if len(payments(run.order.tenders)) > 1:
                await store_split.forget(tx, [run.order.order_id])
            await timers.finish(tx, run.due)

    async def undo_or_leave(self, run: Run) -> None:
        """Undoes what can be undone now; the rest is left to the resumer, so that no shopper waits for it."""
        try:
            with _as_order(access.current().actor), deadline.within(_RUN_SECONDS):
                await self.undo(run)
        except Fault as trouble:
            _log.warning("undone later", order_id=run.order.order_id, reason=trouble.reason)
            async with self._db.transaction() as tx:
                await timers.again(tx, run.due, self._clock())

    async def _resume(self, run: Run) -> None:
        checkout, now = run.checkout, self._clock()
        if checkout.step is Step.UNDO:
            await self.undo(run)
            return
        if now >= checkout.pay_until and not secured(run.order.tenders):
            await self._give_up(run, SagaFailed("it was not paid in time", cause="PAYMENT_TIMEOUT"))
            return
        if checkout.step is Step.PAY:
            await self._pay(run)
            return
        try:
            await self._forward(run)
        except Fault as fault:
            if not domain_saga.is_final(fault):
                raise
            _log.info("order undone", order_id=run.order.order_id, reason=fault.reason)

    async def _pay(self, run: Run) -> None:
        """Hears what became of the payment that everything waits for."""
        try:
            outcome, order = await self._steps.authorise(run.order, run.checkout)
            await self._settle(replace(run, order=order), outcome)
        except Fault as fault:
            if not domain_saga.is_final(fault):
                raise
            await self._give_up(run, fault)

    async def _forward(self, run: Run) -> pb.PlaceOrderResponse:
        held = False
        try:
            await self._steps.hold_stock(run.order, run.checkout)
            held = True
            faultpoints.hit("order.after_hold")
            await self._steps.hold_points(run.order)
            faultpoints.hit("order.after_points")
            outcome, order = await self._steps.authorise(run.order, run.checkout)
            faultpoints.hit("order.after_authorise")
            return await self._settle(replace(run, order=order), outcome)
        except Fault as fault:
            if run.resumed and not domain_saga.is_final(fault) and run.due.attempt <= domain_saga.TRIES_FORWARD:
                raise
            refusal = domain_saga.refusal(fault)
            if refusal is fault and not held and not run.resumed:
                await self._refuse(run, fault)
            else:
                await self._give_up(run, refusal)
            raise refusal from fault

    async def _settle(self, run: Run, outcome: Outcome) -> pb.PlaceOrderResponse:
        match outcome:
            case Authorised(reference):
                return await self._confirm(run, reference)
            case Declined(code=code, tender_no=number):
                raise refused_by(code, number)
            case Redirect(url, _):
                return await self._wait(run, url)
            case Wait():
                return await self._wait(run, "")

    async def _confirm(self, run: Run, reference: str) -> pb.PlaceOrderResponse:
        """The pivot: from here on the order is a promise to the shopper."""
        at, total, provider = self._clock(), run.order.due, run.checkout.provider
        confirmed = replace(move(run.order, State.CONFIRMED), payment=None)
        tender = None
        if total and not money(run.order.tenders).authorised:
            tender = TenderEntry(TENDER, Entry.AUTHORISED, PROVIDER, total, at, provider, reference)
            confirmed = replace(confirmed, tenders=(*confirmed.tenders, tender))
        if run.order.spends:
            taken = value_tenders(run.order.spends, Entry.CAPTURED, at)
            confirmed = replace(confirmed, tenders=(*confirmed.tenders, *taken))
        answer = pb.PlaceOrderResponse(order=wire.order(confirmed))
        given = Confirming(confirmed, run.checkout, run.due, tender, answer.SerializeToString())
        await self._group.confirm(given, at)
        faultpoints.hit("order.after_confirm")
        return answer

    async def _wait(self, run: Run, redirect_url: str) -> pb.PlaceOrderResponse:
        """Leaves the order to the shopper or the provider, unless a notification was quicker than the answer."""
        now, order = self._clock(), run.order
        at = domain_saga.ask_again(order.business_time, now, run.checkout.pay_until)
        waiting = replace(move(order, State.PENDING_PAYMENT), payment=Waiting(redirect_url))
        answer = pb.PlaceOrderResponse(order=wire.order(waiting))
        async with self._db.transaction() as tx:
            locked = await store_saga.lock(tx, order.order_id)
            await timers.again(tx, run.due, at)
            if locked is not None and locked.step is Step.PLACE:
                await store_saga.wait(tx, waiting, run.checkout, redirect_url, answer.SerializeToString())
                await outbox.append(tx, wire_facts.payment_pending(waiting, now))
            elif redirect_url and redirect_url != run.checkout.redirect_url:
                led = replace(waiting, version=await store_split.lead(tx, order.order_id, redirect_url))
                await outbox.append(tx, wire_facts.payment_pending(led, now))
            if told_since(order, (await store_reads.orders(tx, [order.order_id]))[0]):
                await timers.schedule(tx, domain_saga.KIND, order.order_id, now)
        faultpoints.hit("order.after_wait")
        return answer

    async def _refuse(self, run: Run, fault: Fault) -> None:
        """The first who was asked said no: nothing is held, and the order ends here."""
        await self._group.refuse(Refusing(domain_saga.ended(run.order, fault), run.due, Cause.of(fault)), self._clock())
        faultpoints.hit("order.after_turn")

    async def _give_up(self, run: Run, fault: Fault) -> None:
        """Turns the order back; what cannot be given back now is left to the resumer, not to the shopper."""
        async with self._db.transaction() as tx:
            await store_saga.lock(tx, run.order.order_id)
            await timers.keep(tx, run.due, self.lease)
            if not await self.turn_back(tx, run, fault):
                raise LeaseLost(run.order.order_id)
            if isinstance(fault, PaymentDeclined):
                entry = declined(run.order, fault, self._clock())
                await payments_store.add(tx, run.order.order_id, entry, access.current().actor, fault.reason)
        faultpoints.hit("order.after_turn")
        if run.resumed:
            await self.undo(run)
        else:
            await self.undo_or_leave(run)
