"""What a sale adds to the panorama, as deltas of day cells."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from services.attribution.credit.domain import Credit
from services.attribution.credit.domain_sales import Sale

ONLINE = 1
STORE = 2


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A brand-local day, a channel kind and a store (for ONLINE: the store that drove it, or nobody)."""

    day: date
    channel_kind: int
    location_id: str


@dataclass(frozen=True, slots=True)
class Delta:
    """What to add to a cell; money in minor units."""

    orders: int = 0
    units: int = 0
    revenue: int = 0
    driven_orders: int = 0
    driven_revenue: int = 0

    def __add__(self, other: "Delta") -> "Delta":
        return Delta(
            self.orders + other.orders,
            self.units + other.units,
            self.revenue + other.revenue,
            self.driven_orders + other.driven_orders,
            self.driven_revenue + other.driven_revenue,
        )


def sold(sale: Sale, zone: ZoneInfo, sign: int = 1) -> dict[Cell, Delta]:
    """The sale itself, in the cell of its selling store, or of the online channel as such."""
    location_id = sale.location_id if sale.channel_kind == STORE else ""
    cell = Cell(_day(sale, zone), sale.channel_kind, location_id)
    return {cell: Delta(sign * sale.stands, sign * sale.units, sign * sale.revenue)}


def driven(sale: Sale, entries: Iterable[Credit], zone: ZoneInfo, sign: int = 1) -> dict[Cell, Delta]:
    """What stores drove of an online sale: the lines credited to their staff, the order counted once per store."""
    if sale.channel_kind != ONLINE:
        return {}
    revenue: Counter[str] = Counter()
    standing = {line.line_no for line in sale.lines if line.stands}
    for credit in entries:
        if credit.driven_location_id and credit.line_no in standing:
            revenue[credit.driven_location_id] += credit.base_amount
    day = _day(sale, zone)
    return {
        Cell(day, ONLINE, location_id): Delta(driven_orders=sign, driven_revenue=sign * amount)
        for location_id, amount in revenue.items()
    }


def total(parts: Iterable[dict[Cell, Delta]]) -> dict[Cell, Delta]:
    """All deltas of each cell as one."""
    sums: dict[Cell, Delta] = {}
    for part in parts:
        for cell, delta in part.items():
            sums[cell] = sums.get(cell, Delta()) + delta
    return sums


def week(day: date) -> str:
    """The ISO week of a day, such as 2026-W47."""
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02d}"


def _day(sale: Sale, zone: ZoneInfo) -> date:
    return sale.business_time.astimezone(zone).date()
