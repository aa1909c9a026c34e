"""Applies a planned change to an order, in one transaction of whoever decided it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kit.clock import Clock
from kit.postgres import Tx
from services.order.checkout import domain_placing
from services.order.checkout import store_reads as orders
from services.order.checkout.domain import ChannelKind, State, TransitionRefused
from services.order.edits import domain_sums, store
from services.order.edits.domain import Plan, Units
from services.order.edits.domain_actions import Action, SetFulfilment
from services.order.edits.domain_refusals import EditTooLate
from services.order.edits.domain_standing import Standing, movable
from services.order.freight import store as freight
from services.order.fulfilment import domain as fulfilment
from services.order.fulfilment import store as tasks
from services.order.fulfilment import store_cancelled, store_reads, store_sourced
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Reason
from services.order.fulfilment.domain_states import State as TaskState
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.invoices import store as invoices
from services.order.invoices.usecases_keep import Keeping


@dataclass(slots=True)
class Applying:
    """Saga first, then tasks, then the heads of their places: as every change of an order does."""

    clock: Clock
    undelivered: Undelivered
    methods: dict[str, int]
    keeping: Keeping

    async def standing(self, tx: Tx, order_id: str, actions: Sequence[Action] = (), *, lock: bool = False) -> Standing:
        """An order and who works on it; refuses one that is no confirmed order of a shop."""
        if lock:  # what is only looked at waits for nobody
            await store_sourced.lock(tx, [order_id])
        (order,) = await orders.orders(tx, [order_id])
        if order.state is not State.CONFIRMED or order.channel_kind is not ChannelKind.ONLINE:
            raise TransitionRefused(
                "only a confirmed order of a shop can be changed", order_id=order_id, state=order.state
            )
        read = tasks.lock_of_order(tx, order_id) if lock else store_reads.of_orders(tx, [order_id])
        parts = await read
        gone, fees = await store_cancelled.of_order(tx, order_id), await freight.newest(tx)
        along = order.freight is not None and await freight.along(tx, order_id) is not None
        invoice_no = await invoices.issued(tx, order_id)
        places = [one.location_id for one in actions if isinstance(one, SetFulfilment)]
        stores, booked = (await store.offered(tx, places), await store.booked(tx, order_id)) if places else ((), ())
        return Standing(order, parts, gone, fees, along, invoice_no, stores, booked)

    async def apply(self, tx: Tx, given: Standing, plan: Plan, request_id: str) -> None:
        """Takes units from their tasks, gives them up, and writes what else is new."""
        order = given.order
        losing = domain_sums.changed(given, plan)
        parts = {part.fulfilment_id: part for part in given.parts}
        told = [part for part in given.parts if part.stands and movable(part)] if plan.contact else []
        await tasks.lock_heads(tx, sorted({part.location_id for part in (*(one for one, _ in losing), *told)}))
        for part, kept in losing:
            parts[part.fulfilment_id] = await self._lose(tx, given, part, kept, request_id)
        if plan.contact is not None:
            await self._say(tx, given, plan, [parts[part.fulfilment_id] for part in told], request_id)
        if plan.shipping is not None:
            method = plan.shipping.shipping_method
            await store.set_shipping(tx, order.order_id, method, self.methods[method])
        if plan.removed:
            await self.undelivered.give_up(tx, order, plan.removed, Reason.EDITED)
        else:
            await tasks.touch_order(tx, order.order_id)
        # last: whoever settles invoices waits here, and must not be waited for by what he wakes
        if plan.invoice is not None and not await self.keeping.change(tx, order.order_id, plan.invoice):
            raise EditTooLate("its invoice was issued meanwhile", order_id=order.order_id)

    async def _lose(self, tx: Tx, given: Standing, part: Fulfilment, kept: list[Units], request_id: str) -> Fulfilment:
        now = self.clock()
        if not kept:
            gone = fulfilment.move(part, TaskState.CANCELLED, Reason.EDITED)
            return await take(tx, part, gone, now, request_id)
        # a task on hold stays there for its own reason
        reason = part.reason if part.state is TaskState.ON_HOLD else Reason.EDITED
        less = replace(fulfilment.with_runs(given.order, part, kept), reason=reason)
        await tasks.shrink(tx, less)
        return await take(tx, part, less, now, request_id)

    async def _say(self, tx: Tx, given: Standing, plan: Plan, told: list[Fulfilment], request_id: str) -> None:
        """Stores are told for whom it is now."""
        assert plan.contact is not None, "only asked where there is one"
        contact_id, name = plan.contact.contact_id, domain_placing.masked(plan.contact.masked_name)
        open_ = [part for part in told if part.stands]
        await store.set_contact(tx, given.order.order_id, contact_id, name, [part.fulfilment_id for part in open_])
        for part in open_:
            reason = part.reason if part.state is TaskState.ON_HOLD else Reason.EDITED
            after = replace(part, contact_id=contact_id, masked_name=name, reason=reason)
            await take(tx, part, after, self.clock(), request_id)
