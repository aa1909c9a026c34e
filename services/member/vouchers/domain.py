"""Vouchers: how much a terminal may hold of a member's, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from kit.errors import Code, Fault, invalid
from services.member.value.domain import Kind

TYPE = "omo-voucher+jwt"
_MOST, _HOURS = 1_000_000_000, 168


class VoucherLimit(Fault):
    """More than a terminal may hold, or it holds one already."""

    code = Code.FAILED_PRECONDITION
    reason = "VOUCHER_LIMIT"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a terminal may hold of a member's, how long, and how many at once; the brand's, by version."""

    version: int = 0
    points: int = 300
    credit: int = 300
    hours: int = 24
    # a sale of the last minute may come that much later; then what is left is the member's again
    grace_hours: int = 24
    # 0: as many as there are members
    at_terminal: int = 0

    def __post_init__(self) -> None:
        for name, least, most in (
            ("points", 0, _MOST),
            ("credit", 0, _MOST),
            ("hours", 1, _HOURS),
            ("grace_hours", 0, _HOURS),
            ("at_terminal", 0, _MOST),
        ):
            if not least <= getattr(self, name) <= most:
                raise invalid(f"limits.{name}", f"must be {least} to {most}")

    def most(self, kind: Kind) -> int:
        """How much one voucher holds at most."""
        return self.points if kind is Kind.POINTS else self.credit

    def ends(self, now: datetime) -> datetime:
        """Until when one that goes out now is good."""
        return now + timedelta(hours=self.hours)

    def check(self, kind: Kind, amount: int, at_terminal: int) -> None:
        """Refuses more than a terminal may hold."""
        if amount > (most := self.most(kind)):
            raise VoucherLimit(f"a voucher holds at most {most}", field="amount", most=most)
        if self.at_terminal and at_terminal >= self.at_terminal:
            raise VoucherLimit(f"this terminal holds {at_terminal}", most=self.at_terminal, field="terminal")


@dataclass(frozen=True, slots=True)
class Voucher:
    """What is out; `turn` counts how often the rest was held anew."""

    voucher_id: str
    member_id: str
    terminal_id: str
    kind: Kind
    amount: int
    settled: int
    turn: int
    expire_time: datetime
    end_time: datetime | None = None
    limits_version: int = 0

    @property
    def left(self) -> int:
        """What sales have not told of."""
        return self.amount - self.settled

    @property
    def hold_id(self) -> str:
        """Of the hold that keeps what is left."""
        return hold_id(self.voucher_id, self.turn)


def hold_id(voucher_id: str, turn: int) -> str:
    """Named by the voucher, so that nobody holds for it twice."""
    return str(uuid5(UUID(voucher_id), str(turn)))
