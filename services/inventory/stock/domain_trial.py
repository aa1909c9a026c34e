"""Tries one ask on boards of its own: what is bound to a place first, then what any place of a pool may serve."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.inventory.promises.domain import Board, Part
from services.inventory.promises.domain_flow import Choice
from services.inventory.stock.domain import Hold, Line, OutOfStock
from services.inventory.stock.domain_commands import Ask
from services.inventory.stock.domain_limits import Limits


def lacking(line: Line, could: int) -> OutOfStock:
    if line.pool_id:
        told = f"{line.sku} has {could} left for {line.pool_id}"
        return OutOfStock(told, sku=line.sku, pool_id=line.pool_id, available=could)
    told = f"{line.sku} has {could} left at {line.location_id}"
    return OutOfStock(told, sku=line.sku, location_id=line.location_id, available=could)


@dataclass(slots=True)
class Trial:
    """One ask on boards of its own."""

    limits: Limits
    boards: dict[str, Board]
    ask: Ask
    now: datetime

    def free(self, cart: Hold) -> None:
        """Gives back all that a cart has."""
        for line in cart.lines:
            if line.active and not line.pool_id:
                self.boards[line.sku].net.available[line.location_id] += line.quantity
        for board in self.boards.values():
            board.remove(board.held_by(cart.hold_id))

    def lines(self) -> tuple[Line, ...]:
        """Everything that is asked, or as much of it as there is: what is bound to a place comes first."""
        taken: dict[tuple[str, str, str], int] = {}
        bound: list[Line] = []
        for group in _groups(self.ask.lines):
            if group[0].kits and group[0].pool_id:
                self._kits(group)
                continue
            share = self._share(group)
            for line in group:
                key = (line.sku, line.location_id, line.pool_id)
                wanted = min(share, line.quantity)
                if wanted and not self._take(line, wanted):
                    raise lacking(line, self.possible(line, line.quantity) + taken.get(key, 0))
                taken[key] = taken.get(key, 0) + wanted
                if wanted and not line.pool_id:
                    bound.append(replace(line, quantity=wanted))
        found = [*bound, *self._stood()]
        if not found:
            raise lacking(self.ask.lines[0], 0)
        return tuple(sorted(found, key=lambda one: one.key))

    def possible(self, line: Line, most: int) -> int:
        """How much of it could be had now."""
        board = self.boards[line.sku]
        if not line.pool_id:
            at = line.location_id
            known = board.net.available.setdefault(at, 0)
            return min(most, board.pinnable(at, most) + self._beyond(line, at, known))
        now = board.possible(self.choice(line), most, self.limits.threshold(line.pool_id, line.sku))
        return now + self._later(line, most - now) if now < most else now

    def choice(self, line: Line) -> Choice:
        return self.limits.pool(line.pool_id, line.sku)

    def _share(self, group: Sequence[Line]) -> int:
        """How much of each line is taken at most: of a kit all its parts or none."""
        most = max(line.quantity for line in group)
        if not self.ask.partial:
            return most
        if not group[0].kit_sku:
            return self.possible(group[0], most)
        return most if all(self.possible(line, line.quantity) == line.quantity for line in group) else 0

    def _take(self, line: Line, wanted: int) -> bool:
        return self._pool(line, wanted) if line.pool_id else self._pin(line, wanted)

    def _pin(self, line: Line, wanted: int) -> bool:
        """What is there and what can be moved away first, then what may be promised beyond it."""
        board, at = self.boards[line.sku], line.location_id
        known = board.net.available.setdefault(at, 0)
        there = board.pinnable(at, wanted)
        if wanted - there > self._beyond(line, at, known):
            return False
        board.pin(at, there)
        board.net.available[at] -= wanted - there
        return True

    def _beyond(self, line: Line, location_id: str, available: int) -> int:
        """What may be promised here that is not there."""
        if self.ask.there:
            return 0
        return max(0, self.limits.backorder(line.sku, location_id) + min(0, available))

    def _pool(self, line: Line, wanted: int) -> bool:
        board, pool = self.boards[line.sku], self.choice(line)
        spare = self.limits.threshold(line.pool_id, line.sku)
        there = board.possible(pool, wanted, spare)
        if wanted - there > self._later(line, wanted - there):
            return False
        owner, age = (self.ask.hold_id, line.line_no), (self.now.timestamp(), self.ask.hold_id)
        if there:
            board.place(owner, there, pool, age, spare)
        left = wanted - there
        for location_id in self.limits.soonest(line.sku, pool) if left else ():
            room = min(left, self._beyond(line, location_id, board.net.available.get(location_id, 0)))
            if room and location_id in board.net.available:
                board.stand(Part(owner, location_id, room, pool, age))
                left -= room
        return True

    def _kits(self, group: Sequence[Line]) -> None:
        """All kits of a line, each with all its parts at one place of the pool; in part means none of them."""
        before = {line.sku: self.boards[line.sku].copy() for line in group}
        could, kits = self._stand(group), group[0].kits
        if could == kits and all(self._spared(line) for line in group):
            return
        self.boards.update(before)
        if self.ask.partial:
            return
        alone = [(line, self.possible(line, line.quantity)) for line in group]
        short = next(((line, units) for line, units in alone if units < line.quantity), None)
        # where each part could be had, they cannot be had together
        raise lacking(*(short or (group[0], min(could, kits - 1) * group[0].quantity // kits)))

    def _stand(self, group: Sequence[Line]) -> int:
        """Stands as many kits as can be, at as few places as will do; how many."""
        kits = left = group[0].kits
        rooms = {at: self._rooms(group, at) for at in self._together(group)}
        for at in sorted(rooms, key=lambda one: rooms[one] < kits):
            units = min(left, rooms[at])
            for line in group if units else ():
                self._at(line, at, line.quantity // kits * units)
            left -= units
        return kits - left

    def _together(self, group: Sequence[Line]) -> list[str]:
        """The places that may serve every part, best first."""
        able = [set(self.choice(line)) & self.boards[line.sku].net.available.keys() for line in group]
        return [at for at in self.choice(group[0]) if all(at in those for those in able)]

    def _rooms(self, group: Sequence[Line], at: str) -> int:
        """How many kits a place could hold."""
        kits, found = group[0].kits, []
        for line in group:
            board, each = self.boards[line.sku], line.quantity // kits
            there = board.pinnable(at, line.quantity, self.limits.safety(line.sku, at))
            more = self._beyond(line, at, board.net.available[at]) if there < line.quantity else 0
            found.append(min(line.quantity, there + more) // each)
        return min(found)

    def _at(self, line: Line, at: str, units: int) -> None:
        """Has units stand at a place that is their only choice; others move away for them where need be."""
        board, keep = self.boards[line.sku], self.limits.safety(line.sku, at)
        there = board.pinnable(at, units, keep)
        board.pin(at, there, keep)
        board.net.available[at] += there
        board.stand(Part((self.ask.hold_id, line.line_no), at, units, (at,), (self.now.timestamp(), self.ask.hold_id)))

    def _spared(self, line: Line) -> bool:
        spare = self.limits.threshold(line.pool_id, line.sku)
        return not spare or self.boards[line.sku].possible(self.choice(line), spare) == spare

    def _later(self, line: Line, most: int) -> int:
        """How much of `most` may be promised from this pool that is nowhere yet."""
        known = self.boards[line.sku].net.available
        return min(most, sum(self._beyond(line, one, known[one]) for one in self.choice(line) if one in known))

    def _stood(self) -> list[Line]:
        """The parts of the pooled lines, where later lines left them."""
        asked = {(line.line_no, line.sku): line for line in self.ask.lines if line.pool_id}
        return [
            replace(asked[part.owner[1], sku], location_id=part.location_id, quantity=part.quantity)
            for sku, board in self.boards.items()
            if any(one[1] == sku for one in asked)
            for part in board.held_by(self.ask.hold_id)
        ]


def _groups(lines: Iterable[Line]) -> list[list[Line]]:
    """The lines that only make sense together: the parts of a kit. What is bound to a place comes first."""
    found: dict[tuple[bool, int], list[Line]] = {}
    for line in lines:
        found.setdefault((bool(line.pool_id), line.line_no), []).append(line)
    return [found[key] for key in sorted(found, key=lambda key: key[0])]
