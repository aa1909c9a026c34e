"""What tills took back by themselves: facts, which become returns as far as sold units explain them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from google.protobuf.message import Message

from kit import access, outbox, timers
from kit.clock import Clock
from kit.postgres import Tx
from kit.timers import Due
from omo.order.v1 import order_events_pb2
from services.order.checkout.domain import Order
from services.order.returns import (
    domain_explained,
    domain_places,
    domain_units,
    eligibility,
    finding,
    matching,
    store,
    store_policy,
    store_refunds,
    store_till,
    wire_events,
)
from services.order.returns.domain import HERE, OPEN, Flag, Return, State
from services.order.returns.domain_places import DROP_POINT
from services.order.returns.domain_policy import Partial, Terms
from services.order.returns.domain_till import Goods, TakenBack
from services.order.returns.granting import Granting, Receipt
from services.order.returns.taking import Chosen, here
from services.order.serials.domain import Claims, Known

WAITING = "returns.waiting"
REVIEW = "UNITS_TAKEN_BACK"
# tills send late, and for so long somebody looks whether the sale has come
_PATIENCE = timedelta(days=14)
_SOON = timedelta(minutes=1)
_DOUBTS = frozenset({Flag.RETURNED_BEFORE, Flag.REFUND_DIFFERS, Flag.CAPPED, Flag.SERIAL_MISMATCH})


@dataclass(frozen=True, slots=True)
class Said:
    """What a till's return says of its units, and what is known of them."""

    claims: Claims
    left: Known
    flags: tuple[Flag, ...]


