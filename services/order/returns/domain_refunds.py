"""By which of an order's tenders a refund moves: never more than was paid with each, nor than was paid in all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from omo_pricing import allocate
from services.order.checkout.domain import Entry, TenderEntry


class TenderOrder(StrEnum):
    """Which tender gives first."""

    VALUE_FIRST = "VALUE_FIRST"
    FIRST_PAID = "FIRST_PAID"
    LAST_PAID = "LAST_PAID"
    RATIO = "RATIO"


class Part(StrEnum):
    """How one part of a refund stands."""

    PENDING = "PENDING"
    DONE = "DONE"
    REFUSED = "REFUSED"


class State(StrEnum):
    """How far a refund's money is."""

    GRANTED = "GRANTED"
    PAYING = "PAYING"
    PAID = "PAID"


VALUE = frozenset({"STORE_CREDIT", "GIFT_CARD"})
"""What the member's wallet gives back by itself when it hears of the units."""
# in the code of a part that somebody is asked for: from then on it is not cut any more
ASKED = "ASKED"
# in the code of a part that a till gave in another way than it was paid: nobody gives it once more
AT_TILL = "AT_TILL"
POINTS, PREPAID, PROVIDER, EXCHANGED = "POINTS", "PREPAID", "PROVIDER", "RETURN"
# units and points go back as what they are, with the very units that they paid for
BY_UNIT = frozenset({PREPAID})
MONEY = frozenset({"CASH", "CARD_PRESENT", PROVIDER, "OTHER", EXCHANGED})
# somebody else's money: the last to be given
_LAST = frozenset({"MANUFACTURER_COUPON"})


@dataclass(frozen=True, slots=True)
class Left:
    """What of a tender can still be given back."""

    tender_no: int
    kind: str
    provider: str
    reference: str
    amount: int
    paid_time: datetime


@dataclass(frozen=True, slots=True)
class RefundTender:
    """What goes back by one of the order's tenders."""

    tender_no: int
    kind: str
    provider: str
    amount: int
    state: Part = Part.PENDING
    code: str = ""
    as_credit: bool = False
    tries: int = 0
    kept: int = 0
    """What pays for goods that the shopper takes instead, beside `amount`, which moves."""
    reference: str = ""

    def key(self, refund_id: str) -> str:
        """By which the provider knows this try, and the journal what it gave."""
        return f"{refund_id}#{self.tries}" if self.tries else refund_id


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that a shopper gets back; its id is that of its return."""

    refund_id: str
    order_id: str
    member_id: str | None
    currency: str
    amount: int
    state: State
    grant_time: datetime
    due_time: datetime
    tenders: tuple[RefundTender, ...] = ()
    deducted: int = 0
    excess: int = 0
    pay_time: datetime | None = None
    late: bool = False
    complete: bool = False
    requalified: int = 0
    restocking: int = 0
    return_shipping: int = 0
    delivery: int = 0
    """Below 0: what bringing the goods had cost comes back with them."""
    reason: str = ""
    """The return's, as a journal keeps it; with who granted it, and where."""
    actor_kind: str = ""
    actor_id: str = ""
    actor_terminal_id: str = ""


def left(entries: Sequence[TenderEntry], promised: Mapping[int, int]) -> list[Left]:
    """Each tender's ceiling: what was paid with it, less what went back or is on its way back (`promised`).

    Money that is secured and will be captured counts: it moves once it is.
    """
    found = []
    for number in sorted({entry.tender_no for entry in entries}):
        own = [entry for entry in entries if entry.tender_no == number]
        taken, secured = _sum(own, Entry.CAPTURED), _sum(own, Entry.AUTHORISED)
        if any(entry.entry is Entry.VOIDED for entry in own):
            secured = 0
        rest = (max(taken, secured) if secured else taken) - _sum(own, Entry.REFUNDED) - promised.get(number, 0)
        last = next((entry for entry in own if entry.entry is Entry.CAPTURED), own[0])
        paid = min(entry.business_time for entry in own)
        found.append(Left(number, last.kind, last.provider, last.reference, rest, paid))
    return found


def ceiling(tenders: Sequence[Left]) -> int:
    """What can still be given back in all, where a tender may have been paid out too."""
    return max(sum(one.amount for one in tenders), 0)


