"""Grants a refund for units that are here: what moves by which tender, what comes back, and who must be told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kit import access, outbox, timers
from kit.clock import Clock
from kit.postgres import Tx
from services.order.checkout.domain import Entry, Order, TenderEntry
from services.order.checkout.domain_spends import OPENERS, TENDERS, Use
from services.order.fulfilment import domain_units as fulfilled
from services.order.fulfilment import store as order_versions
from services.order.fulfilment import store_cancelled
from services.order.payments import store as payments_store
from services.order.payments.usecases import REFUND
from services.order.returns import domain_board, domain_refunds, domain_units, store, store_refunds, wire_events
from services.order.returns.domain import HERE, Flag, Return, State, Units
from services.order.returns.domain_policy import Terms
from services.order.returns.domain_refunds import (
    MONEY,
    POINTS,
    PROVIDER,
    VALUE,
    Left,
    Part,
    Refund,
    RefundTender,
)

LATE = "returns.late"
EXCHANGED = "EXCHANGED"


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a receipt pays: whether somebody there hands money out, and what of it stays for other goods."""

    here: bool
    withhold: bool = False
    exchanged: int = 0
    excess: int = 0


class Granting:
    """One way for all refunds, whoever received the goods."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def plan(self, tx: Tx, order: Order, given: Return, terms: Terms) -> tuple[list[RefundTender], list[Left]]:
        """By which tenders the units' money goes back, and what each has left."""
        entries = await payments_store.entries(tx, order.order_id)
        left = domain_refunds.left(entries, await store_refunds.promised(tx, order.order_id))
        packs = sum(use.pays for use in domain_units.prepaid(order, given.units))
        parts = domain_refunds.plan(given.amount, left, terms.tender_order, packs)
        return (domain_refunds.as_credit(parts) if given.as_credit else parts), left

    async def grant(self, tx: Tx, order: Order, given: Return, terms: Terms, how: Receipt) -> Return:
        """Writes the refund, its board and its events; the caller locked the order's returns."""
        now = self._clock()
        parts, _ = await self.plan(tx, order, given, terms)
        parts = [_moved(one, how) for one in domain_refunds.keep(parts, how.exchanged)]
        if sum(one.amount + one.kept for one in parts) < given.amount:
            given = replace(given, flags=(*given.flags, Flag.CAPPED))
        given = replace(given, units=_with_points(order, given, parts))
        back = await self._back(tx, order, given, parts, terms)
        refund = self._refund(order, given, parts, terms, how, now)
        points = sum(one.points_returned for one in given.units)
        rows = domain_board.expected(order, given.units, parts, back, points, now)
        if refund.state is domain_refunds.State.PAYING:
            wait = terms.points_seconds if order.member_id else 0
            await timers.schedule(tx, REFUND, refund.refund_id, now + timedelta(seconds=wait))
        await timers.schedule(tx, LATE, refund.refund_id, refund.due_time)
        await store_refunds.insert(tx, refund, rows, access.current().actor)
        await self._journal(tx, refund, now)
        version = await order_versions.touch_order(tx, order.order_id)
        await outbox.append(tx, wire_events.returned(order, given, back, version, now))
        return given

    def _refund(
        self, order: Order, given: Return, parts: Sequence[RefundTender], terms: Terms, how: Receipt, now: datetime
    ) -> Refund:
        paid = not any(one.state is Part.PENDING for one in parts)
        withheld = how.withhold and given.state is not State.INSPECTED
        state = domain_refunds.State.GRANTED if withheld else domain_refunds.State.PAYING
        return Refund(
            given.return_id, order.order_id, order.member_id, order.currency, sum(one.amount for one in parts),
            domain_refunds.State.PAID if paid else state, now, terms.late(now), tuple(parts),
            excess=how.excess, pay_time=now if paid else None,
        )  # fmt: skip

    async def _journal(self, tx: Tx, refund: Refund, now: datetime) -> None:
        """Notes what has moved already, and what pays for other goods from now on."""
        for one in refund.tenders:
            if one.state is Part.DONE and one.amount:
                await note(tx, refund.order_id, one.key(refund.refund_id), one, now)
            if one.kept:
                stays = replace(one, amount=one.kept, code=EXCHANGED, as_credit=False)
                await note(tx, refund.order_id, f"{refund.refund_id}:kept", stays, now)

    async def _back(
        self, tx: Tx, order: Order, given: Return, parts: Sequence[RefundTender], terms: Terms
    ) -> list[Use]:
        """What the member gets back of what he used: value, packs, and coupons once everything is back."""
        back = [use for one in parts if one.kind in VALUE and one.amount for use in _value(order, one)]
        back += domain_units.prepaid(order, given.units)
        if terms.coupon_back and await self._whole(tx, order, given):
            back += [use for use in order.spends if use.kind in OPENERS]
        return back

    async def _whole(self, tx: Tx, order: Order, given: Return) -> bool:
        """Whether no unit of the order is the shopper's any more."""
        others = [one for one in await store.of_order(tx, order.order_id) if one.return_id != given.return_id]
        back = [u for one in (*others, given) if one is given or one.state in HERE for u in one.units]
        gone = await store_cancelled.of_order(tx, order.order_id)
        count = sum(one.count for one in back) + sum(one.last - one.first + 1 for one in gone)
        return count >= sum(fulfilled.count(line) for line in order.lines if line.units)


async def note(tx: Tx, order_id: str, key: str, one: RefundTender, at: datetime) -> None:
    """Writes into the tender journal that this part went back."""
    code = "TO_CREDIT" if one.as_credit else one.code
    entry = TenderEntry(one.tender_no, Entry.REFUNDED, one.kind, one.amount, at, one.provider, "", code, key)
    await payments_store.add(tx, order_id, entry, access.current().actor)


def _moved(one: RefundTender, how: Receipt) -> RefundTender:
    """What moves with the receipt: value and points do by their owner's word, and what somebody there hands out."""
    waits = one.as_credit or one.kind == PROVIDER or (one.kind in MONEY and not how.here)
    return one if waits and one.amount else replace(one, state=Part.DONE)


def _with_points(order: Order, given: Return, parts: Sequence[RefundTender]) -> tuple[Units, ...]:
    """Points that a till took as money come back with the first of the units."""
    now = sum(one.amount for one in parts if one.kind == POINTS)
    if not now or not given.units:
        return given.units
    own = [entry for entry in order.tenders if entry.kind == POINTS]
    paid = sum(entry.amount for entry in own if entry.entry is Entry.CAPTURED)
    before = sum(entry.amount for entry in own if entry.entry is Entry.REFUNDED)
    points = domain_refunds.points_back(order.points_spent, paid, before, now)
    first, *rest = given.units
    return (replace(first, points_returned=first.points_returned + points), *rest)


def _value(order: Order, one: RefundTender) -> list[Use]:
    """Which card or credit a tender was: by its reference, or the only one of its kind."""
    own = [use for use in order.spends if TENDERS.get(use.kind) == one.kind]
    use = next((use for use in own if use.ref == one.reference), own[0] if own else None)
    return [replace(use, amount=one.amount, pays=one.amount)] if use else []
