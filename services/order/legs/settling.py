"""Has an order follow inventory's answer about what its store lacks: others send it, or the store's word is a no."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from kit import access, outbox, timers
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.order.checkout import store_reads as orders
from services.order.checkout.domain import Method, Order
from services.order.fulfilment import domain as tasks
from services.order.fulfilment import domain_kept, domain_news, store, store_sourced, store_terms
from services.order.fulfilment import usecases_deadlines as deadlines
from services.order.fulfilment import wire as task_wire
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_sourced import Assigned
from services.order.fulfilment.domain_states import Reason
from services.order.fulfilment.domain_states import State as TaskState
from services.order.fulfilment.usecases import ACCEPT_SLA, READY_SLA, take
from services.order.fulfilment.usecases_reject import Rejections
from services.order.legs import domain_transfers as transfers
from services.order.legs import store_transfers, wire_transfers
from services.order.legs.domain_transfers import Answer, State, Transfer


class Settling:
    """Locks as every change of an order does: the order, its parts, the heads of their places."""

    def __init__(self, clock: Clock, rejections: Rejections) -> None:
        self._clock = clock
        self._rejections = rejections

    async def settle(self, tx: Tx, given: Transfer, answer: Answer) -> None:
        """Once, whoever brings the answer; a task that ended meanwhile wants nothing any more."""
        await store_sourced.lock(tx, [given.order_id])
        held = await store_transfers.find(tx, given.transfer_id, lock=True)
        if held is None or held.state is not State.ASKED:
            return
        parts = await store.lock_of_order(tx, given.order_id)
        task = next(part for part in parts if part.fulfilment_id == given.fulfilment_id)
        await store_transfers.put(tx, await self._settled(tx, held, task, parts, answer))

    async def _settled(
        self, tx: Tx, held: Transfer, task: Fulfilment, parts: list[Fulfilment], answer: Answer
    ) -> Transfer:
        now = self._clock()
        if not transfers.waits(task):
            return transfers.ended(held, State.CALLED_OFF, now)
        (order,) = await orders.orders(tx, [held.order_id])
        if answer.sequence:
            await store_sourced.answered(tx, held.order_id, answer.sequence)
            later = await store_sourced.assigned(tx, held.order_id, answer.sequence)
            answer = answer if later is None else transfers.overtaken(held, answer, later)
        if answer.state is State.SENT and (legs := self._legs(order, task, parts, answer.assigned, now)):
            return await self._send(tx, held, order, task, parts, legs)
        if answer.state is State.REFUSED:
            # before any head: the no may end other parts, too
            await store.lock_heads(tx, sorted({part.location_id for part in parts}))
        freed = transfers.going_on(order, task, ())
        if answer.state is State.REFUSED:
            freed = await take(tx, task, freed, now)
            beside = [freed if part is task else part for part in parts]
            await self._rejections.in_place_of(tx, order, freed, beside, held.line_nos, held.reason)
            left = await store.lock(tx, task.fulfilment_id)
            if left is not None and left.stands:
                await self._go_on(tx, task, parts, left, now, left)
            return transfers.ended(held, State.REFUSED, now)
        await self._go_on(tx, task, parts, freed, now)
        return transfers.ended(held, State.CALLED_OFF, now)

    async def _send(
        self, tx: Tx, held: Transfer, order: Order, task: Fulfilment, parts: Sequence[Fulfilment],
        legs: Sequence[Fulfilment],
    ) -> Transfer:  # fmt: skip
        """Each unit by one task only: the store's loses what others send, and gets a new one when it is there."""
        now = self._clock()
        await store.lock_heads(tx, sorted({task.location_id, *(one.location_id for one in legs)}))
        rest = transfers.going_on(order, task, held.line_nos)
        if rest.lines:
            await store.shrink(tx, rest)
            await self._go_on(tx, task, parts, rest, now)
        else:
            await take(tx, task, tasks.move(task, TaskState.CANCELLED, Reason.SENT_FOR), now)
            for kind in (ACCEPT_SLA, READY_SLA):
                await timers.cancel(tx, kind, task.fulfilment_id)
        await self._open(tx, legs)
        until = now + timedelta(minutes=(await store_terms.newest(tx)).transfer_minutes)
        event_id = uuid7()
        sent = replace(
            held, state=State.SENT, update_time=now, promise_time=until, event_id=event_id,
            sent_ids=tuple(one.fulfilment_id for one in legs),
        )  # fmt: skip
        await store_sourced.tell(tx, domain_news.sent_for(task, sent.line_nos, event_id, now, until))
        order, version = await store.touched(tx, order)
        await outbox.append(tx, wire_transfers.requested(sent, order, version))
        return sent

    def _legs(
        self, order: Order, task: Fulfilment, parts: Sequence[Fulfilment], given: Sequence[Assigned], now: datetime
    ) -> list[Fulfilment]:
        """The tasks of those who send it."""
        found = []
        for one in transfers.sent(order, task, given):
            fresh = tasks.fresh(order, now, uuid7(), Method.SHIP, one.location_id, one.runs, one.decision_id)
            same = [part.part_no for part in parts if domain_kept.key(part) == domain_kept.key(fresh)]
            fresh = replace(fresh, to_location_id=task.location_id, part_no=1 + max(same, default=-1))
            found.append(tasks.beside(parts, fresh))
        return found

    async def _open(self, tx: Tx, legs: Sequence[Fulfilment]) -> None:
        deadlines = [(each.fulfilment_id, each.accept_deadline, b"") for each in legs]
        await timers.schedule_many(tx, ACCEPT_SLA, sorted(deadlines))
        await store.show_orders(tx, legs)
        actor = access.current().actor
        versions = await store.insert(tx, [(each, actor) for each in legs])
        told = [task_wire.changed(tasks.numbered(each, versions[each.fulfilment_id])) for each in legs]
        await outbox.append(tx, *told)

    async def _go_on(
        self, tx: Tx, task: Fulfilment, parts: Sequence[Fulfilment], freed: Fulfilment, now: datetime,
        stored: Fulfilment | None = None,
    ) -> None:  # fmt: skip
        """From where it was; the time that it waited is not the store's."""
        others = [part for part in parts if part is not task]
        after = await take(tx, stored or task, tasks.beside(others, freed), now)
        await deadlines.later(tx, after, now - task.update_time)
