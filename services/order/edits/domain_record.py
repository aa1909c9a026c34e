"""A change of an order as it is kept: how far it is, and why it was refused."""

from dataclasses import dataclass
from datetime import datetime

from services.order.checkout.domain_saga import Cause
from services.order.edits.domain_places import Move


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of an order, and how far it is."""

    edit_id: str
    order_id: str
    state: str
    seen_version: int
    fingerprint: bytes
    asked: bytes
    business_time: datetime
    actor_kind: str
    actor_id: str
    actor_terminal_id: str = ""
    added_order_id: str | None = None
    charged: int = 0
    released: int = 0
    points_returned: int = 0
    cause: Cause | None = None
    reason: str = ""
    move: Move | None = None
    """What inventory is asked to move, or has moved."""