def plan(amount: int, tenders: Sequence[Left], order: TenderOrder, prepaid: int = 0) -> list[RefundTender]:
    """How `amount` goes back, of which packs get `prepaid` in units: at most what is left, and of each tender."""
    can = [one for one in tenders if one.amount > 0]
    found = [RefundTender(one.tender_no, one.kind, one.provider, part, reference=one.reference)
             for one, part in _units(prepaid, [one for one in can if one.kind in BY_UNIT])]  # fmt: skip
    rest = min(amount - sum(one.amount for one in found), ceiling([one for one in tenders if one.kind not in BY_UNIT]))
    money = [one for one in can if one.kind not in BY_UNIT]
    for group in _groups(money, order):
        for one, part in _ratio(rest, group) if order is TenderOrder.RATIO else _units(rest, group):
            found.append(RefundTender(one.tender_no, one.kind, one.provider, part, reference=one.reference))
            rest -= part
    return sorted((one for one in found if one.amount > 0), key=lambda one: one.tender_no)


def ranked(tenders: Sequence[Left], order: TenderOrder) -> list[Left]:
    """The tenders as they give one after the other."""
    return [one for group in _groups(tenders, order) for one in group]


def as_credit(given: Sequence[RefundTender]) -> list[RefundTender]:
    """The same, with money given as shopping credit; it counts against its tender all the same."""
    return [replace(one, as_credit=True) if one.kind in MONEY else one for one in given]


def keep(given: Sequence[RefundTender], exchanged: int) -> list[RefundTender]:
    """What of each part stays with the brand for other goods: money before value, never packs."""
    found: dict[int, RefundTender] = {}
    for one in sorted(given, key=lambda one: (one.kind not in MONEY, one.tender_no)):
        stays = 0 if one.kind in BY_UNIT else min(exchanged, one.amount)
        exchanged -= stays
        found[one.tender_no] = replace(one, amount=one.amount - stays, kept=stays)
    return [found[one.tender_no] for one in given]


def less(given: Sequence[RefundTender], deduct: int) -> tuple[list[RefundTender], int]:
    """The parts that have not moved yet, cut by what is kept for points; and how much of that could be kept."""
    kept = deduct
    found = []
    for one in sorted(given, key=lambda one: -one.tender_no):
        part = min(kept, one.amount) if one.state is Part.PENDING and one.code != ASKED else 0
        kept -= part
        done = part == one.amount and part > 0
        cut = replace(one, amount=one.amount - part, state=Part.DONE if done else one.state)
        found.append(cut)
    return sorted(found, key=lambda one: one.tender_no), deduct - kept


def points_back(spent: int, paid: int, before: int, now: int) -> int:
    """Points for a part of what a till took them for: all parts together are all points."""
    return spent * (before + now) // paid - spent * before // paid if paid > 0 else 0


def _sum(entries: Sequence[TenderEntry], kind: Entry) -> int:
    return sum(entry.amount for entry in entries if entry.entry is kind)


def _groups(money: Sequence[Left], order: TenderOrder) -> list[list[Left]]:
    """Tenders in the order in which they give; a manufacturer's money is not the shopper's and comes last."""
    own = [one for one in money if one.kind not in _LAST]
    match order:
        case TenderOrder.FIRST_PAID:
            ranked = sorted(own, key=lambda one: (one.paid_time, one.tender_no))
        case TenderOrder.RATIO:
            ranked = own
        case TenderOrder.LAST_PAID:
            ranked = sorted(own, key=lambda one: (one.paid_time, one.tender_no), reverse=True)
        case _:
            ranked = sorted(own, key=lambda one: (one.kind in VALUE, one.paid_time, one.tender_no), reverse=True)
    return [ranked, [one for one in money if one.kind in _LAST]]


def _units(amount: int, tenders: Sequence[Left]) -> list[tuple[Left, int]]:
    """One after the other, each up to what is left of it."""
    found = []
    for one in tenders:
        part = max(min(amount, one.amount), 0)
        amount -= part
        found.append((one, part))
    return found


def _ratio(amount: int, tenders: Sequence[Left]) -> list[tuple[Left, int]]:
    """To each its share of what is left, to the minor unit."""
    whole = sum(one.amount for one in tenders)
    shares = allocate(max(min(amount, whole), 0), [one.amount for one in tenders]) if tenders else []
    return list(zip(tenders, shares, strict=True))
