"""Changes that add something: what is added is placed first, the rest is applied when that is promised, or neither."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta

from kit import access, faultpoints, timers
from kit.access import Actor, Kind, Principal
from kit.clock import Clock
from kit.errors import Fault
from kit.leases import Due, again, finish
from kit.postgres import Database, Tx
from kit.requests import Request, RequestReused, RequestRunning
from kit.rpc import deadline
from omo.order.v1 import order_pb2
from services.order.checkout import domain_saga
from services.order.checkout import store_reads as orders
from services.order.checkout.domain import Order, State, TransitionRefused
from services.order.checkout.domain_basket import Quote, QuoteMismatch, Want
from services.order.checkout.domain_placing import Placing
from services.order.checkout.domain_saga import Cause, Undone
from services.order.checkout.store_quotes import Wanted
from services.order.checkout.usecases import Orders
from services.order.checkout.usecases_cancel import Cancellations
from services.order.edits import domain, domain_added, placing, store, wire
from services.order.edits.applying import Applying
from services.order.edits.domain_record import Edit
from services.order.edits.domain_refusals import EditRefused, EditStale, EditTooLate, EditUnpaid
from services.order.edits.wire import Wish
from services.order.guests import domain as guests

KIND = "order.edit"
_RUNNING = ("PLACING", "UNDOING")
_LEASE = timedelta(seconds=30)
"""Longer than any checkout runs in the foreground."""
_AGAIN = timedelta(seconds=5)
_RUN_SECONDS = 20.0

faultpoints.register("edits.after_begin", "edits.after_place", "edits.before_apply", "edits.after_apply")


class AddingSaga:
    """Begin, place, apply; a crash anywhere is finished by whoever takes its timer."""

    def __init__(
        self, db: Database, clock: Clock, orders_: Orders, cancellations: Cancellations, applying: Applying
    ) -> None:
        self._db = db
        self._clock = clock
        self._orders = orders_
        self._cancellations = cancellations
        self._applying = applying

    async def begin(self, tx: Tx, edit: Edit) -> None:
        """Somebody will finish it."""
        await placing.reopen(tx, edit.edit_id)
        await timers.schedule(tx, KIND, edit.edit_id, self._clock() + _LEASE)

    async def run(self, edit: Edit, wish: Wish) -> Edit:
        """Places what is added, in the shopper's own time, and applies the change."""
        if edit.state == "UNDOING":
            return await self._undo(edit)
        try:
            placed = await self._place(edit, wish)
        except RequestReused:  # whoever ended it meanwhile has taken the request
            async with self._db.read() as tx:
                return _ended(edit, await store.find(tx, edit.edit_id))
        except Fault as fault:
            if not domain_saga.is_final(fault):
                await self._break_off(edit)
                raise
            return await self._refused(edit, fault)
        faultpoints.hit("edits.after_place")
        return await self._settle(replace(edit, added_order_id=placed.order_id), placed.state)

    async def resume(self, due: Due) -> None:
        """Finishes what a crash left: what was promised is applied, what was not is undone."""
        async with self._db.read() as tx:
            edit = await store.find(tx, due.key)
            placed = await placing.placed(tx, due.key)
            found = await orders.orders(tx, [placed]) if placed else []
        if edit is None or edit.state not in _RUNNING:
            if found and (edit is None or edit.state == "REFUSED"):
                await self._give_back(due.key, found[0].order_id, edit)
            async with self._db.transaction() as tx:
                await finish(tx, due)
            return
        with _as_order(edit), deadline.within(_RUN_SECONDS):
            if found and found[0].state is State.PENDING:
                async with self._db.transaction() as tx:
                    await again(tx, due, self._clock() + _AGAIN)
            elif not found or found[0].state is State.CANCELLED:
                await self._refused(edit, Undone("what was added could not be promised", cause="CHECKOUT_UNDONE"))
            elif edit.state == "UNDOING":
                await self._undo(replace(edit, added_order_id=found[0].order_id))
            else:
                confirmed = found[0].state is State.CONFIRMED
                state = order_pb2.ORDER_STATE_CONFIRMED if confirmed else order_pb2.ORDER_STATE_PENDING_PAYMENT
                await self._settle(replace(edit, added_order_id=found[0].order_id), state)

    async def _place(self, edit: Edit, wish: Wish) -> order_pb2.Order:
        """An order of what is added: held, paid and promised as every order is."""
        async with self._db.read() as tx:
            (order,) = await orders.orders(tx, [edit.order_id])
        wished = await self._wish(order, wish)
        with _as_its_guest(order):
            return (await self._orders.place(placing.request(edit), wished)).order

    async def _wish(self, order: Order, wish: Wish) -> Placing:
        async with self._db.read() as tx:
            given = await self._applying.standing(tx, order.order_id)
        plan = domain.plan(given, wish.actions, self._applying.methods)
        wants = tuple(plan.wants)
        if wish.quote_id:
            opening = await self._orders.openings.look_up(Wanted(order.member_id, wish.quote_id))
            _check_quote(opening.quote, wants)
            wants = ()
        pay = wish.payment
        return Placing(
            basket=domain_added.added(given, plan, wants),
            quote_id=wish.quote_id,
            provider=pay.provider,
            instrument_token=pay.instrument_token,
            return_url=pay.return_url,
            contact_id=order.contact_id,
            masked_name=order.masked_name,
            delivery=domain_added.delivery(order),
        )

    async def _settle(self, edit: Edit, state: order_pb2.OrderState.ValueType) -> Edit:
        """Applies the change, if the order is still as it was seen; else what was added goes back."""
        if state != order_pb2.ORDER_STATE_CONFIRMED:
            unpaid = EditUnpaid("what is added must be paid at once: take another way of payment")
            return await self._undo(await self._turned(edit, unpaid))
        try:
            ended = await self._apply(edit)
        except (EditStale, EditTooLate, EditRefused, TransitionRefused) as fault:
            ended = await self._turned(edit, fault)
        return await self._undo(ended)

    async def _apply(self, edit: Edit) -> Edit:
        async with self._db.transaction() as tx:
            known = await store.lock(tx, edit.edit_id)
            if known is None or known.state != "PLACING":
                return await self._overtaken(tx, edit, known)
            given = await self._applying.standing(tx, edit.order_id, lock=True)
            if given.order.version != edit.seen_version:
                raise EditStale("the order changed meanwhile", seen=edit.seen_version, version=given.order.version)
            plan = domain.plan(given, wire.actions(wire.kept_actions(edit.asked)), self._applying.methods)
            plan.refuse()
            (added,) = await orders.orders(tx, [edit.added_order_id or ""])
            domain_added.check_paid(given, plan, added)
            done = replace(edit, state="APPLIED", charged=added.due)
            faultpoints.hit("edits.before_apply")
            await self._applying.apply(tx, given, plan, edit.edit_id)
            await store.move(tx, done)
            await timers.cancel(tx, KIND, edit.edit_id)
        faultpoints.hit("edits.after_apply")
        return done

    async def _turned(self, edit: Edit, fault: Fault) -> Edit:
        turned = replace(edit, state="UNDOING", cause=Cause.of(fault))
        async with self._db.transaction() as tx:
            known = await store.lock(tx, edit.edit_id)
            if known is None or known.state != "PLACING":
                return await self._overtaken(tx, edit, known)
            await store.move(tx, turned)
        return turned

    async def _overtaken(self, tx: Tx, edit: Edit, known: Edit | None) -> Edit:
        """Somebody else ended it: what was added for it goes back, unless it was applied; if we die, by the timer."""
        if known is not None and known.state == "APPLIED":
            return known
        if known is None or known.state == "REFUSED":
            await timers.schedule(tx, KIND, edit.edit_id, self._clock() + _LEASE)
            known = _ended(edit, known)
        return replace(known, state="UNDOING", added_order_id=edit.added_order_id)

    async def _undo(self, edit: Edit) -> Edit:
        """What was added goes back, as any order that is cancelled."""
        if edit.state != "UNDOING" or edit.added_order_id is None:
            return edit
        await self._give_back(edit.edit_id, edit.added_order_id, edit)
        return await self._end(replace(edit, state="REFUSED"))

    async def _give_back(self, edit_id: str, order_id: str, edit: Edit | None) -> None:
        with _as_order(edit) if edit else access.acting_as(access.service("order")):
            asked = Request(placing.PRINCIPAL, "OrderService/CancelOrder", f"{edit_id}:cancel", b"edit")
            await self._cancellations.cancel(asked, order_id, "EDITED")

    async def _break_off(self, edit: Edit) -> None:
        """It never was, unless somebody has placed something for it: then the timer finishes it."""
        async with self._db.transaction() as tx:
            known = await store.lock(tx, edit.edit_id)
            if known is not None and known.state == "PLACING" and await placing.close(tx, edit.edit_id):
                await timers.cancel(tx, KIND, edit.edit_id)
                await store.forget(tx, edit.edit_id)

    async def _refused(self, edit: Edit, fault: Fault) -> Edit:
        """Ends it where nothing stands that was placed for it, and nothing will be."""
        async with self._db.transaction() as tx:
            known = await store.lock(tx, edit.edit_id)
            if known is None or known.state not in _RUNNING:
                return _ended(edit, known)
            if not await placing.close(tx, edit.edit_id):
                (added,) = await orders.orders(tx, [await placing.placed(tx, edit.edit_id) or ""])
                if added.state is not State.CANCELLED:
                    raise RequestRunning("what this change adds is being placed", edit_id=edit.edit_id)
            ended = replace(known, state="REFUSED", cause=known.cause or Cause.of(fault))
            await store.move(tx, ended)
            await timers.cancel(tx, KIND, edit.edit_id)
        return ended

    async def _end(self, edit: Edit) -> Edit:
        async with self._db.transaction() as tx:
            await store.move(tx, edit)
            await timers.cancel(tx, KIND, edit.edit_id)
        return edit


