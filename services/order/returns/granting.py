"""Grants a refund for units that are here: what moves by which tender, what comes back, and who must be told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kit import access, outbox, timers
from kit.clock import Clock
from kit.postgres import Tx
from services.order.checkout import store_reads
from services.order.checkout.domain import Entry, Order, TenderEntry
from services.order.checkout.domain import State as OrderState
from services.order.checkout.domain_placing import StillPlaced
from services.order.checkout.domain_spends import OPENERS, TENDERS, Use
from services.order.freight import store as freight
from services.order.fulfilment import domain_units as fulfilled
from services.order.fulfilment import store as order_versions
from services.order.fulfilment import store_cancelled
from services.order.payments import store as payments_store
from services.order.payments.usecases import REFUND
from services.order.returns import (
    domain_board,
    domain_fees,
    domain_refunds,
    domain_till,
    domain_units,
    requalifying,
    store,
    store_refunds,
    wire_events,
)
from services.order.returns.domain import HERE, Flag, Return, State, Units
from services.order.returns.domain_fees import Fees
from services.order.returns.domain_policy import Terms
from services.order.returns.domain_refunds import AT_TILL, MONEY, POINTS, PROVIDER, VALUE, Part, Refund, RefundTender
from services.order.returns.domain_till import Given

LATE = "returns.late"
EXCHANGED = "EXCHANGED"
_STORE = "STORE"


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a receipt pays: whether somebody there hands money out, and what of it stays for other goods."""

    here: bool
    withhold: bool = False
    exchanged: int = 0
    free: bool = False
    """The shopper pays for no work and no way."""
    instead: bool = False
    """He takes other goods instead, whoever pays for them."""
    given: tuple[Given, ...] | None = None
    """What a till gave by itself, before anybody was asked: no term of the brand's changes it."""
    at: datetime | None = None
    """When it was, if that was before now."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the money of units goes back."""

    parts: tuple[RefundTender, ...]
    fees: Fees
    entries: tuple[TenderEntry, ...]
    excess: int = 0
    differs: bool = False


