"""The residual network of one SKU: who stands where, what room is left, and the shortest way to make more.

Open promises with the same locations to choose from are one group, so a search costs locations x groups, however many
promises there are. A further unit can be promised exactly if there is an augmenting path (Ford and Fulkerson 1956);
the shortest is taken (Edmonds and Karp 1972), which here also means that the fewest promises move.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# the locations where a promise may stand, best first
Choice = tuple[str, ...]
# how a search came to a location: from where, and whose units would go on
Came = dict[str, tuple[str, Choice] | None]


@dataclass(frozen=True, slots=True)
class Hop:
    """Units of a group that leave a location for another one."""

    choice: Choice
    source: str
    target: str
    quantity: int


@dataclass(slots=True)
class Network:
    """`available` is what a location has and nobody was promised; negative where facts took what was."""

    available: dict[str, int]
    # units that open promises must leave, by location
    safety: Mapping[str, int] = field(default_factory=dict)
    standing: dict[str, dict[Choice, int]] = field(default_factory=dict)

    def room(self, location_id: str, *, last: bool = False) -> int:
        """What open promises may still take here; `last`, the safety stock too: better that than a broken promise."""
        return self.available[location_id] - (0 if last else self.safety.get(location_id, 0))

    def add(self, choice: Choice, location_id: str, quantity: int) -> None:
        """Units of a group that stand here from now on (or, negative, no longer)."""
        groups = self.standing.setdefault(location_id, {})
        groups[choice] = groups.get(choice, 0) + quantity

    def flow(self, choice: Choice, most: int, hops: list[Hop]) -> dict[str, int]:
        """Takes room for up to `most` further units: units by location; what others moved for it is added to `hops`.

        A location that takes everything comes before those that come earlier and do not: fewer parcels.
        """
        landed: dict[str, int] = {}
        known, left = [one for one in choice if one in self.available], most
        for location_id in sorted(known, key=lambda one: self.room(one) < most):
            if (taken := min(left, self.room(location_id))) > 0:
                self.available[location_id] -= taken
                landed[location_id] = taken
                left -= taken
        while left and (found := self.push(known, left, hops)):
            entry, units = found
            landed[entry] = landed.get(entry, 0) + units
            left -= units
        return landed

    def push(self, entries: Sequence[str], most: int, hops: list[Hop], *, last: bool = False) -> tuple[str, int] | None:
        """Moves units of others along one shortest path away from an entry: which, and how many; None if none can.

        The room that they leave at the entry is the caller's.
        """
        came: Came = dict.fromkeys(entries)
        for here in self._reach(came, entries):
            if came[here] is not None and (room := self.room(here, last=last)) > 0:
                steps = trace(came, here)
                units = min(most, room, self.bottleneck(steps))
                self.available[here] -= units
                for choice, source, target in steps:
                    self.hop(Hop(choice, source, target, units))
                    hops.append(Hop(choice, source, target, units))
                return steps[-1][1], units
        return None

    def reach(self, location_id: str) -> Came:
        """Every location to which units that stand here could be passed on, and the way."""
        came: Came = {location_id: None}
        for _ in self._reach(came, [location_id]):
            pass
        return came

    def bottleneck(self, steps: Iterable[tuple[Choice, str, str]]) -> int:
        """How many units can go all these steps at once; any number if there are none."""
        return min((self.standing[source][choice] for choice, source, _ in steps), default=1 << 62)

    def hop(self, hop: Hop) -> None:
        """Moves units of a group; what is available stays as it is."""
        self.add(hop.choice, hop.source, -hop.quantity)
        self.add(hop.choice, hop.target, hop.quantity)

    def undo(self, landed: Mapping[str, int], hops: Sequence[Hop]) -> None:
        """As if `flow` had not been: every unit goes back the way that it came."""
        for location_id, units in landed.items():
            self.available[location_id] += units
        for hop in reversed(hops):
            self.hop(Hop(hop.choice, hop.target, hop.source, hop.quantity))
            self.available[hop.target] += hop.quantity
            self.available[hop.source] -= hop.quantity

    def _reach(self, came: Came, entries: Sequence[str]) -> Iterable[str]:
        """Breadth first; a group is looked at once, for whoever stands anywhere may stand at all its locations."""
        queue, seen = deque(entries), set[Choice]()
        while queue:
            here = queue.popleft()
            yield here
            for choice, units in self.standing.get(here, {}).items():
                if units and choice not in seen:
                    seen.add(choice)
                    fresh = [one for one in choice if one in self.available and one not in came]
                    came.update(dict.fromkeys(fresh, (here, choice)))
                    queue.extend(fresh)


def trace(came: Came, end: str) -> list[tuple[Choice, str, str]]:
    """The steps (whose, from, to) by which a search came here, the last one first."""
    steps, here = [], end
    while (step := came[here]) is not None:
        steps.append((step[1], step[0], here))
        here = step[0]
    return steps
