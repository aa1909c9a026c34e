"""Wrong gift card codes: how many in how long, and how long nobody listens then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Code, Fault

WINDOW = timedelta(hours=1)
LOCK = timedelta(hours=1)
# signs at a code's end that whoever has seen most of it would try
ENDING = 4


class Scope(StrEnum):
    """What tries are counted for."""

    CALLER = "caller"
    CARD = "card"


MOST: Mapping[Scope, int] = {Scope.CALLER: 10, Scope.CARD: 5}


class CardLocked(Fault):
    """Too many wrong codes came from this caller, or for this card."""

    code = Code.RESOURCE_EXHAUSTED
    reason = "GIFT_CARD_LOCKED"


@dataclass(frozen=True, slots=True)
class Tries:
    """Where one scope stands."""

    times: tuple[datetime, ...] = ()
    lock_time: datetime | None = None

    def locked(self, scope: Scope, now: datetime) -> datetime | None:
        """Until when nobody listens, if one more try is too many; None: it may be tried."""
        if self.lock_time is not None and self.lock_time > now:
            return self.lock_time
        recent = sum(at > now - WINDOW for at in self.times)
        return now + LOCK if recent >= MOST[scope] else None


def refusal(until: datetime, now: datetime) -> CardLocked:
    """Says how long to wait, and not whether it was the caller or the card."""
    return CardLocked("too many wrong codes", retry_after=int((until - now).total_seconds()) + 1)


def stem(code: str) -> str:
    """What codes of one card's neighbourhood have in common."""
    return code[:-ENDING]
