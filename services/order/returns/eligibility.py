"""Whether units may come back now: how long ago they were handed over, what proves whose they are, who brings them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from kit import access
from kit.access import Kind
from kit.postgres import Tx
from services.order.checkout.domain import Line, Order, TransitionRefused
from services.order.fulfilment.domain_units import Run
from services.order.returns import domain_policy, finding, store
from services.order.returns.domain import (
    CreditNotOffered,
    Disposition,
    Flag,
    Return,
    ReturnTooLate,
    ReturnUnverified,
    State,
)
from services.order.returns.domain_places import DROP_POINT
from services.order.returns.domain_policy import REPEAT_DAYS, Good, Terms
from services.order.returns.domain_units import Wish
from services.order.serials import domain as serials
from services.order.serials.domain import Match

Chosen = Sequence[tuple[Line, Run, Disposition]]
Goods = Mapping[str, Good]
_NEVER_HEARD_OF = Good()
_SERIALS = "units.serials"
_UNBOUND = (Kind.HQ, Kind.SERVICE)


async def flags(tx: Tx, order: Order, found: Chosen, goods: Goods, terms: Terms, now: datetime) -> list[Flag]:
    """What a person should look at before these units come back."""
    late = await _late(tx, order, found, goods, terms, now)
    return [Flag.TOO_LATE] * bool(late) + await _repeats(tx, order, terms, now)


async def decide(
    tx: Tx, order: Order, found: Chosen, goods: Goods, terms: Terms, wish: Wish, now: datetime, *, trusted: bool
) -> list[Flag]:
    """The flags of a return that may be made; refuses one that may not."""
    if wish.as_credit and not (terms.credit_choice and order.member_id):
        raise CreditNotOffered("no shopping credit instead of money", order_id=order.order_id)
    late = await _late(tx, order, found, goods, terms, now)
    if late and not (wish.override and trusted):
        line_no, days = late
        raise ReturnTooLate(f"line {line_no} could be returned for {days} days", line_no=line_no, days=days)
    if wish.waive_fees and not trusted:
        raise access.Denied("only managers and headquarters let a shopper off", field="waive_fees")
    unproven = access.current().kind in (Kind.STAFF, Kind.DEVICE) and not wish.verified
    repeats = await _repeats(tx, order, terms, now)
    waived = [Flag.WAIVED] * wish.waive_fees
    return [Flag.TOO_LATE] * bool(late) + [Flag.UNVERIFIED] * unproven + repeats + waived


def matches(found: Match, reason: str, *, here: bool, trusted: bool) -> list[Flag]:
    """The flags of units by their serials; refuses those that are others than left, or that nobody names, but for
    whoever may take unproven goods and says why. What is only asked for need not be named."""
    doubtful = bool(found.wrong or (here and found.unsaid))
    if doubtful and reason and not trusted:
        raise access.Denied("only managers and headquarters take units by other serials", field="serial_reason")
    if found.wrong and not reason:
        raise serials.mismatch(_SERIALS, found.wrong[0])
    if doubtful and not reason:
        run = found.unsaid[0]
        raise serials.required(_SERIALS, run.line_no, run.sku, run.quantity)
    return [Flag.SERIAL_MISMATCH] * doubtful + [Flag.UNVERIFIED] * (here and found.unproven > 0)


def within_cap(terms: Terms, amount: int, *, trusted: bool) -> None:
    """Refuses what staff may not refund of that which nothing proves."""
    if trusted or amount <= terms.unverified_cap:
        return
    raise ReturnUnverified(
        f"without a proof at most {terms.unverified_cap} may be refunded", cap=terms.unverified_cap, amount=amount
    )


def authorised(terms: Terms, given: Return, *, trusted: bool) -> None:
    """Refuses to receive what nobody has agreed to, where somebody must."""
    if terms.authorise and given.state is State.REQUESTED and not trusted:
        raise TransitionRefused("somebody must agree first", return_id=given.return_id, state=given.state)


def trusted(kind: str) -> bool:
    """Whether the caller decides where others may not, at a place of a kind: headquarters, and managers of a store.

    Who stands at a drop point works for a partner, whatever he is there.
    """
    who = access.current()
    return who.kind in _UNBOUND or (who.kind is Kind.STAFF and "manager" in who.roles and kind != DROP_POINT)


async def goods_of(tx: Tx, order: Order, found: Chosen) -> Goods:
    """What the return of these units goes by."""
    return await store.goods(tx, order.order_id, [line.sku for line, _, _ in found])


def asking(goods: Goods) -> frozenset[str]:
    """Those that come back by serial."""
    return frozenset(sku for sku, good in goods.items() if good.serials)


async def in_time(
    tx: Tx, order: Order, line: Line, hands: Sequence[tuple[Run, datetime]], terms: Terms, at: datetime
) -> list[tuple[Run, datetime]]:
    """Those of a line's units in the shopper's hands that may come back as of a moment."""
    goods = await store.goods(tx, order.order_id, [line.sku])
    days = terms.window(goods.get(line.sku, _NEVER_HEARD_OF).categories, await store.tier(tx, order.member_id))
    return [(run, since) for run, since in hands if not domain_policy.too_late(days, since, at)]


async def _late(
    tx: Tx, order: Order, found: Chosen, goods: Goods, terms: Terms, now: datetime
) -> tuple[int, int] | None:
    """The first line that comes too late, and the days that it had."""
    tier = await store.tier(tx, order.member_id)
    hands = await finding.hands(tx, order)
    for line, (first, _), _ in found:
        days = terms.window(goods.get(line.sku, _NEVER_HEARD_OF).categories, tier)
        since = next(at for (low, high), at in hands[line.line_no] if low <= first <= high)
        if domain_policy.too_late(days, since, now):
            return line.line_no, days
    return None


async def _repeats(tx: Tx, order: Order, terms: Terms, now: datetime) -> list[Flag]:
    if not terms.repeat_limit or not order.member_id:
        return []
    many = await store.many_of(tx, order.member_id, now - timedelta(days=REPEAT_DAYS))
    return [Flag.REPEAT_RETURNER] if many >= terms.repeat_limit else []
