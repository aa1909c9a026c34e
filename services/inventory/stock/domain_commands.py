"""What can be asked of holds: to make, end, extend and expire one."""

from dataclasses import dataclass
from datetime import timedelta

from services.inventory.stock.domain import Hold, Line, Who


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose holds a caller may touch: by default everybody's, as services do."""

    # only this member's
    member_id: str = ""
    # only those of goods at these locations
    location_ids: frozenset[str] | None = None
    # also those of orders
    orders: bool = True

    def covers(self, hold: Hold) -> bool:
        if self.member_id and hold.member_id != self.member_id:
            return False
        if hold.order_id and not self.orders:
            return False
        return self.location_ids is None or all(line.location_id in self.location_ids for line in hold.lines)


EVERYWHERE = Reach()


@dataclass(frozen=True, slots=True)
class Ask:
    """Hold all lines or none; with `partial`, what there is."""

    hold_id: str
    lines: tuple[Line, ...]
    fingerprint: bytes
    who: Who
    ttl: timedelta | None = None
    order_id: str = ""
    member_id: str = ""
    partial: bool = False
    replaces: str = ""
    # its shopper asks for it himself, who may have so many at a time
    own: bool = False
    # goods that are there, and none that are to come: they are to leave
    there: bool = False
    # nobody said how long: rules may, and `ttl` is for lines of which they say nothing
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """Give a hold's stock back; for a hold that never was, leave a tombstone."""

    hold_id: str
    who: Who
    reach: Reach = EVERYWHERE
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Extend:
    """Move a cart hold's end."""

    hold_id: str
    ttl: timedelta
    reach: Reach = EVERYWHERE
    # as of an ask
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class Expire:
    """End a hold whose time has passed."""

    hold_id: str


Command = Ask | Release | Extend | Expire
