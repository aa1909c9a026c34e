"""Lines of sales that are gift cards."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Good:
    """A good that is a gift card; `face_value` 0: what its line costs by the list."""

    sku: str
    face_value: int
    active: bool

    def worth(self, list_total: int) -> int:
        """What a card is worth that this line sells."""
        return self.face_value or list_total


@dataclass(frozen=True, slots=True)
class SoldCard:
    """A line that names a card."""

    order_id: str
    line_no: int
    sku: str
    card_id: str
    list_total: int
    member_id: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class BackLine:
    """A line that came back."""

    order_id: str
    line_no: int
    sku: str
    refund_id: str
    member_id: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """What the end of a sold card took off it, and what had been spent of it."""

    order_id: str
    refund_id: str
    card_id: str
    member_id: str
    taken: int
    owed: int
    moment: datetime