def _ended(edit: Edit, known: Edit | None) -> Edit:
    """How somebody who asked under the same key, or the timer, ended it."""
    if known is None:
        return replace(edit, state="REFUSED", cause=Cause.of(EditStale("the change was given up meanwhile")))
    if known.state in _RUNNING:
        raise RequestRunning("this change is being made", edit_id=edit.edit_id)
    return known


def _check_quote(quote: Quote | None, wants: Sequence[Want]) -> None:
    """A quote of something else is no price for what is added; one that is gone is refused when it is taken."""
    asked = [(want.sku, want.quantity, want.method) for want in wants]
    if quote is not None and [(one.sku, one.quantity, one.method) for one in quote.lines][: len(asked)] != asked:
        raise QuoteMismatch("this quote is not of what is added", field="quote_id")


def _as_order(edit: Edit) -> AbstractContextManager[Principal]:
    actor = Actor(Kind(edit.actor_kind), edit.actor_id, edit.actor_terminal_id)
    return access.acting_as(access.service("order", actor))


def _as_its_guest(order: Order) -> AbstractContextManager[Principal | None]:
    """What is added to a guest's order is his, and follows him to his member; the change says who asked for it."""
    guest_id = guests.guest(order)
    if guest_id is None:
        return nullcontext()
    return access.acting_as(access.service("order", Actor(Kind.GUEST, guest_id)))
