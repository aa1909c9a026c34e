"""Lots of value: which of them pay for what, and what nobody may spend."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from kit.errors import Code, Fault

# what came back into a lot whose time is over can be spent so much longer
REINSTATED = timedelta(days=30)
NO_SOURCE = "00000000-0000-0000-0000-000000000000"


class Kind(IntEnum):
    """What a lot is; the numbers are those of the contract. POINTS have a ledger of their own."""

    POINTS = 1
    CREDIT = 2
    GIFT_CARD = 3
    COUPON = 4
    PREPAID = 5
    BENEFIT = 6


MONEY = (Kind.CREDIT, Kind.GIFT_CARD)
OPENERS = (Kind.COUPON, Kind.BENEFIT)


class Account(IntEnum):
    """Where a lot's value can be; the entries of a transfer sum to 0 over these."""

    ACTIVE = 1
    HELD = 2
    ISSUED = 3
    SPENT = 4
    EXPIRED = 5
    DEBT = 6
    VOID = 7


class Verb(IntEnum):
    """What happens to value."""

    ISSUE = 1
    HOLD = 2
    RELEASE = 3
    SPEND = 4
    GIVE_BACK = 5
    EXPIRE = 6
    ADJUST = 7
    DIVIDE = 8
    PAY_OFF = 9


class State(IntEnum):
    """Where a part of a hold stands."""

    HELD = 1
    SPENT = 2
    RELEASED = 3


class Unknown(Fault):
    """There is no such coupon, card, pack or benefit, or it is somebody else's."""

    code = Code.NOT_FOUND
    reason = "VALUE_UNKNOWN"


class Spent(Fault):
    """It was there, and is used, held for another order, over, or not in force yet."""

    code = Code.FAILED_PRECONDITION
    reason = "VALUE_SPENT"


class Insufficient(Fault):
    """More was asked for than there is."""

    code = Code.FAILED_PRECONDITION
    reason = "VALUE_INSUFFICIENT"


class Mismatch(Fault):
    """It opens another rule, or is for other goods, than the order says."""

    code = Code.FAILED_PRECONDITION
    reason = "VALUE_MISMATCH"


