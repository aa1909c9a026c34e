"""What is known of orders, as far as segments ask."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Order:
    """An order or a store sale, as far as facts need it."""

    order_id: str
    member_id: str
    business_time: datetime
    in_store: bool
    location_id: str
    staff_code: str
    amount: int


@dataclass(frozen=True, slots=True)
class Taking:
    """What of an order does not stand."""

    order_id: str
    source: str
    line_no: int
    first_unit: int
    amount: int
