"""Promises with every level of their SKUs in view: what may stand elsewhere is moved away for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.inventory.promises.domain import Age, Board, Part
from services.inventory.promises.domain_flow import Choice
from services.inventory.stock.domain import NOWHERE, Change, Hold, Line, OutOfStock, Place, add
from services.inventory.stock.domain_commands import Ask
from services.inventory.stock.domain_limits import Limits
from services.inventory.stock.domain_trial import Trial, lacking

# whose it is (an id and a line), the SKU, where it stands
Key = tuple[str, int, str, str]


@dataclass(frozen=True, slots=True)
class Open:
    """Units that were promised from a pool and stand somewhere, not bound to it."""

    # HOLD or ORDER
    kind: str
    id: str
    line_no: int
    sku: str
    location_id: str
    quantity: int
    pool_id: str
    kit_sku: str = ""
    expire_time: datetime | None = None
    # locations that refused it
    excluded: tuple[str, ...] = ()
    promise_time: datetime | None = None
    order_id: str = ""

    @property
    def key(self) -> Key:
        return (self.id, self.line_no, self.sku, self.location_id)

    @property
    def place(self) -> Place:
        return (self.sku, self.location_id)

    @property
    def age(self) -> Age:
        return (self.promise_time.timestamp() if self.promise_time else 0.0, self.id)


@dataclass(slots=True)
class Boards:
    """A board for each SKU; decisions are made on them one after the other."""

    limits: Limits
    boards: dict[str, Board]
    before: dict[Key, Open]
    # what was broken and no location serves yet
    nowhere: dict[Key, Open] = field(default_factory=dict)
    # what came to the pool after the books were read
    joined: list[Open] = field(default_factory=list)
    # of that, by whose it is, what has no place yet; where it was bound, its place will not give it
    refused: dict[tuple[str, int, str], Open] = field(default_factory=dict)
    # what could be had of a SKU for a pool when it was last refused
    _refused: dict[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, limits: Limits, available: Mapping[Place, int], given: Sequence[Open]) -> "Boards":
        """`available` of every place of these SKUs is after all promises."""
        by_sku: dict[str, dict[str, int]] = {}
        for (sku, location_id), units in available.items():
            if location_id != NOWHERE:
                by_sku.setdefault(sku, {})[location_id] = units
        parts: dict[str, list[Part]] = {}
        nowhere = {one.key: one for one in given if one.location_id == NOWHERE}
        for one in given:
            if one.key in nowhere:
                continue
            part = Part((one.id, one.line_no), one.location_id, one.quantity, choice(limits, one), one.age)
            parts.setdefault(one.sku, []).append(part)
        boards = {}
        for sku in by_sku.keys() | parts.keys():
            levels = by_sku.get(sku, {})
            safety = {one: kept for one in levels if (kept := limits.safety(sku, one))}
            boards[sku] = Board.of(levels, parts.get(sku, ()), safety)
        return cls(limits, boards, {one.key: one for one in given}, nowhere)

    def relieve(self) -> None:
        """What facts took is made up for elsewhere before anybody is promised more."""
        for board in self.boards.values():
            for location_id in sorted(one for one, units in board.net.available.items() if units < 0):
                board.relieve(location_id)

    def reserve(self) -> None:
        """Besides, what stands nowhere and could stand again, the oldest first, keeps its room until it is mended.

        It stands under a number that no line has, so that nobody writes it.
        """
        self.relieve()
        for one in sorted(self.nowhere.values(), key=lambda one: (one.age, one.line_no)):
            board, where = self._board(one.sku), choice(self.limits, one)
            if could := board.possible(where, one.quantity):
                board.place((one.id, -one.line_no), could, where, one.age)

    def grant(self, ask: Ask, cart: Hold | None, now: datetime) -> tuple[Line, ...]:
        """The lines with where they stand, all or none, or as much as can be had if that is asked.

        `cart` gives what it has first. A refused ask leaves no trace.
        """
        alone = cart is None and len(ask.lines) == 1 and not ask.lines[0].kits
        if alone:
            self._refuse_again(ask, ask.lines[0])
        skus = _skus(ask, cart)
        boards = {sku: self._board(sku) if alone else self._board(sku).copy() for sku in skus}
        trial = Trial(self.limits, boards, ask, now)
        if cart is not None:
            trial.free(cart)
        try:
            lines = trial.lines()
        except OutOfStock:
            if alone and (line := ask.lines[0]).pool_id:
                self._refused[line.sku, line.pool_id] = trial.possible(line, line.quantity)
            raise
        self.boards.update(trial.boards)
        if cart is not None:
            self.nowhere = {key: one for key, one in self.nowhere.items() if one.id != cart.hold_id}
        for key in [key for key in self._refused if key[0] in skus]:
            del self._refused[key]
        return lines

    def standing(self, hold: Hold) -> Hold:
        """The hold with its pooled lines where they stand now."""
        lines = [line for line in hold.lines if not line.pool_id]
        first = {(line.line_no, line.sku): line for line in hold.lines if line.pool_id}
        for sku in {sku for _, sku in first}:
            for part in self.boards[sku].held_by(hold.hold_id):
                line = first[part.owner[1], sku]
                lines.append(replace(line, location_id=part.location_id, quantity=part.quantity))
        return replace(hold, lines=tuple(sorted(lines, key=lambda one: one.key)))

    def after(self) -> dict[Key, Open]:
        """Where all that was promised before stands now; what ended is left out."""
        known = {(one.id, one.line_no, one.sku): one for one in (*self.before.values(), *self.joined)}
        found = dict(self.nowhere)
        parts = ((sku, part) for sku, board in self.boards.items() for part in board.parts())
        for sku, part in parts:
            one = known.get((*part.owner, sku))
            if one is not None:
                key = (*part.owner, sku, part.location_id)
                had = found[key].quantity if key in found else 0
                found[key] = replace(one, location_id=part.location_id, quantity=had + part.quantity)
        return found

    def lose(self, id_: str, line_no: int, sku: str, units: int) -> Open:
        """Units that the board has broken stand nowhere from now on."""
        key = (id_, line_no, sku)
        every = (*self.nowhere.values(), *reversed(self.joined), *self.before.values())
        return self.wait(replace(next(one for one in every if one.key[:3] == key), quantity=units))

    def wait(self, one: Open) -> Open:
        """Units stand nowhere from now on; gives all of the line that do."""
        one = replace(one, location_id=NOWHERE)
        known = self.nowhere.get(one.key)
        self.nowhere[one.key] = replace(one, quantity=one.quantity + (known.quantity if known else 0))
        return self.nowhere[one.key]

    def refuse(self, one: Open) -> None:
        """Units that will not be had where they were bound become the pool's again, and have no place yet."""
        key = one.key[:3]
        had = self.refused.get(key)
        self.refused[key] = replace(one, quantity=one.quantity + (had.quantity if had else 0))
        self.joined.append(one)
        if waiting := self.nowhere.get((*key, NOWHERE)):
            self.nowhere[waiting.key] = replace(waiting, excluded=one.excluded)

    def where(self, one: Open) -> Choice:
        """Where units that have no place may stand."""
        return choice(self.limits, replace(one, location_id=NOWHERE))

    def regain(self, one: Open) -> list[Part]:
        """Has as much as can be of what stood nowhere stand again: where, and how much."""
        board, where = self._board(one.sku), choice(self.limits, one)
        could = board.possible(where, one.quantity)
        if not could:
            return []
        del self.nowhere[one.key]
        if could < one.quantity:
            self.nowhere[one.key] = replace(one, quantity=one.quantity - could)
        return board.place((one.id, one.line_no), could, where, one.age)

    def count(self, changes: dict[Place, Change], after: Mapping[Key, Open]) -> None:
        """Adds what levels gain and lose because promises stand elsewhere now, or ended."""
        for sign, known in ((-1, self.before), (1, after)):
            for key, one in known.items():
                if after.get(key) != self.before.get(key):
                    units = sign * one.quantity
                    add(changes, one.place, Change(held=units) if one.kind == "HOLD" else Change(committed=units))

    def _board(self, sku: str) -> Board:
        if sku not in self.boards:
            self.boards[sku] = Board.of({}, ())
        return self.boards[sku]

    def _refuse_again(self, ask: Ask, line: Line) -> None:
        """A flash sale's losers are many, and nothing has changed between them."""
        known = None if ask.partial else self._refused.get((line.sku, line.pool_id))
        if known is not None and known < line.quantity:
            raise lacking(line, known)


def choice(limits: Limits, one: Open) -> Choice:
    """Where it may stand; the parts of a kit stand together, and nobody is worth tearing it apart for."""
    if one.kit_sku and one.location_id != NOWHERE:
        return (one.location_id,)
    return tuple(place for place in limits.pool(one.pool_id, one.sku) if place not in one.excluded)


def _skus(ask: Ask, cart: Hold | None) -> set[str]:
    return {line.sku for line in (*ask.lines, *(cart.lines if cart else ()))}
