"""Hears where orders' goods come from: opens tasks there, ends what is wanted elsewhere, gives up what nobody has."""

from collections.abc import Sequence

from kit import access, outbox, timers
from kit.access import Actor
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.order.checkout import store_reads as orders
from services.order.checkout.domain import Method, Order
from services.order.checkout.domain import State as OrderState
from services.order.checkout.usecases_end import Endings
from services.order.fulfilment import domain, domain_sourced, store, store_sourced, wire, wire_sourced
from services.order.fulfilment.domain import Fulfilment, Reason, State
from services.order.fulfilment.domain_sourced import Plan, Standing, Told
from services.order.fulfilment.usecases import ACCEPT_SLA, take
from services.order.fulfilment.wire_sourced import Event, Promised


class Sourced:
    """What inventory says of orders; each word carries full state, so that only the newest counts."""

    def __init__(self, clock: Clock, endings: Endings) -> None:
        self._clock = clock
        self._endings = endings

    async def hear(self, tx: Tx, events: Sequence[Event]) -> None:
        """Takes a batch; sagas are locked before tasks, tasks before the heads of their places."""
        ids = sorted({event.order_id for event in events if wire_sourced.ours(event)})
        await store_sourced.lock(tx, ids)
        known = {order.order_id: order for order in await orders.orders(tx, ids)}
        heard = [event for event in events if event.order_id in known]
        await store_sourced.tell(tx, [one for event in heard for one in wire_sourced.news(event)])
        newest = await self._newest(tx, heard)
        standing = {key: told for key, told in newest.items() if known[key].state is OrderState.CONFIRMED}
        parts: dict[str, list[Fulfilment]] = {key: [] for key in standing}
        for part in await store.lock_of_orders(tx, list(standing)):
            parts[part.order_id].append(part)
        plans = {key: domain_sourced.plan(known[key], parts[key], told) for key, told in standing.items()}
        await store.lock_heads(tx, sorted(_places(plans)))
        for order_id, plan in plans.items():
            await self._change(tx, known[order_id], parts[order_id], plan, newest[order_id])
        await self._open(tx, known, plans)
        for told in newest.values():
            await store_sourced.put(tx, told, self._clock())

    async def _newest(self, tx: Tx, events: Sequence[Event]) -> dict[str, Told]:
        """What is news: of each order the last word, unless a later one was heard before."""
        told = [wire_sourced.told(event) for event in events if not isinstance(event, Promised)]
        known = await store_sourced.versions(tx, sorted({one.order_id for one in told}))
        newest: dict[str, Told] = {}
        for one in sorted(told, key=lambda one: (one.order_id, one.version)):
            if one.version > known.get(one.order_id, 0):
                newest[one.order_id] = one
        return newest

    async def _change(self, tx: Tx, order: Order, parts: Sequence[Fulfilment], plan: Plan, told: Told) -> None:
        now = self._clock()
        for part in plan.end:
            await take(tx, part, domain.move(part, State.CANCELLED, Reason.SOURCED_ELSEWHERE), now)
        for part, less in plan.shrink:
            await store.shrink(tx, less)
            await take(tx, part, less, now)
        for part in plan.reject:
            reason = told.refused.reason if told.refused else ""
            await take(tx, part, domain.move(part, State.REJECTED, reason), now)
        if plan.hopeless:
            await self._endings.end(tx, order, Reason.UNFILLABLE)
        elif told.standing is Standing.GIVEN_UP and not plan.open and domain.all_captured(parts):
            await self._endings.let_rest_go(tx, order.order_id)

    async def _open(self, tx: Tx, known: dict[str, Order], plans: dict[str, Plan]) -> None:
        now = self._clock()
        opened = [
            domain.fresh(known[key], now, uuid7(), Method.SHIP, task.location_id, task.runs, task.decision_id)
            for key, plan in plans.items()
            for task in plan.open
        ]
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
