"""Hands a pickup over but for what its shopper leaves: those units end, their money pays for others or is let go."""

from collections.abc import Sequence
from dataclasses import replace

from kit import fields
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Tx
from omo.order.v1 import counter_service_pb2 as pb
from omo.storefacts.v1 import facts_pb2
from services.order.checkout import store_reads
from services.order.checkout.domain import ChannelKind, Order
from services.order.counter import domain, wire
from services.order.counter.domain import CHANGED_MIND, LeftBehind, Visit
from services.order.fulfilment import domain as tasks
from services.order.fulfilment import store as fulfilments
from services.order.fulfilment import store_cancelled, wire_lots
from services.order.fulfilment import store_reads as fulfilment_reads
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import State
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_handover import Handovers
from services.order.fulfilment.usecases_tasks import mine
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.payments import store as payments_store
from services.order.pickups.proving import Told
from services.order.returns import domain_refunds, granting, store_refunds
from services.order.returns.domain_refunds import PROVIDER, Part, RefundTender, TenderOrder


class Leaving:
    """The order is locked by whoever asks; its parts are here, and then the heads of their places."""

    def __init__(self, clock: Clock, handovers: Handovers, undelivered: Undelivered) -> None:
        self._clock = clock
        self._handovers = handovers
        self._undelivered = undelivered

    async def look(self, pickup: pb.VisitPickup) -> None:
        """Wrong PINs are counted outside the visit's transaction: what is refused must still be counted."""
        await self._handovers.look(_id(pickup), Told(pickup.pin))

    async def member(self, tx: Tx, pickup: pb.VisitPickup) -> str | None:
        """Whose the goods are."""
        return mine(await fulfilment_reads.find(tx, _id(pickup)), _id(pickup)).member_id

    async def order_id(self, tx: Tx, pickup: pb.VisitPickup) -> str:
        """Of which order they are."""
        return mine(await fulfilment_reads.find(tx, _id(pickup)), _id(pickup)).order_id

    async def collect(
        self, tx: Tx, visit: Visit, pickup: pb.VisitPickup, sale: facts_pb2.SaleFact | None, request_id: str
    ) -> Visit:
        """What is kept of the money pays for other goods; who leaves everything is charged nothing.

        The order is locked, and its returns too, which move the same money.
        """
        found = mine(await fulfilment_reads.find(tx, _id(pickup)), _id(pickup))
        parts = await fulfilments.lock_of_order(tx, found.order_id)
        held = next(one for one in parts if one.fulfilment_id == found.fulfilment_id)
        if held.state is not State.READY:
            raise tasks.refused(held, State.HANDED_OVER)
        total = wire.total(sale) if sale else 0
        if places := wire.places(sale) if sale else set():  # its tasks elsewhere are opened by the same transaction
            await fulfilments.lock_heads(tx, sorted({held.location_id, *places}))
        (order,) = await store_reads.orders(tx, [held.order_id])
        gone = await store_cancelled.of_order(tx, held.order_id)
        left = domain.left(order, held, [(one.line_no, one.quantity) for one in pickup.dropped], gone)
        kept = min(left.money, total) if left.taken else 0
        after = await self._handed(tx, order, held, left, kept, pickup, request_id)
        if left.dropped:
            await self._undelivered.give_up(tx, order, left.dropped, CHANGED_MIND)
        given = await self._money(tx, order, visit, kept, left.money)
        return replace(
            visit, fulfilment_id=after.fulfilment_id, collected_order_id=order.order_id, currency=order.currency,
            dropped_total=left.total, exchanged_total=kept, refunded_total=given,
            released_total=left.money - kept - given,
        )  # fmt: skip

    async def _handed(
        self, tx: Tx, order: Order, held: Fulfilment, left: LeftBehind, kept: int, pickup: pb.VisitPickup,
        request_id: str,
    ) -> Fulfilment:  # fmt: skip
        now, told, lots = self._clock(), Told(pickup.pin), wire_lots.named(pickup.lots)
        if not left.taken:  # he proves that it is his, and goes without
            await self._handovers.prove(tx, held, told)
            return await take(tx, held, tasks.move(held, State.CANCELLED, CHANGED_MIND), now, request_id)
        if not left.dropped:
            return await self._handovers.take_along(tx, held, told, lots, request_id)
        less = tasks.with_runs(order, held, left.taken)
        pays = kept if order.channel_kind is ChannelKind.ONLINE else 0
        less = replace(less, amount=less.amount + pays, reason=CHANGED_MIND)
        await fulfilments.shrink(tx, less)
        less = await take(tx, held, less, now, request_id)
        return await self._handovers.take_along(tx, less, told, lots, request_id)

    async def _money(self, tx: Tx, order: Order, visit: Visit, kept: int, whole: int) -> int:
        """Journals what pays for other goods; of a sale whose money is in the till, what is given back."""
        entries = await payments_store.entries(tx, order.order_id)
        left = domain.in_money(domain_refunds.left(entries, await store_refunds.promised(tx, order.order_id)))
        online = order.channel_kind is ChannelKind.ONLINE
        tenders = [one for one in left if one.kind == PROVIDER] if online else left
        parts = domain_refunds.plan(kept if online else whole, tenders, TenderOrder.LAST_PAID)
        if kept > sum(one.amount for one in parts):
            raise invalid("pickup.dropped", "must be paid for with money that is still there")
        split = domain_refunds.keep(parts, kept)
        await self._note(tx, order, visit, split)
        return sum(one.amount for one in split)

    async def _note(self, tx: Tx, order: Order, visit: Visit, parts: Sequence[RefundTender]) -> None:
        now, key = self._clock(), visit.visit_id
        if order.channel_kind is ChannelKind.STORE:  # nobody pays it out once more
            key = f"{key}:{domain.UNDELIVERED}"
        for one in parts:
            done = replace(one, state=Part.DONE)
            if one.kept:
                stays = replace(done, amount=one.kept, code=granting.EXCHANGED)
                await granting.note(tx, order.order_id, f"{key}:kept", stays, now, CHANGED_MIND)
            if one.amount:
                await granting.note(tx, order.order_id, key, done, now, CHANGED_MIND)


def _id(pickup: pb.VisitPickup) -> str:
    return fields.identifier("pickup.fulfilment_id", pickup.fulfilment_id)
