"""What can be asked of holds: to make, end, extend and expire one."""

from dataclasses import dataclass
from datetime import timedelta

from services.inventory.stock.domain import Line, Who


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


@dataclass(frozen=True, slots=True)
class Release:
    """Give a hold's stock back; for a hold that never was, leave a tombstone."""

    hold_id: str
    who: Who
    # only this member's; empty for whoever may end any
    member_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Extend:
    """Move a cart hold's end."""

    hold_id: str
    ttl: timedelta
    member_id: str = ""


@dataclass(frozen=True, slots=True)
class Expire:
    """End a hold whose time has passed."""

    hold_id: str


Command = Ask | Release | Extend | Expire
