"""Parcels that wait in a store for whoever ordered them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pickup:
    """A parcel for somebody who comes for it."""

    fulfilment_id: str
    order_id: str
    order_no: str
    location_id: str
    state: int
    version: int
    deadline_time: datetime | None
