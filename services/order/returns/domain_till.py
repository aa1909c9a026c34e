"""What a till did by itself when it took goods back, and which of the order's tenders its money was."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.order.returns import domain_refunds
from services.order.returns.domain_refunds import (
    AT_TILL,
    BY_UNIT,
    EXCHANGED,
    MONEY,
    POINTS,
    PREPAID,
    VALUE,
    Left,
    RefundTender,
    TenderOrder,
)

CREDIT = "STORE_CREDIT"


@dataclass(frozen=True, slots=True)
class Goods:
    """Goods that a till took back; line 0 where it does not know which of the order's."""

    line_no: int
    sku: str
    quantity: int
    disposition: str
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What it gave for them."""

    kind: str
    amount: int
    reference: str = ""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A till's return, as it was told."""

    return_id: str
    sale_id: str
    order_id: str
    order_no: str
    location_id: str
    terminal_id: str
    reason: str
    at: datetime
    goods: tuple[Goods, ...]
    given: tuple[Given, ...]
    instead: bool
    """Whether other goods were sold in the same visit."""


@dataclass(frozen=True, slots=True)
class Planned:
    """By which of the order's tenders the till's money was."""

    tenders: tuple[RefundTender, ...]
    excess: int
    """What it gave beyond what the units had cost; below 0, what it kept."""
    mixed: bool = False
    """Whether a tender's part was given in two ways, of which only a person can say what is still owed."""


def plan(
    amount: int, tenders: Sequence[Left], packs: int, given: Sequence[Given], order: TenderOrder, *, known: bool
) -> Planned:
    """What the till gave, as the tenders that it was: its own kind first, then as the brand's terms say.

    Units and points that paid come back by their owner's word though the till says nothing of them; so does value,
    as far as nobody gave money for it. What is then still owed the till kept, and a person is told. Shopping credit
    that it promised instead of money is given to a member that is `known`.
    """
    work = _Work(amount, tenders, order, CREDIT if known else AT_TILL)
    work.take(packs, [one for one in work.tenders if one.kind == PREPAID], PREPAID)
    over = 0
    for one in sorted(given, key=lambda one: one.kind == EXCHANGED):
        if one.kind not in BY_UNIT and one.amount > 0:
            over += work.give(one)
    work.take(work.owed, [one for one in work.tenders if one.kind in VALUE or one.kind == POINTS], "")
    return Planned(tuple(work.parts()), over - work.owed, work.mixed)


@dataclass(slots=True)
class _Part:
    left: Left
    amount: int = 0
    kept: int = 0
    how: set[str] = field(default_factory=set)


class _Work:
    """What is still owed, and what each tender has left, while a till's money is told apart."""

    def __init__(self, owed: int, tenders: Sequence[Left], order: TenderOrder, as_credit: str) -> None:
        self.owed = min(max(owed, 0), domain_refunds.ceiling(tenders))
        self.tenders = [one for one in tenders if one.amount > 0]
        self._as_credit = as_credit
        self._ranked = domain_refunds.ranked(self.tenders, order)
        self._parts = {one.tender_no: _Part(one) for one in self.tenders}

    def take(self, amount: int, tenders: Sequence[Left], how: str) -> int:
        """What of `amount` these tenders could not give."""
        for one in tenders:
            part = self._parts[one.tender_no]
            had = one.amount - part.amount - part.kept
            now = max(min(amount, had, self.owed), 0)
            if how == EXCHANGED:
                part.kept += now
            elif now:
                part.amount += now
                part.how.add(how)
            amount, self.owed = amount - now, self.owed - now
        return amount

    def give(self, one: Given) -> int:
        """What of it nobody had paid."""
        others = [each for each in self._ranked if each.kind not in BY_UNIT]
        if one.kind == EXCHANGED:
            return self.take(one.amount, sorted(others, key=lambda each: each.kind not in MONEY), EXCHANGED)
        same = [each for each in others if each.kind == one.kind]
        same.sort(key=lambda each: (each.reference != one.reference, each.tender_no))
        rest = self.take(one.amount, same, "")
        money = [each for each in others if each.kind != one.kind and each.kind in MONEY]
        rest = self.take(rest, money, self._as_credit if one.kind == CREDIT else AT_TILL)
        return self.take(rest, [each for each in others if each.kind != one.kind and each.kind not in MONEY], AT_TILL)

    @property
    def mixed(self) -> bool:
        """Whether any tender's part was given in more ways than one."""
        return any(len(one.how) > 1 for one in self._parts.values())

    def parts(self) -> list[RefundTender]:
        """Each tender's part; one of which any came as something else is not given once more by its owner."""
        return [
            RefundTender(
                one.left.tender_no, one.left.kind, one.left.provider, one.amount,
                code=AT_TILL * (AT_TILL in one.how or len(one.how) > 1), as_credit=one.how == {CREDIT},
                kept=one.kept, reference=one.left.reference,
            )
            for one in self._parts.values()
            if one.amount or one.kept
        ]  # fmt: skip
