"""What stands for an order's lines and where, and what of it nobody will hand over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.inventory.stock.domain import NOWHERE, Place

# line, SKU, location
Key = tuple[int, str, str]
# by line and SKU: what nobody will hand over, in units of the good and of the line
Ends = dict[tuple[int, str], tuple[int, int]]
# what sourcing gives up has no unit's number yet
GIVEN_UP = -1


@dataclass(frozen=True, slots=True)
class Allocation:
    """Units of one line that stand somewhere until they are handed over.

    Without a quantity the line's confirmation was not heard yet.
    """

    order_id: str
    line_no: int
    sku: str
    location_id: str
    quantity: int | None = None
    handed_over: int = 0
    cancelled: bool = False
    pool_id: str = ""
    kit_sku: str = ""
    # units that this location was told to serve
    routed: int = 0
    # locations that refused it
    excluded: tuple[str, ...] = ()
    # units that nobody will hand over
    ended: int = 0

    @property
    def place(self) -> Place:
        return (self.sku, self.location_id)

    @property
    def key(self) -> Key:
        return (self.line_no, self.sku, self.location_id)

    @property
    def open(self) -> int:
        """What is committed for it."""
        return 0 if self.cancelled else max(0, (self.quantity or 0) - self.ended - self.handed_over)


@dataclass(frozen=True, slots=True)
class Ended:
    """Units of one line that nobody will hand over; `units` in the line's own, which may be a kit."""

    line_no: int
    sku: str
    first: int
    quantity: int
    units: int


def over(parts: Mapping[Key, Allocation], ends: Ends) -> dict[Key, Allocation]:
    """Ends units where they ended before, else where no place was told to send them, else at the last place told."""
    found = dict(parts)
    for (line_no, sku), (quantity, _) in sorted(ends.items()):
        mine = [one for one in parts.values() if one.key[:2] == (line_no, sku)]
        found |= {one.key: replace(one, ended=units) for one, units in _spread(mine, quantity)}
    return found


def _spread(mine: Sequence[Allocation], left: int) -> list[tuple[Allocation, int]]:
    turn = sorted(mine, key=lambda one: (one.location_id == NOWHERE, one.location_id), reverse=True)
    ended = dict.fromkeys((one.key for one in turn), 0)
    for room in (_was_over, _undecided, _all):
        for one in turn:
            ended[one.key] += max(0, min(left - sum(ended.values()), room(one) - ended[one.key]))
    return [(one, ended[one.key]) for one in turn]


def _all(one: Allocation) -> int:
    """What was not handed over."""
    return max(0, (one.quantity or 0) - one.handed_over)


def _was_over(one: Allocation) -> int:
    return min(one.ended, _all(one))


def _undecided(one: Allocation) -> int:
    """What no place was told to send."""
    bare = not one.pool_id and one.location_id != NOWHERE
    return 0 if bare else max(0, (one.quantity or 0) - max(one.routed, one.handed_over))
