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


def row(table: Table, sku: str) -> list[int]:
    """What each place has of a good: as the books say, or what shoppers can have."""
    seen = domain_atp.books if table.behind else domain_atp.row
    return seen(table.limits, table.shelves, sku, table.location_ids)
