"""What an operator repairs in the stock books."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.errors import Code, Fault
from services.inventory.stock.domain import Who


class HoldAlive(Fault):
    """Nobody forgot it: its time has not come."""

    code = Code.FAILED_PRECONDITION
    reason = "HOLD_ALIVE"


@dataclass(frozen=True, slots=True)
class Figures:
    """The quantities of a level, and what its open shortfalls add up to."""

    on_hand: int = 0
    damaged: int = 0
    quality_control: int = 0
    held: int = 0
    committed: int = 0
    in_transit_in: int = 0
    in_transit_out: int = 0
    shortfall: int = 0

    @property
    def lacking(self) -> int:
        """What its shortfalls must add up to."""
        return max(0, self.committed + self.held + self.damaged + self.quality_control - self.on_hand)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A hold as far as it matters whether somebody forgot it."""

    state: str
    order_id: str
    expire_time: datetime | None


@dataclass(frozen=True, slots=True)
class Repair:
    """Something that was changed by hand."""

    repair_id: str
    kind: str
    subject: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str
    who: Who
    business_time: datetime


def must_be_forgotten(hold_id: str, held: Orphan | None, now: datetime) -> None:
    """Refuses to end what lives; what an order holds lives as long as its checkout, which only order knows."""
    if held is None or held.state != "ACTIVE" or held.order_id:
        return
    if held.expire_time is None or held.expire_time > now:
        raise HoldAlive("the hold is in use; release it", hold_id=hold_id)
