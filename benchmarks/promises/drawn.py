"""Locations, pools and open promises of one SKU, drawn with a fixed seed: nearly all is promised, and it is known."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from services.inventory.promises.domain import Board
from services.inventory.promises.domain_flow import Choice

# one location in so many of all is in a pool; two are in half of them each
_ONE_IN = (1, 2, 2, 3, 5, 10, 30, 100)
# units that nobody was promised, for so many promises
_LEFT_FOR = 100


@dataclass(frozen=True, slots=True)
class Case:
    """A board on which exactly so many promises stand, and exactly so many units are left."""

    stock: Counter[str]
    pools: tuple[Choice, ...]
    board: Board
    promises: int
    left: int
    # draws that did not fit on the way
    refused: int


def case(locations: int, promises: int) -> Case:
    """Places promises until so many stand: who does not fit in his pool draws another one."""
    random = Random(7)
    names = [f"L{number:04}" for number in range(locations)]
    pools = tuple(tuple(random.sample(names, max(2, locations // one))) for one in _ONE_IN)
    wanted = [random.randint(1, 2) for _ in range(promises)]
    left, refused = promises // _LEFT_FOR, 0
    stock = Counter(dict.fromkeys(names, 0))
    stock.update(random.choices(names, k=sum(wanted) + left))
    board = Board.of(stock, [])
    for number, units in enumerate(wanted):
        # one pool has every location, so that it ends
        while not board.place((f"o{number}", 1), units, random.choice(pools), (float(number), "")):
            refused += 1
    _check(board, stock, wanted, left)
    return Case(stock, pools, board, promises, left, refused)


def _check(board: Board, stock: Counter[str], wanted: list[int], left: int) -> None:
    parts = board.parts()
    standing, owed = Counter[str](), Counter[str]()
    for part in parts:
        standing[part.location_id] += part.quantity
        owed[part.owner[0]] += part.quantity
    assert owed == {f"o{number}": units for number, units in enumerate(wanted)}, "not every promise stands whole"
    assert all(board.net.available[one] == stock[one] - standing[one] >= 0 for one in stock), "the books do not add up"
    assert sum(board.net.available.values()) == left, "another number of units is left"