class Granting:
    """One way for all refunds, whoever received the goods."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def plan(self, tx: Tx, order: Order, given: Return, terms: Terms, how: Receipt) -> Plan:
        """By which tenders the units' money goes back; the caller locked the order's returns, or only looks."""
        entries = tuple(await payments_store.entries(tx, order.order_id))
        left = domain_refunds.left(entries, await store_refunds.promised(tx, order.order_id))
        packs = sum(use.pays for use in domain_units.prepaid(order, given.units))
        if how.given:
            known = order.member_id is not None
            told = domain_till.plan(given.amount, left, packs, how.given, terms.tender_order, known=known)
            return Plan(told.tenders, Fees(), entries, told.excess, bool(told.excess) or told.mixed)
        fees = Fees() if how.given is not None else await self._fees(tx, order, given, terms, how, packs)
        parts = domain_refunds.plan(given.amount - fees.total, left, terms.tender_order, packs)
        parts = domain_refunds.as_credit(parts) if given.as_credit else parts
        return Plan(tuple(domain_refunds.keep(parts, how.exchanged)), fees, entries)

    async def grant(self, tx: Tx, order: Order, given: Return, terms: Terms, how: Receipt) -> Return:
        """Writes the refund, its board and its events; the caller locked the order's returns."""
        now = self._clock()
        plan = await self.plan(tx, order, given, terms, how)
        parts = [_moved(one, how) for one in plan.parts]
        given = replace(given, flags=(*given.flags, *_flags(given, plan)))
        given = replace(given, units=_with_points(order, given, plan))
        back = await self._back(tx, order, given, parts, terms)
        refund = self._refund(order, given, replace(plan, parts=tuple(parts)), terms, how)
        if refund.state is domain_refunds.State.PAYING:
            wait = terms.points_seconds if order.member_id else 0
            await timers.schedule(tx, REFUND, refund.refund_id, now + timedelta(seconds=wait))
        await timers.schedule(tx, LATE, refund.refund_id, refund.due_time)
        rows = domain_board.expected(order, given, parts, back, how.at or now)
        await store_refunds.insert(tx, refund, rows, access.current().actor)
        await self._journal(tx, refund, given.reason)
        order, version = await order_versions.touched(tx, order)
        if plan.fees.delivery and not await freight.refund(tx, order.order_id, refund.refund_id):
            raise StillPlaced("what bringing it cost comes back with another return", order_id=order.order_id)
        await outbox.append(tx, wire_events.returned(order, given, back, version, how.at or now))
        return given

    async def _fees(self, tx: Tx, order: Order, given: Return, terms: Terms, how: Receipt, packs: int) -> Fees:
        """What the brand keeps; whoever takes other goods instead pays for no way."""
        dearer = await requalifying.dearer(tx, order, given, terms) if given.units else 0
        asked = terms.return_shipping > 0 and given.location_id != ""
        sent = asked and await store.kind_of(tx, given.location_id) != _STORE
        other = how.instead or how.exchanged > 0 or await instead(tx, order, given.exchange_order_id)
        waived = how.free or other
        kept = domain_fees.fees(terms, given.amount - packs, dearer, given.reason, sent=sent, waived=waived)
        return replace(kept, delivery=-await self._way(tx, order, given, terms, instead=other))

    async def _way(self, tx: Tx, order: Order, given: Return, terms: Terms, *, instead: bool) -> int:
        """What of the delivery's fee goes back; nothing while goods that went along with it are with the shopper.

        A return without units is of what was given up: about all goods that the fee is for.
        """
        if order.freight is None:
            return 0
        came = {one.line_no for one in given.units} or order.freight.line_nos
        gone = await self._gone(tx, order, given)
        back = domain_fees.delivery(order, terms, given.reason, came, gone, instead=instead)
        return 0 if back and await freight.along(tx, order.order_id) else back

    async def _gone(self, tx: Tx, order: Order, given: Return) -> Counter[int]:
        """By line, how many of its units are the shopper's no more."""
        others = [one for one in await store.of_order(tx, order.order_id) if one.return_id != given.return_id]
        found: Counter[int] = Counter()
        for unit in (u for one in (*others, given) if one is given or one.state in HERE for u in one.units):
            found[unit.line_no] += unit.count
        for ended in await store_cancelled.of_order(tx, order.order_id):
            found[ended.line_no] += ended.last - ended.first + 1
        return found

    def _refund(self, order: Order, given: Return, plan: Plan, terms: Terms, how: Receipt) -> Refund:
        now, parts = self._clock(), plan.parts
        paid = not any(one.state is Part.PENDING for one in parts)
        withheld = how.withhold and given.state is not State.INSPECTED
        state = domain_refunds.State.GRANTED if withheld else domain_refunds.State.PAYING
        return Refund(
            given.return_id, order.order_id, order.member_id, order.currency, sum(one.amount for one in parts),
            domain_refunds.State.PAID if paid else state, how.at or now, terms.late(now), tuple(parts),
            excess=plan.excess, pay_time=(how.at or now) if paid else None, requalified=plan.fees.requalified,
            restocking=plan.fees.restocking, return_shipping=plan.fees.shipping, delivery=plan.fees.delivery,
            reason=given.reason,
        )  # fmt: skip

    async def _journal(self, tx: Tx, refund: Refund, reason: str) -> None:
        """Notes what has moved already, and what pays for other goods from now on."""
        for one in refund.tenders:
            if one.state is Part.DONE and one.amount:
                await note(tx, refund.order_id, one.key(refund.refund_id), one, refund.grant_time, reason)
            if one.kept:
                stays = replace(one, amount=one.kept, code=EXCHANGED, as_credit=False)
                await note(tx, refund.order_id, f"{refund.refund_id}:kept", stays, refund.grant_time, reason)

    async def _back(
        self, tx: Tx, order: Order, given: Return, parts: Sequence[RefundTender], terms: Terms
    ) -> list[Use]:
        """What the member gets back of what he used: value, packs, and coupons once everything is back."""
        back = [
            use for one in parts if one.kind in VALUE and one.amount and one.code != AT_TILL
            for use in _value(order, one)
        ]  # fmt: skip
        back += domain_units.prepaid(order, given.units)
        if terms.coupon_back and given.units and await self._whole(tx, order, given):
            back += [use for use in order.spends if use.kind in OPENERS]
        return back

    async def _whole(self, tx: Tx, order: Order, given: Return) -> bool:
        """Whether no unit of the order is the shopper's any more."""
        gone = await self._gone(tx, order, given)
        return gone.total() >= sum(fulfilled.count(line) for line in order.lines if line.units)


async def instead(tx: Tx, order: Order, exchange_order_id: str | None) -> bool:
    """Whether there is such an order, made later by whoever brings the goods: anybody can name one."""
    found = await store_reads.orders(tx, [exchange_order_id] if exchange_order_id else [])
    return any(
        one.order_id != order.order_id
        and one.state is not OrderState.CANCELLED
        and one.member_id == order.member_id
        and one.business_time >= order.business_time
        for one in found
    )


async def note(tx: Tx, order_id: str, key: str, one: RefundTender, at: datetime, reason: str) -> None:
    """Writes into the tender journal that this part went back, and why."""
    code = "TO_CREDIT" if one.as_credit else one.code
    entry = TenderEntry(one.tender_no, Entry.REFUNDED, one.kind, one.amount, at, one.provider, "", code, key)
    await payments_store.add(tx, order_id, entry, access.current().actor, reason)


def _flags(given: Return, plan: Plan) -> list[Flag]:
    """What a person should know of a plan: that there was less to give, or that a till gave something else."""
    back = sum(one.amount + one.kept for one in plan.parts) + plan.fees.total + max(-plan.excess, 0)
    return [Flag.CAPPED] * (back < given.amount) + [Flag.REFUND_DIFFERS] * plan.differs


def _moved(one: RefundTender, how: Receipt) -> RefundTender:
    """What moves with the receipt: value and points do by their owner's word, and what somebody there hands out."""
    waits = one.as_credit or one.kind == PROVIDER or (one.kind in MONEY and not how.here)
    return one if waits and one.amount and one.code != AT_TILL else replace(one, state=Part.DONE)


def _with_points(order: Order, given: Return, plan: Plan) -> tuple[Units, ...]:
    """Points that a till took as money come back with the first of the units."""
    now = sum(one.amount for one in plan.parts if one.kind == POINTS and one.code != AT_TILL)
    if not now or not given.units:
        return given.units
    own = [entry for entry in plan.entries if entry.kind == POINTS]
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
