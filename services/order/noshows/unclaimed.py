"""Ends what nobody collected: back to the shelf, counted by the terms, its money back but for the fee."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kit import access, outbox, timers
from kit.access import NotYours
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.timers import Due
from services.order.checkout import store_reads as orders
from services.order.checkout import store_saga
from services.order.fulfilment import domain, domain_cancelled, store_reads
from services.order.fulfilment import store as tasks
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Reason, State
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.noshows import domain as noshows
from services.order.noshows import store, wire
from services.order.noshows.domain import NoShow, Policy
from services.order.payments.usecases import Payments

UNCLAIMED = "fulfilment.unclaimed"


class Unclaimed:
    """The store's word that it lies on the shelf again, or the time that the terms give it."""

    def __init__(self, db: Database, clock: Clock, undelivered: Undelivered, payments: Payments) -> None:
        self._db = db
        self._clock = clock
        self._undelivered = undelivered
        self._payments = payments

    async def expired(self, tx: Tx, held: Fulfilment) -> None:
        """Its time is over: the terms say how long the shopper may come after all."""
        policy = await store.newest(tx)
        if policy.grace_days:
            due = self._clock() + timedelta(days=policy.grace_days)
            await timers.schedule(tx, UNCLAIMED, held.fulfilment_id, due)

    async def due(self, tx: Tx, due: Due) -> None:
        """Nobody came in that time either; who came, or came to an end otherwise, is left alone."""
        with access.acting_as(access.service("order")):
            held = await store_reads.find(tx, due.key)
            if held is not None and held.state is State.EXPIRED:
                await self.back_to_shelf(tx, due.key, "", noshows.GRACE_OVER)

    async def back_to_shelf(
        self, tx: Tx, fulfilment_id: str, request_id: str, reason: str = noshows.PUT_BACK
    ) -> tuple[Fulfilment, NoShow | None]:
        """EXPIRED → CANCELLED; repeating it changes nothing."""
        found = await store_reads.find(tx, fulfilment_id)
        if found is None:
            raise NotYours("no such fulfilment", field="fulfilment_id", fulfilment_id=fulfilment_id)
        # as every change of several parts: the order, then its parts
        await store_saga.lock(tx, found.order_id)
        parts = await tasks.lock_of_order(tx, found.order_id)
        held = next(part for part in parts if part.fulfilment_id == fulfilment_id)
        if held.state is State.CANCELLED and (known := await store.find(tx, fulfilment_id)):
            return held, known
        if held.state is not State.EXPIRED:
            raise domain.refused(held, State.CANCELLED)
        now = self._clock()
        (order,) = await orders.orders(tx, [held.order_id])
        ended = await take(tx, held, domain.move(held, State.CANCELLED, Reason.NOT_COLLECTED), now, request_id)
        noshow = await self._count(tx, held, reason)
        runs, keep = domain_cancelled.of(order, held), bool(noshow and noshow.fee)
        await self._undelivered.give_up(tx, order, runs, Reason.NOT_COLLECTED, keep=keep)
        return ended, noshow

    async def let_go_due(self, due: Due) -> None:
        """Takes what is kept of an order's money before the rest of it is let go; a refused fee is let go too."""
        async with self._db.read() as tx:
            fees = await store.fees(tx, due.key)
        for fulfilment_id, fee in fees:
            with access.acting_as(access.service("order")):
                await self._payments.capture(due.key, f"{fulfilment_id}:fee", fee)
        await self._payments.let_go_due(due)

    async def _count(self, tx: Tx, held: Fulfilment, reason: str) -> NoShow | None:
        """Of the terms in force; where they count nothing, or nobody is known, nothing follows."""
        policy, now = await store.newest(tx), self._clock()
        if not policy.counts or held.member_id is None:
            return None
        await store.lock_member(tx, held.member_id)
        before = [one.business_time for one in await store.of_member(tx, held.member_id) if one.counts]
        many = noshows.number(policy, before, now)
        fee = min(policy.fee(many), held.amount)
        found = NoShow(
            held.fulfilment_id, held.order_id, held.member_id, held.location_id, policy.version, many, fee, now,
            reason=reason,
        )  # fmt: skip
        await store.add(tx, found, access.current().actor)
        await weigh(tx, policy, held.member_id, [*before, now], self._clock)
        event = wire.unclaimed(found, now)
        event.meta.event_id = uuid7()
        await outbox.append(tx, event)
        return await store.find(tx, held.fulfilment_id)


async def weigh(tx: Tx, policy: Policy, member_id: str, times: Sequence[datetime], clock: Clock) -> None:
    """What is in force against the member from now on."""
    await store.stand(tx, member_id, noshows.in_force(policy, times, clock()))
