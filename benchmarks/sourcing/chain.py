"""A chain of stores with hours, limits and stock, and orders that want goods of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random

from services.inventory.sourcing.domain import Line, Order, Place, StockView
from services.inventory.sourcing.domain_hours import Hours, Span
from services.inventory.sourcing.domain_rules import Route, Rule, Sort, Strategy, Then

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LINES = 20
_WEEK = Hours(week=((Span(time(11), time(21), time(17)),),) * 7)


@dataclass(frozen=True, slots=True)
class Chain:
    """Places and what they have of the goods that are asked for."""

    places: tuple[Place, ...]
    stock: StockView


def strategy() -> Strategy:
    """Warehouses whole, stores nearby whole, then split over the fewest stores: nearest first, then the fullest."""
    rules = (
        Rule("warehouses", groups=frozenset({"warehouse"})),
        Rule("nearby", groups=frozenset({"store"}), max_km=80, safety_stock=1, sorts=(Sort.PROXIMITY, Sort.BALANCE)),
        Rule(
            "anywhere",
            groups_excluded=frozenset({"outlet"}),
            sorts=(Sort.PROXIMITY, Sort.CAPACITY, Sort.BALANCE),
            partial=True,
            then=Then.QUEUE,
            queue="unfillable",
        ),
    )
    return Strategy("bench", 1, (Route("standard", rules=rules),))


def chain(random: Random, places: int, has: float, units: int = 4) -> Chain:
    """So many places; each has a good with this probability, up to so many units of it."""
    made = tuple(_place(random, number) for number in range(places))
    stock = {
        f"SKU{number:02d}": {place.location_id: random.randint(1, units) for place in made if random.random() < has}
        for number in range(LINES)
    }
    return Chain(made, stock)


def _place(random: Random, number: int) -> Place:
    warehouse = number % 100 == 0
    outlet = number % 17 == 3
    return Place(
        location_id=f"L{number:04d}",
        kind="WAREHOUSE" if warehouse else "STORE",
        groups=frozenset({"warehouse" if warehouse else "outlet" if outlet else "store"}),
        latitude=22.0 + 3.2 * random.random(),
        longitude=120.1 + 1.8 * random.random(),
        franchise=number % 11 == 5,
        franchise_opt_in=number % 22 == 5,
        daily_limit=None if warehouse else 60,
        taken=random.randint(0, 60),
        paused=number % 41 == 7,
        hours=None if warehouse else _WEEK,
    )


def order(random: Random, number: int) -> Order:
    """Twenty lines of one to three units, somewhere on the island."""
    lines = tuple(
        Line(at + 1, f"SKU{at:02d}", random.choice((1, 1, 1, 2, 3)), value=random.randint(300, 9_000))
        for at in range(LINES)
    )
    return Order(
        f"order-{number:06d}",
        lines,
        NOW - timedelta(minutes=5),
        channel_id="web",
        latitude=22.5 + 2.5 * random.random(),
        longitude=120.3 + 1.3 * random.random(),
    )
