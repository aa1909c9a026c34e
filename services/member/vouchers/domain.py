"""Vouchers: how much a terminal may hold of a member's, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from kit.errors import Code, Fault
from services.member.value.domain import Kind

TYPE = "omo-voucher+jwt"
LIFE = timedelta(hours=24)
# what may be out at one terminal: points, minor units (features 4.6)
MOST = {Kind.POINTS: 300, Kind.CREDIT: 300}
# a sale of the last minute may come that much later; then what is left is the member's again
GRACE = timedelta(hours=24)


class VoucherLimit(Fault):
    """More than a terminal may hold, or it holds one already."""

    code = Code.FAILED_PRECONDITION
    reason = "VOUCHER_LIMIT"


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
