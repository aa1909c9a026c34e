"""What a batch of commands may look at, and what it will write."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.inventory.stock.domain import Demand, Hold, Level, Place, Who
from services.inventory.stock.domain_boards import Boards
from services.inventory.stock.domain_limits import NONE, Limits


@dataclass(slots=True)
class Books:
    """What the batch may look at, locked; it is written on while the batch is decided."""

    levels: dict[Place, Level]
    holds: dict[str, Hold]
    # of the places without a level: whether the SKU is known
    skus: Mapping[str, bool]
    # open for promises, or closed; missing where there is no such location
    doors: dict[str, bool]
    now: datetime
    delta: Counter[Place] = field(default_factory=Counter)
    # whether holds are told at all; unseen, none of the batch's own is known and no cart's time has passed
    seen: bool = True
    made: dict[str, Hold] = field(default_factory=dict)
    ended: dict[str, tuple[Hold, Who | None]] = field(default_factory=dict)
    moved: dict[str, Hold] = field(default_factory=dict)
    limits: Limits = NONE
    # what is said of how long carts hold
    lives: Limits = NONE
    # those of the asked pools that exist
    channels: frozenset[str] = frozenset()
    # SKUs of which facts took what was promised, until that is made up for: room elsewhere is not free
    mending: frozenset[str] = frozenset()
    # of every SKU that is asked for, with all its levels locked; without them promises are granted from what is free
    boards: Boards | None = None

    def afresh(self, holds: Mapping[str, Hold]) -> "Books":
        """The same with what is known of holds; nothing is decided yet."""
        return replace(self, holds=dict(holds), delta=Counter(), seen=True, made={}, ended={}, moved={})

    def free(self, place: Place) -> int:
        """What can still be promised here, with all that the batch decided so far."""
        level = self.levels.get(place)
        return (level.available if level else 0) - self.delta[place]

    def counted(self, hold: Hold) -> Hold:
        """The hold with the lines that `delta` counts: what stands on boards is counted there, where it ends up."""
        if self.boards is None:
            return hold
        return replace(hold, lines=tuple(line for line in hold.lines if not line.pool_id))

    def opened(self) -> set[str]:
        """SKUs of which the batch itself promised something that may stand elsewhere, and wrote nothing yet."""
        return {line.sku for hold in self.made.values() for line in hold.lines if line.active and line.pool_id}

    def swapped(self, written: Container[Place]) -> list[Level]:
        """Levels that are short and were not written: who is promised what there may be others now."""
        return [one for place, one in self.levels.items() if one.available < 0 and place not in written]

    def settle(self) -> None:
        """Says of the holds made where they stand in the end: later ones of the batch may have moved them."""
        if self.boards is None:
            return
        for hold in [one for one in self.made.values() if any(line.active and line.pool_id for line in one.lines)]:
            stands = self.boards.standing(hold)
            self.made[hold.hold_id] = stands
            for line in stands.lines:
                if line.pool_id:
                    self.delta[line.place] += line.quantity


def demands(holds: Iterable[Hold], at: datetime) -> list[Demand]:
    """Who holds goods, and of what."""
    return [
        Demand(line.sku, line.location_id, line.quantity, hold.order_id or hold.hold_id, line.line_no, at)
        for hold in holds
        for line in hold.lines
        if line.active
    ]


def likely(limits: Limits, pool_id: str, sku: str, units: int, there: Mapping[str, int]) -> list[str]:
    """The places of a pool that will do for so many units, as far as one can see: one if it has them all."""
    wanted = units + limits.threshold(pool_id, sku)
    rooms = {one: there.get(one, 0) - limits.safety(sku, one) for one in limits.pool(pool_id, sku)}
    if not limits.threshold(pool_id, sku) and (whole := next((one for one in rooms if rooms[one] >= wanted), None)):
        return [whole]
    found = []
    for location_id, room in rooms.items():
        if room > 0 and wanted > 0:
            found.append(location_id)
            wanted -= room
    return found
