"""Hears where orders' goods come from: opens tasks there, ends what is wanted elsewhere, gives up what nobody has."""

from collections.abc import Sequence

from kit import access, outbox, timers
from kit.access import Actor
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.order.checkout import store_reads as orders
from services.order.checkout.domain import Order
from services.order.checkout.domain import State as OrderState
from services.order.fulfilment import (
    domain,
    domain_home,
    domain_sourced,
    store,
    store_cancelled,
    store_sourced,
    wire,
    wire_sourced,
)
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_sourced import Plan, Standing, Told
from services.order.fulfilment.domain_states import Reason, State
from services.order.fulfilment.usecases import ACCEPT_SLA, take
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.fulfilment.wire_sourced import Event, Promised


class Sourced:
    """What inventory says of orders; each word carries full state, so that only the newest counts."""

    def __init__(self, clock: Clock, undelivered: Undelivered) -> None:
        self._clock = clock
        self._undelivered = undelivered

    async def hear(self, tx: Tx, events: Sequence[Event]) -> None:
        """Takes a batch; sagas are locked before tasks, tasks before the heads of their places."""
        ids = sorted({event.order_id for event in events if wire_sourced.ours(event)})
        await store_sourced.lock(tx, ids)
        known = {order.order_id: order for order in await orders.orders(tx, ids)}
        heard = [event for event in events if event.order_id in known]
        await store_sourced.tell(tx, [one for event in heard for one in wire_sourced.news(event)])
        newest, late = await self._newest(tx, heard)
        standing = {key: told for key, told in newest.items() if known[key].state is OrderState.CONFIRMED}
        parts: dict[str, list[Fulfilment]] = {key: [] for key in standing}
        for part in await store.lock_of_orders(tx, list(standing)):
            parts[part.order_id].append(part)
        gone = await store_cancelled.of_orders(tx, list(standing))
        plans = {
            key: domain_sourced.plan(known[key], parts[key], told, gone.get(key, ())) for key, told in standing.items()
        }
        await store.lock_heads(tx, sorted(_places(plans)))
        for order_id, plan in plans.items():
            await self._change(tx, plan, newest[order_id])
        await self._open(tx, known, parts, plans)
        for order_id, plan in plans.items():
            await self._undelivered.give_up(tx, known[order_id], plan.give_up, Reason.UNFILLABLE)
        for told in newest.values():
            await store_sourced.put(tx, told, self._clock())
        for told in late:
            await self._give_up_late(tx, told)

    async def _newest(self, tx: Tx, events: Sequence[Event]) -> tuple[dict[str, Told], list[Told]]:
        """What is news: of each order the last word, unless a later one was heard before; and what was given up before.

        That no later word takes back, and none need repeat it.
        """
        told = [wire_sourced.told(event) for event in events if not isinstance(event, Promised)]
        known = await store_sourced.versions(tx, sorted({one.order_id for one in told}))
        newest: dict[str, Told] = {}
        for one in sorted(told, key=lambda one: (one.order_id, one.version)):
            if one.version > known.get(one.order_id, 0):
                newest[one.order_id] = one
        given_up = [one for one in told if one.standing is Standing.GIVEN_UP]
        return newest, [one for one in given_up if one is not newest.get(one.order_id)]

    async def _give_up_late(self, tx: Tx, told: Told) -> None:
        (order,) = await orders.orders(tx, [told.order_id])
        if order.state is OrderState.CONFIRMED:
            parts = await store.lock_of_order(tx, order.order_id)
            gone = await store_cancelled.of_order(tx, order.order_id)
            runs = domain_sourced.given_up_late(order, parts, told, gone)
            await self._undelivered.give_up(tx, order, runs, Reason.UNFILLABLE)

    async def _change(self, tx: Tx, plan: Plan, told: Told) -> None:
        now = self._clock()
        for part in plan.end:
            await take(tx, part, domain.move(part, State.CANCELLED, Reason.SOURCED_ELSEWHERE), now)
        for part, less in plan.shrink:
            await store.shrink(tx, less)
            await take(tx, part, less, now)
        for part in plan.reject:
            reason = told.refused.reason if told.refused else ""
            await take(tx, part, domain.move(part, State.REJECTED, reason), now)

    async def _open(
        self, tx: Tx, known: dict[str, Order], parts: dict[str, list[Fulfilment]], plans: dict[str, Plan]
    ) -> None:
        now = self._clock()
        opened = [
            domain.beside(parts[key], fresh)
            for key, plan in plans.items()
            for task in plan.open
            for fresh in domain_home.apart(known[key], task, now, uuid7)
        ]
        opened = domain_home.at_home(opened, uuid7)
        if not opened:
            return
        deadlines = [(each.fulfilment_id, each.accept_deadline, b"") for each in opened]
        await timers.schedule_many(tx, ACCEPT_SLA, sorted(deadlines))
        await store.show_orders(tx, opened)
        actor: Actor = access.current().actor
        versions = await store.insert(tx, [(each, actor) for each in opened])
        told = [wire.changed(domain.numbered(each, versions[each.fulfilment_id])) for each in opened]
        await outbox.append(tx, *told)


def _places(plans: dict[str, Plan]) -> set[str]:
    found = {task.location_id for plan in plans.values() for task in plan.open}
    for plan in plans.values():
        found.update(part.location_id for part in (*plan.end, *plan.reject, *(part for part, _ in plan.shrink)))
    return found