class TillReturns:
    """Units that a till took back: nothing is refused, and nothing is paid twice."""

    def __init__(self, clock: Clock, granting: Granting) -> None:
        self._clock = clock
        self._granting = granting

    async def orders(self, tx: Tx, told: Sequence[TakenBack]) -> list[Order | None]:
        """The orders of a frame's returns, locked in the order of their ids; sales of the same frame are written."""
        orders = [await finding.told(tx, one) for one in told]
        for order_id in sorted({order.order_id for order in orders if order is not None}):
            await store.lock_order(tx, order_id)
        return orders

    async def look_again(self, tx: Tx, due: Due) -> None:
        """Whether the order of goods that came has come since; less and less often."""
        found = await store_till.lock(tx, due.key)
        if found is None:
            return
        told, since = found
        order = await finding.told(tx, told)
        if order is not None:
            await store.lock_order(tx, order.order_id)
            await self._explained(tx, told, order, (Flag.UNKNOWN_ORDER,))
            return
        age = self._clock() - since
        if age < _PATIENCE:
            await timers.schedule(tx, WAITING, due.key, self._clock() + max(_SOON, age))
        else:
            await store_till.change(tx, told.return_id, "DOUBTFUL", None, list(told.goods), _sum(told), self._clock())

    async def take(self, tx: Tx, told: TakenBack, order: Order | None) -> None:
        """Takes a return of a locked order, or of none that is known."""
        now, told = self._clock(), await _as_received(tx, told)
        known = await store.order_of(tx, told.return_id) is not None
        if known or not await store_till.insert(tx, told, now):
            await self._review(tx, told)  # its id was used before: the first stands
        elif order is not None:
            await self._explained(tx, told, order, ())
        else:
            await timers.schedule(tx, WAITING, told.return_id, now + _SOON)
            await outbox.append(tx, _goods(told, told.goods))
            await self._review(tx, told)

    async def _explained(self, tx: Tx, told: TakenBack, order: Order, flags: tuple[Flag, ...]) -> None:
        """Goods whose order is known: units come back, and what no unit explains is in stock all the same."""
        returns = await store.of_order(tx, order.order_id)
        before = [one for one in returns if one.state in HERE]
        left = await matching.known(tx, order.order_id, asked=any(one.serials for one in told.goods))
        found, rest, claims = domain_explained.explain(order, await finding.hands(tx, order), before, told.goods, left)
        if rest and not flags:
            await outbox.append(tx, _goods(told, rest))
        flags = (*flags, *[Flag.RETURNED_BEFORE] * bool(rest))
        excess, doubtful = _sum(told), True
        if found:
            await self._resume([one for one in returns if one.state in OPEN], order, found, tx)
            given = await self._return(tx, told, order, found, Said(claims, left, flags))
            refund = (await store_refunds.get(tx, [given.return_id]))[given.return_id]
            excess, doubtful = refund.excess, bool(_DOUBTS & set(given.flags))
        state = "DOUBTFUL" if doubtful else "EXPLAINED"
        await store_till.change(tx, told.return_id, state, order.order_id, rest, excess, self._clock())
        if doubtful:
            await self._review(tx, told)

    async def _return(self, tx: Tx, told: TakenBack, order: Order, found: Chosen, said: Said) -> Return:
        terms = await store_policy.newest(tx)
        goods = await eligibility.goods_of(tx, order, found)
        judged = await eligibility.flags(tx, order, found, goods, terms, told.at)
        match = await matching.match(tx, order, found, said.claims, said.left, eligibility.asking(goods))
        doubts = [Flag.SERIAL_MISMATCH] * bool(match.wrong) + [Flag.UNVERIFIED] * (match.unproven > 0)
        units = tuple(domain_units.worth(order, found, told.at))
        given = matching.with_serials(here(Return(
            told.return_id, order.order_id, order.order_no, State.REQUESTED, told.location_id, told.reason, units,
            told.at, self._clock(), (*said.flags, *judged, *doubts), False, told.sale_id if told.instead else None,
        )), match)  # fmt: skip
        how = Receipt(bool(told.given), given=told.given, at=told.at)
        if await store.kind_of(tx, told.location_id) == DROP_POINT:
            given = replace(given, state=State.RECEIVED)  # a word releases nothing: somebody looks, or says so too
            if not told.given:
                order = await finding.by_id(tx, order.order_id)  # its delivery may have been given back meanwhile
                how, terms = _at_drop_point(told, terms)
        await store.insert(tx, given, access.current().actor)
        await matching.bring(tx, given, match)
        granted = await self._granting.grant(tx, order, given, terms, how)
        if granted != given:
            granted = replace(granted, version=granted.version + 1)
            await store.change(tx, granted, "GRANTED", "", access.current().actor)
        return granted

    async def _resume(self, open_: Sequence[Return], order: Order, found: Chosen, tx: Tx) -> None:
        """Units that somebody had asked to bring back are here now: that return is about the others."""
        for one in open_:
            left = domain_units.without(order, one, [(line.line_no, run) for line, run, _ in found], self._clock())
            if left == one.units:
                continue
            after = replace(one, units=left, version=one.version + 1, update_time=self._clock())
            if not left:
                after = replace(after, units=one.units, state=State.CANCELLED)
            await store.change(tx, after, "TAKEN_AT_TILL", "", access.current().actor)

    async def _review(self, tx: Tx, told: TakenBack) -> None:
        """A person looks at it."""
        version = await store_till.flag(tx, told, REVIEW)
        if version:
            await outbox.append(tx, _flagged(told, version))


async def _as_received(tx: Tx, told: TakenBack) -> TakenBack:
    """What a terminal says of goods that it took at a drop point: they are there, whatever else it says, put aside."""
    if await store.kind_of(tx, told.location_id) != DROP_POINT:
        return told
    goods = tuple(replace(one, disposition=domain_places.told(one.disposition)) for one in told.goods)
    return replace(told, goods=goods)


def _at_drop_point(told: TakenBack, terms: Terms) -> tuple[Receipt, Terms]:
    """Nothing was given there: its refund keeps to the brand's terms, but for those by which it would be refused."""
    rework = terms.partial is Partial.WHOLE_SET
    return Receipt(False, terms.withhold, at=told.at), replace(terms, partial=Partial.REQUALIFY) if rework else terms


def _sum(told: TakenBack) -> int:
    return sum(one.amount for one in told.given)


def _goods(told: TakenBack, goods: Sequence[Goods]) -> Message:
    lines = [(one.sku, one.quantity, one.disposition or "restock", one.serials) for one in goods]
    return wire_events.goods(told.return_id, told.location_id, lines, told.at)


def _flagged(told: TakenBack, version: int) -> order_events_pb2.SaleFlagged:
    return wire_events.flagged(told.sale_id, told.location_id, REVIEW, version, told.at)
