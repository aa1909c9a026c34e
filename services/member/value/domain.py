"""Lots of value, what uses them, and what nobody may spend."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from kit.errors import Code, Fault

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
