"""Whether units may come back now: how long ago they were handed over, what proves whose they are, who brings them."""

from collections.abc import Sequence
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
from services.order.returns.domain_policy import REPEAT_DAYS, Terms
from services.order.returns.domain_units import Wish

Chosen = Sequence[tuple[Line, Run, Disposition]]
_UNBOUND = (Kind.HQ, Kind.SERVICE)


async def flags(tx: Tx, order: Order, found: Chosen, terms: Terms, now: datetime) -> list[Flag]:
    """What a person should look at before these units come back."""
    late = await _late(tx, order, found, terms, now)
    return [Flag.TOO_LATE] * bool(late) + await _repeats(tx, order, terms, now)


async def decide(tx: Tx, order: Order, found: Chosen, terms: Terms, wish: Wish, now: datetime) -> list[Flag]:
    """The flags of a return that may be made; refuses one that may not."""
    if wish.as_credit and not (terms.credit_choice and order.member_id):
        raise CreditNotOffered("no shopping credit instead of money", order_id=order.order_id)
    late = await _late(tx, order, found, terms, now)
    if late and not (wish.override and trusted()):
        line_no, days = late
        raise ReturnTooLate(f"line {line_no} could be returned for {days} days", line_no=line_no, days=days)
    unproven = access.current().kind in (Kind.STAFF, Kind.DEVICE) and not wish.verified
    repeats = await _repeats(tx, order, terms, now)
    return [Flag.TOO_LATE] * bool(late) + [Flag.UNVERIFIED] * unproven + repeats


def within_cap(terms: Terms, amount: int, wish: Wish) -> None:
    """Refuses what staff may not refund to somebody who proves nothing."""
    if wish.verified or trusted() or amount <= terms.unverified_cap:
        return
    raise ReturnUnverified(
        f"without a proof at most {terms.unverified_cap} may be refunded", cap=terms.unverified_cap, amount=amount
    )


def authorised(terms: Terms, given: Return) -> None:
    """Refuses to receive what nobody has agreed to, where somebody must."""
    if terms.authorise and given.state is State.REQUESTED and not trusted():
        raise TransitionRefused("somebody must agree first", return_id=given.return_id, state=given.state)


def trusted() -> bool:
    """Headquarters, and managers of a store."""
    who = access.current()
    return who.kind in _UNBOUND or (who.kind is Kind.STAFF and "manager" in who.roles)


async def _late(tx: Tx, order: Order, found: Chosen, terms: Terms, now: datetime) -> tuple[int, int] | None:
    """The first line that comes too late, and the days that it had."""
    categories = await store.categories(tx, [line.sku for line, _, _ in found])
    tier = await store.tier(tx, order.member_id)
    hands = await finding.hands(tx, order)
    for line, (first, _), _ in found:
        days = terms.window(categories.get(line.sku, ()), tier)
        since = next(at for (low, high), at in hands[line.line_no] if low <= first <= high)
        if domain_policy.too_late(days, since, now):
            return line.line_no, days
    return None


async def _repeats(tx: Tx, order: Order, terms: Terms, now: datetime) -> list[Flag]:
    if not terms.repeat_limit or not order.member_id:
        return []
    many = await store.many_of(tx, order.member_id, now - timedelta(days=REPEAT_DAYS))
    return [Flag.REPEAT_RETURNER] if many >= terms.repeat_limit else []
