"""A page of goods by places."""

from dataclasses import dataclass
from datetime import datetime

from services.inventory.availability import domain_atp
from services.inventory.availability.domain_atp import Shelves
from services.inventory.availability.domain_limits import Limits


@dataclass(frozen=True, slots=True)
class Table:
    """What stands where; `behind` is for staff: the books as they are."""

    skus: list[str]
    location_ids: list[str]
    shelves: Shelves
    limits: Limits
    at: datetime
    # the locations were not asked for by name
    all_places: bool
    behind: bool


def row(table: Table, sku: str, channel_id: str) -> list[int]:
    """What each place has of a good: as the books say, or what shoppers can have."""
    if table.behind:
        return domain_atp.books(table.limits, table.shelves, sku, table.location_ids)
    return domain_atp.shown(table.limits, table.shelves, sku, table.location_ids, channel_id)