class Frozen(Fault):
    """Nothing of this member's can be spent before a person has looked."""

    code = Code.FAILED_PRECONDITION
    reason = "VALUE_FROZEN"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a lot is good for; never what that is worth."""

    name: str = ""
    # COUPON and BENEFIT: the promotion rule that it opens; version 0: whichever is in force
    rule_id: str = ""
    rule_version: int = 0
    # COUPON and BENEFIT: whether it comes back with what it was used for
    restores: bool = True
    # PREPAID: its good, others that it pays a part of, and how much of those
    sku: str = ""
    upgrade_skus: tuple[str, ...] = ()
    unit_value: int = 0


@dataclass(slots=True)
class Lot:
    """Value that was issued together; `active` is what of it can be spent."""

    lot_id: str
    member_id: str | None
    kind: Kind
    source_id: str
    issued: int
    active: int
    held: int
    spent: int
    owed: int
    issue_time: datetime
    begin_time: datetime
    expire_time: datetime | None
    terms: Terms = field(default_factory=Terms)

    def usable(self, now: datetime) -> bool:
        """Whether it can be spent now."""
        return self.active > 0 and self.begin_time <= now and not self.over(now)

    def over(self, now: datetime) -> bool:
        """Whether its time has passed."""
        return self.expire_time is not None and self.expire_time <= now

    def state(self, now: datetime) -> str:
        """Its state in one word."""
        if self.held:
            return "RESERVED"
        if self.active:
            if self.over(now):
                return "EXPIRED"
            return "PARTIALLY_REDEEMED" if self.spent else "ISSUED"
        return "REDEEMED" if self.spent else "EXPIRED" if self.over(now) else "CANCELLED"


@dataclass(frozen=True, slots=True)
class Use:
    """A wish to spend."""

    kind: Kind
    ref: str = ""
    amount: int = 0
    quantity: int = 0
    rule_id: str = ""
    rule_version: int = 0
    line_no: int = 0
    sku: str = ""
    unit_value: int = 0

    @property
    def takes(self) -> int:
        """How much of lots it takes."""
        return 1 if self.kind in OPENERS else self.quantity if self.kind is Kind.PREPAID else self.amount


@dataclass(frozen=True, slots=True)
class Part:
    """What a hold took of a lot."""

    hold_id: str
    lot_id: str
    kind: Kind
    amount: int
    returned: int = 0
    state: State = State.HELD
    line_no: int = 0
    location_id: str = ""

    @property
    def left(self) -> int:
        """What of it has not come back."""
        return self.amount - self.returned


Taken = tuple[Lot, int, Use]


def take(use: Use, lots: Sequence[Lot], member_id: str | None, now: datetime) -> list[Taken]:
    """Which lots pay for a use: credit by earliest expiry, everything else the lot that it names."""
    if use.kind is Kind.CREDIT:
        own = [lot for lot in lots if lot.kind is Kind.CREDIT and lot.member_id == member_id]
        return [(lot, amount, use) for lot, amount in draw(own, use.amount, now)]
    lot = next((lot for lot in lots if lot.lot_id == use.ref and lot.kind is use.kind), None)
    if lot is None or (lot.member_id is not None and lot.member_id != member_id):
        raise Unknown(f"no such {use.kind.name.lower()}", field="spends", kind=use.kind.name, ref=use.ref)
    _check_terms(use, lot)
    if not lot.usable(now):
        raise Spent(
            f"this {use.kind.name.lower()} is {lot.state(now).lower()}",
            field="spends",
            kind=use.kind.name,
            ref=use.ref,
            state=lot.state(now),
        )
    if use.takes > lot.active:
        raise _short(use.kind, use.takes, lot.active, use.ref)
    return [(lot, use.takes, use)]


def draw(lots: Iterable[Lot], amount: int, now: datetime) -> list[tuple[Lot, int]]:
    """Earliest expiry first, then earliest issued."""
    usable = [lot for lot in lots if lot.usable(now)]
    if amount > (there := sum(lot.active for lot in usable)):
        raise _short(Kind.CREDIT, amount, there)
    drawn: list[tuple[Lot, int]] = []
    for lot in sorted(usable, key=lambda lot: (lot.expire_time is None, lot.expire_time, lot.issue_time, lot.lot_id)):
        part = min(amount, lot.active)
        amount -= part
        if part:
            drawn.append((lot, part))
    return drawn


def backward(parts: Sequence[Part], amount: int) -> list[tuple[Part, int]]:
    """Into which of its lots what was spent goes back: what was taken last, first."""
    given: list[tuple[Part, int]] = []
    for part in reversed(parts):
        back = min(amount, part.left)
        amount -= back
        if back:
            given.append((part, back))
    return given


def reinstated(lot: Lot, now: datetime) -> datetime | None:
    """When a lot ends that something came back into; an opener's time stays what it was."""
    if not lot.over(now) or lot.kind in OPENERS:
        return lot.expire_time
    return now + REINSTATED


def _check_terms(use: Use, lot: Lot) -> None:
    terms = lot.terms
    if use.kind in OPENERS and (use.rule_id, use.rule_version) != (terms.rule_id, terms.rule_version):
        raise Mismatch(
            f"it opens rule {terms.rule_id}, version {terms.rule_version or 'in force'}",
            field="spends",
            kind=use.kind.name,
            ref=use.ref,
            rule_id=terms.rule_id,
        )
    if use.kind is not Kind.PREPAID:
        return
    whole = use.unit_value == 0 and use.sku == terms.sku
    upgrade = use.unit_value and use.unit_value == terms.unit_value and use.sku in terms.upgrade_skus
    if not (whole or upgrade):
        raise Mismatch(f"it is for {terms.sku}", field="spends", kind=use.kind.name, ref=use.ref, sku=terms.sku)


def _short(kind: Kind, asked: int, there: int, ref: str = "") -> Insufficient:
    return Insufficient(
        f"{asked} was asked for and {there} can be spent", field="spends", kind=kind.name, available=there, ref=ref
    )
