"""What facts have done to the promises of a SKU, and how they stand after it."""

from collections import Counter
from dataclasses import dataclass

from services.inventory.promises.domain import Board
from services.inventory.stock.domain_boards import Boards, Open

# whose it is, where it stood or stands, and how much
Told = tuple[Open, str, int]


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of a SKU's promises."""

    # units that lost where they stood
    broken: list[Told]
    # units that stood nowhere and stand again
    regained: list[Told]
    # locations that are still short, and of how much: only what is bound to them stands there
    short: dict[str, int]


def mend(boards: Boards, sku: str) -> Mended:
    """Moves what can be moved, breaks what cannot stand anywhere, and has stand again what can, the oldest first."""
    board = boards.boards.get(sku)
    if board is None:
        return Mended([], [], {})
    lost = broken(boards, sku)
    waiting = sorted(boards.nowhere.values(), key=lambda one: (one.age, one.line_no))
    regained = [
        (one, part.location_id, part.quantity) for one in waiting if one.sku == sku for part in boards.regain(one)
    ]
    left, caps = board.net.available, _caps(boards, sku, board)
    return Mended(lost, regained, {one: -left[one] for one in sorted(left) if left[one] < -caps[one]})


def broken(boards: Boards, sku: str) -> list[Told]:
    """Moves what can be moved, and breaks what cannot stand anywhere: who lost, where, and how much."""
    board = boards.boards[sku]
    caps = _caps(boards, sku, board)
    for location_id in sorted(caps):
        board.repair(location_id, caps[location_id])
    lost: Counter[tuple[str, int, str]] = Counter()
    for move in board.moves:
        if not move.target:
            id_, line_no = move.owner
            # what had no place any more lost it where it was refused
            at = move.source or boards.refused[id_, line_no, sku].location_id
            lost[id_, line_no, at] += move.quantity
    return [(boards.lose(id_, line_no, sku, units), at, units) for (id_, line_no, at), units in sorted(lost.items())]


def _caps(boards: Boards, sku: str, board: Board) -> dict[str, int]:
    """What each location may lack: it is promised although it is not there."""
    return {one: boards.limits.backorder(sku, one) for one in board.net.available}
