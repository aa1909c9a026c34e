"""Fulfilment as the checkout knows it: opens, cancels and shows what locations do for an order."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from google.protobuf.message import Message

from kit import access, outbox, timers
from kit.access import Kind
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.order.checkout import wire_actors
from services.order.checkout.domain import ChannelKind, Method, Order, TransitionRefused
from services.order.checkout.fulfilling import Confirmed, Shown
from services.order.fulfilment import (
    domain,
    domain_ahead,
    domain_attention,
    domain_cancelled,
    domain_parcels,
    domain_waiting,
    parcels,
    store,
    store_cancelled,
    store_parcels,
    store_reads,
    store_sourced,
    store_waiting,
    wire,
    wire_cancelled,
    wire_sourced,
    wire_waiting,
)
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_cancelled import Cancelled
from services.order.fulfilment.domain_sourced import News, Standing
from services.order.fulfilment.domain_states import State
from services.order.fulfilment.pins import Pins
from services.order.fulfilment.usecases_undelivered import Undelivered

ACCEPT_SLA = "fulfilment.accept_sla"
READY_SLA = "fulfilment.ready_sla"
SHIP_SLA = "fulfilment.ship_sla"
PICKUP_DEADLINE = "fulfilment.pickup_deadline"
RELEASE = "preorder.release"


async def take(tx: Tx, before: Fulfilment, after: Fulfilment, at: datetime, request_id: str = "") -> Fulfilment:
    """Stores a step and announces it; gives the fulfilment with its new version. No step at all leaves no trace."""
    if after is before:
        return before
    if after.state is State.CANCELLED and before.parcels:
        after = await parcels.call_off(tx, after, at)
    if before.state is State.ON_HOLD and after.state is State.READY:
        after = await _waits_anew(tx, after, at)
    after = replace(after, update_time=at)
    version = await store.change(tx, before, after, request_id, access.current().actor)
    stored = replace(after, version=version)
    await outbox.append(tx, wire.changed(stored))
    return stored


async def _waits_anew(tx: Tx, given: Fulfilment, at: datetime) -> Fulfilment:
    """What was held back beyond its time, which has passed unseen: until now nobody could collect it."""
    if given.pickup_deadline is None or given.pickup_deadline > at:
        return given
    until = at + domain.COLLECT_WITHIN
    await timers.schedule(tx, PICKUP_DEADLINE, given.fulfilment_id, until)
    return replace(given, pickup_deadline=until)


class Fulfilments:
    """The three hooks, each inside a transaction of the checkout's."""

    def __init__(self, clock: Clock, pins: Pins, undelivered: Undelivered) -> None:
        self._clock = clock
        self._pins = pins
        self._undelivered = undelivered

    async def open(self, tx: Tx, confirmed: Sequence[Confirmed]) -> list[Message]:
        """Opens the tasks of orders in the transaction that confirms them; gives what is to be told of them."""
        opened = [
            (each, one.origin)
            for one in confirmed
            for each in domain_ahead.opened(one.order, one.at, [uuid7() for _ in one.order.lines])
        ]
        if not opened:
            return []
        deadlines = [(each.fulfilment_id, each.accept_deadline, b"") for each, _ in opened]
        await timers.schedule_many(tx, ACCEPT_SLA, sorted(deadlines))
        days = [(one.order.order_id, domain_ahead.first_day(one.order)) for one in confirmed]
        if releases := sorted((order_id, day, b"") for order_id, day in days if day is not None):
            await timers.schedule_many(tx, RELEASE, releases)
        # last: from here to the commit nobody else can open a task at these locations
        versions = await store.insert(tx, [(each, origin.actor) for each, origin in opened])
        return [
            origin.mark(wire.changed(replace(each, version=versions[each.fulfilment_id]))) for each, origin in opened
        ]

    async def cancel(self, tx: Tx, order: Order, reason: str) -> bool:
        """Ends what was not handed over; whether that is the whole order."""
        if order.channel_kind is ChannelKind.STORE:
            await store_sourced.lock(tx, [order.order_id])
        now, parts = self._clock(), await store.lock_of_order(tx, order.order_id)
        delivered = [part for part in parts if part.gone]
        gone = await store_cancelled.of_order(tx, order.order_id)
        rest = domain_cancelled.free(order, delivered, gone)
        # of a store's sale the till has the money: it never ends whole
        goes_on = bool(delivered) or order.channel_kind is ChannelKind.STORE
        if goes_on and not rest and not gone:  # that order comes to an end by a return
            if delivered:
                raise domain.refused(delivered[0], State.CANCELLED)
            raise TransitionRefused("nothing of it is still to come", order_id=order.order_id, state=order.state)
        open_ = [part for part in parts if part.stands and not part.gone]
        await store.lock_heads(tx, sorted({part.location_id for part in open_}))
        for held in open_:
            await take(tx, held, domain.move(held, State.CANCELLED, reason), now)
        if goes_on:
            await self._undelivered.give_up(tx, order, rest, reason)
        return not goes_on

    async def show(self, tx: Tx, orders: Sequence[Order]) -> Mapping[str, Shown]:
        """What to show beside these orders; a PIN only to the member whose order it is, while it can be used."""
        orders = [order for order in orders if not order.location_id or _leaves_later(order)]
        online = [order.order_id for order in orders]
        if not online:
            return {}
        found: defaultdict[str, list[Fulfilment]] = defaultdict(list)
        for each in await store_reads.of_orders(tx, online):
            found[each.order_id].append(each)
        ways, gone = await store_sourced.ways(tx, online), await store_cancelled.of_orders(tx, online)
        waits = await store_waiting.of_orders(tx, online)
        lost = [key for key, parts in found.items() if any(domain_parcels.lacking(part.parcels) for part in parts)]
        back = await store_parcels.taken_back(tx, lost) if lost else {}
        return {
            key: replace(
                self._show(order, found[key], gone.get(key, ()), back.get(key, ()), *ways.get(key, (None, ()))),
                backordered=wire_waiting.shown(domain_waiting.by_line(order, waits.get(key, ()))),
            )
            for order in orders
            for key in [order.order_id]
        }

    def _show(
        self,
        order: Order,
        parts: Sequence[Fulfilment],
        gone: Sequence[Cancelled],
        back: Collection[domain_attention.Unit],
        standing: Standing | None,
        news: Sequence[News],
    ) -> Shown:
        attention = domain_attention.attention(order, parts, gone, standing, news, back)
        shown = [wire.fulfilment(each) for each in parts]
        told = [wire_sourced.shown(each) for each in news]
        who = wire_actors.may_be_told(access.current())
        return Shown(shown, self._pin(parts), attention, told, wire_cancelled.shown(gone, who=who))

    def _pin(self, given: Sequence[Fulfilment]) -> str:
        principal = access.current()
        for each in given:
            # a guest is shown no order but his own
            own = principal.kind is Kind.GUEST or (principal.kind is Kind.MEMBER and each.member_id == principal.id)
            if own and each.state is State.READY and (pin := self._pins.show(each.fulfilment_id, each.pin_sealed)):
                return pin
        return ""


def _leaves_later(order: Order) -> bool:
    """Whether anything of a store's sale was not carried out."""
    return any(line.method is not Method.CARRY_OUT for line in order.lines)
