"""What places will not give any more of promises that may stand elsewhere: they do, or the youngest loses."""

from collections.abc import Iterable, Sequence

from services.inventory.promises import domain_mend
from services.inventory.promises.domain import Board, Owner
from services.inventory.promises.domain_mend import Told
from services.inventory.stock.domain_boards import Boards, Open


def loosened(boards: Boards) -> None:
    """On the way to a place that somebody chose it stands where there is room, or nowhere: nobody loses for it."""
    for one in _oldest(boards.refused.values()):
        boards.regain(boards.wait(one))


def reassigned(boards: Boards) -> list[Told]:
    """As after any fact: it counts as having stood, and gives who lost by it, which may be itself.

    What stood nowhere before goes on waiting: what a place does not find
    leaves its books next, and must not have saved anybody meanwhile.
    """
    for line in _lines(boards.refused.values()):
        if not (line[0].kit_sku and _whole(boards, line)):
            for one in line:
                _alone(boards, one)
    skus = sorted({one.sku for one in boards.refused.values()})
    return [told for sku in skus for told in domain_mend.broken(boards, sku)]


def _whole(boards: Boards, parts: Sequence[Open]) -> bool:
    """All parts of a kit stand at one place: where there is room for all, else where it is older than who is there."""
    choices = [boards.where(one) for one in parts]
    places = [place for place in choices[0] if all(place in choice for choice in choices)]
    for place in places:
        if all(boards.boards[one.sku].possible((place,), one.quantity) == one.quantity for one in parts):
            for one in parts:
                boards.boards[one.sku].place(_owner(one), one.quantity, (place,), one.age)
            return True
    for place in places:
        trial = {one.sku: boards.boards[one.sku].copy() for one in parts}
        if all(_stands(trial[one.sku], one, place) for one in parts):
            boards.boards.update(trial)
            return True
    return False


def _stands(board: Board, one: Open, place: str) -> bool:
    """Whether all of it does, others moved away or ended for it."""
    before = len(board.moves)
    board.rescue(_owner(one), one.quantity, (place,), one.age)
    return not any(move.owner == _owner(one) and not move.target for move in board.moves[before:])


def _alone(boards: Boards, one: Open) -> None:
    """Where there is room; beyond that others end for it, but nobody for half a kit."""
    board, where = boards.boards[one.sku], boards.where(one)
    could = board.possible(where, one.quantity) if one.kit_sku else one.quantity
    board.rescue(_owner(one), could, where, one.age)
    board.rescue(_owner(one), one.quantity - could, (), one.age)


def _owner(one: Open) -> Owner:
    return (one.id, one.line_no)


def _oldest(given: Iterable[Open]) -> list[Open]:
    """The oldest first."""
    return sorted(given, key=lambda one: (one.age, one.line_no, one.sku))


def _lines(given: Iterable[Open]) -> list[list[Open]]:
    """By line, the parts of a kit together."""
    found: dict[Owner, list[Open]] = {}
    for one in _oldest(given):
        found.setdefault(_owner(one), []).append(one)
    return list(found.values())
