"""Keeps every accepted promise of one SKU assigned to real locations, and says what more can be promised.

A promise that may be met from any location of a pool is *open*: it stands at some of them, and may be moved as long as
everybody stays served. What can still be promised is then the maximum flow from demands to locations, with the kept
assignment as the flow to start from (see `domain_flow`). Quantities are base units of the SKU.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.inventory.promises.domain_flow import Choice, Hop, Network, trace

# whose it is: an id and a line
Owner = tuple[str, int]
# the greater, the younger: when it was promised, and what orders promises of the same moment
Age = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Part:
    """Units of an open promise that stand at a location."""

    owner: Owner
    location_id: str
    quantity: int
    choice: Choice
    age: Age = (0.0, "")


@dataclass(frozen=True, slots=True)
class Move:
    """Units of an open promise that stand somewhere else from now on; nowhere (""), when the promise is broken."""

    owner: Owner
    quantity: int
    source: str
    target: str


@dataclass(slots=True)
class Board:
    """One SKU's locations and open promises, on which decisions are made one after the other.

    A refused one leaves no trace. `moves` tells, in order, what the others
    did to promises made before.
    """

    net: Network
    moves: list[Move] = field(default_factory=list)
    _parts: dict[tuple[Choice, str], dict[Owner, Part]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, available: Mapping[str, int], parts: Iterable[Part], safety: Mapping[str, int] | None = None
    ) -> "Board":
        """The board as the books have it: `available` is after all promises, those of `parts` too.

        Open promises leave `safety` units alone at a location.
        """
        board = cls(Network(dict(available), safety or {}))
        for part in parts:
            board._stand(part)
        return board

    def place(self, owner: Owner, quantity: int, choice: Choice, age: Age = (0.0, ""), spare: int = 0) -> list[Part]:
        """Accepts an open promise and says where it stands; nothing if it does not fit.

        `spare` units must be possible beyond it: the threshold of a channel.
        """
        hops: list[Hop] = []
        landed = self.net.flow(choice, quantity, hops)
        fits = sum(landed.values()) == quantity and self.possible(choice, spare) == spare
        if not fits:
            self.net.undo(landed, hops)
            return []
        self._settle(hops)
        parts = [Part(owner, location_id, units, choice, age) for location_id, units in landed.items()]
        for part in parts:
            self._stand(part)
        return parts

    def possible(self, choice: Choice, most: int, spare: int = 0) -> int:
        """How much of `most` could be promised to this choice now, with `spare` left over."""
        hops: list[Hop] = []
        landed = self.net.flow(choice, most + spare, hops)
        self.net.undo(landed, hops)
        return max(0, sum(landed.values()) - spare)

    def pin(self, location_id: str, quantity: int, keep: int = 0) -> bool:
        """Takes units of this very location, all but `keep`, moving open promises away where need be.

        False, and nothing changed, if even that does not give enough.
        """
        free = max(0, min(quantity, self.net.available[location_id] - keep))
        hops: list[Hop] = []
        left, made = quantity - free, dict[str, int]()
        while left and (found := self.net.push([location_id], left, hops)):
            left -= found[1]
            made[location_id] = made.get(location_id, 0) + found[1]
        if left:
            self.net.undo(made, hops)
            return False
        self.net.available[location_id] -= free
        self._settle(hops)
        return True

    def pinnable(self, location_id: str, most: int, keep: int = 0) -> int:
        """How much of `most` could be pinned here now."""
        free = max(0, min(most, self.net.available[location_id] - keep))
        hops: list[Hop] = []
        made: dict[str, int] = {location_id: 0}
        while free + made[location_id] < most:
            found = self.net.push([location_id], most - free - made[location_id], hops)
            if found is None:
                break
            made[location_id] += found[1]
        self.net.undo(made, hops)
        return free + made[location_id]

    def remove(self, parts: Iterable[Part]) -> None:
        """Ends promises, or units of them: what they stood on is available again."""
        for part in parts:
            self.net.add(part.choice, part.location_id, -part.quantity)
            self._unlist(part)
            self.net.available[part.location_id] += part.quantity

    def stand(self, part: Part) -> None:
        """Books a promise at a location, whatever it has."""
        self._stand(part)
        self.net.available[part.location_id] -= part.quantity

    def relieve(self, location_id: str) -> bool:
        """Moves open promises away from a location that has less than it promised; False if it still has less."""
        while (missing := -self.net.available[location_id]) > 0:
            hops: list[Hop] = []
            found = self.net.push([location_id], missing, hops)
            found = found or self.net.push([location_id], missing, hops, last=True)
            if found is None:
                return False
            self.net.available[location_id] += found[1]
            self._settle(hops)
        return True

    def repair(self, location_id: str, beyond: int = 0) -> None:
        """Moves open promises away from a location that has less than it promised; what nobody can take is broken.

        What is missing stays so up to `beyond`: it may be promised although it is not there.

        Of the promises whose end would help, the youngest loses. If only
        pinned ones stand here, the location stays short.
        """
        while not self.relieve(location_id):
            missing = -self.net.available[location_id] - beyond
            if missing <= 0 or not self._break_youngest(location_id, missing):
                return

    def rescue(self, owner: Owner, quantity: int, choice: Choice, age: Age = (0.0, "")) -> None:
        """Has a promise that lost its place stand in its choice; if others are in its way, the youngest loses.

        That may be itself: then `moves` says so with no place ("") that it left.
        """
        if could := self.possible(choice, quantity):
            self.place(owner, could, choice, age)
        if could < quantity:
            # as if facts had taken all that was where it stands
            self.net.available[""] = 0
            self.stand(Part(owner, "", quantity - could, choice, age))
            self.repair("")
            del self.net.available[""]

    def parts(self) -> list[Part]:
        """Every open promise as it stands, in the order of owners."""
        every = (part for some in self._parts.values() for part in some.values())
        return sorted(every, key=lambda one: (one.owner, one.location_id))

    def held_by(self, owner_id: str) -> list[Part]:
        """Where the promises of one hold or order stand."""
        every = (part for some in self._parts.values() for part in some.values() if part.owner[0] == owner_id)
        return sorted(every, key=lambda one: (one.owner, one.location_id))

    def copy(self) -> "Board":
        """Another board that stands the same."""
        standing = {place: dict(groups) for place, groups in self.net.standing.items()}
        net = Network(dict(self.net.available), self.net.safety, standing)
        return Board(net, list(self.moves), {key: dict(some) for key, some in self._parts.items()})

    def _break_youngest(self, location_id: str, missing: int) -> bool:
        """Ends units of the youngest promise whose room can be passed on to where it is missing."""
        came = self.net.reach(location_id)
        reached = [part for key, some in self._parts.items() if key[1] in came for part in some.values()]
        if not reached:
            return False
        # of its units those that stand here: then nobody else need move
        loser = max(reached, key=lambda one: (one.age, one.owner, one.location_id == location_id))
        steps = trace(came, loser.location_id)
        units = min(missing, loser.quantity, self.net.bottleneck(steps))
        self.remove([replace(loser, quantity=units)])
        self.moves.append(Move(loser.owner, units, loser.location_id, ""))
        hops = [Hop(choice, source, target, units) for choice, source, target in steps]
        for hop in hops:
            self.net.hop(hop)
        self._settle(hops)
        self.net.available[loser.location_id] -= units
        self.net.available[location_id] += units
        return True

    def _settle(self, hops: Sequence[Hop]) -> None:
        """Says of the units that groups moved whose they are: whole parts first, so that few are split."""
        for hop in hops:
            left = hop.quantity
            while left:
                part = _pick(self._parts[hop.choice, hop.source].values(), left)
                units = min(left, part.quantity)
                self._unlist(replace(part, quantity=units))
                self._list(replace(part, quantity=units, location_id=hop.target))
                self.moves.append(Move(part.owner, units, hop.source, hop.target))
                left -= units

    def _stand(self, part: Part) -> None:
        self._list(part)
        self.net.add(part.choice, part.location_id, part.quantity)

    def _list(self, part: Part) -> None:
        here = self._parts.setdefault((part.choice, part.location_id), {})
        known = here.get(part.owner)
        here[part.owner] = replace(known, quantity=known.quantity + part.quantity) if known else part

    def _unlist(self, part: Part) -> None:
        here = self._parts[part.choice, part.location_id]
        known = here.pop(part.owner)
        if known.quantity > part.quantity:
            here[part.owner] = replace(known, quantity=known.quantity - part.quantity)


def _pick(parts: Iterable[Part], wanted: int) -> Part:
    """The part to move: the largest that goes whole, else the youngest is split."""
    every = list(parts)
    whole = [part for part in every if part.quantity <= wanted]
    if whole:
        return max(whole, key=lambda one: (one.quantity, one.owner))
    return max(every, key=lambda one: (one.age, one.owner))
