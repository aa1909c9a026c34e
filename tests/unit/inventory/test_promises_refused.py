"""What places will not give any more: of a kit all parts have another place, or none has anybody's goods for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.inventory.promises import domain_refused
from services.inventory.stock.domain import NOWHERE
from services.inventory.stock.domain_boards import Boards, Open
from services.inventory.stock.domain_limits import Plain

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIMITS = Plain({"web": ("A", "B", "C"), "B": ("B",)})


def promise(id_: str, sku: str, place: str, units: int, pool: str = "web", kit: str = "", after: int = 0) -> Open:
    at = NOON + timedelta(minutes=after)
    return Open("ORDER", id_, 1, sku, place, units, pool, kit, promise_time=at, order_id=id_)


def refused(
    levels: dict[tuple[str, str], int], stands: list[Open], *given: Open
) -> tuple[Boards, set[tuple[str, str]]]:
    """The boards after it, and who lost where."""
    boards = Boards.of(LIMITS, levels, stands)
    for one in given:
        boards.refuse(replace(one, excluded=(one.location_id,)))
    told = domain_refused.reassigned(boards)
    return boards, {(one.id, at) for one, at, _ in told}


def standing(boards: Boards, id_: str) -> dict[tuple[str, str], int]:
    return {one.place: one.quantity for one in boards.after().values() if one.id == id_}


def test_a_kit_stands_whole_where_the_youngest_is_in_its_way() -> None:
    """At B there is a coat, and both hats are somebody's who asked later; at C there are hats and no coat."""
    free = {("COAT", "A"): 1, ("HAT", "A"): 2, ("COAT", "B"): 1, ("HAT", "B"): 0, ("HAT", "C"): 2}
    young = promise("young", "HAT", "B", 2, "B", after=1)
    kit = [promise("kit", "COAT", "A", 1, kit="SET"), promise("kit", "HAT", "A", 2, kit="SET")]
    boards, lost = refused(free, [young], *kit)
    assert lost == {("young", "B")}
    assert standing(boards, "kit") == {("COAT", "B"): 1, ("HAT", "B"): 2}
    assert standing(boards, "young") == {("HAT", NOWHERE): 2}


def test_nobody_loses_for_half_a_kit() -> None:
    free = {("COAT", "A"): 1, ("HAT", "A"): 2, ("HAT", "B"): 0, ("HAT", "C"): 1}
    young = promise("young", "HAT", "B", 2, "B", after=1)
    kit = [promise("kit", "COAT", "A", 1, kit="SET"), promise("kit", "HAT", "A", 2, kit="SET")]
    boards, lost = refused(free, [young], *kit)
    assert lost == {("kit", "A")}
    assert standing(boards, "kit") == {("COAT", NOWHERE): 1, ("HAT", NOWHERE): 1, ("HAT", "C"): 1}
    assert standing(boards, "young") == {("HAT", "B"): 2}


def test_a_kit_that_is_the_youngest_loses_itself() -> None:
    free = {("COAT", "B"): 1, ("HAT", "B"): 0}
    old = promise("old", "HAT", "B", 2, "B")
    kit = [promise("kit", "COAT", "A", 1, kit="SET", after=1), promise("kit", "HAT", "A", 2, kit="SET", after=1)]
    boards, lost = refused(free, [old], *kit)
    assert (lost, standing(boards, "old")) == ({("kit", "A")}, {("HAT", "B"): 2})
    assert standing(boards, "kit") == {("COAT", "B"): 1, ("HAT", NOWHERE): 2}


def test_all_that_is_refused_together_is_freed_before_anything_of_it_is_looked_for() -> None:
    """Two orders change places; and of one line that two places refuse, neither has it again."""
    free = {("COAT", "A"): 1, ("COAT", "B"): 1}
    boards, lost = refused(free, [], promise("first", "COAT", "A", 1), promise("second", "COAT", "B", 1, after=1))
    assert (lost, standing(boards, "first"), standing(boards, "second")) == (
        set(),
        {("COAT", "B"): 1},
        {("COAT", "A"): 1},
    )
    both, boards = promise("both", "COAT", "B", 1), Boards.of(LIMITS, free, [])
    for place, shut in (("A", ("A",)), ("B", ("A", "B"))):
        boards.refuse(replace(both, location_id=place, excluded=shut))
    told = domain_refused.reassigned(boards)
    assert [(one.id, at, units) for one, at, units in told] == [("both", "B", 2)]


def test_somebody_who_chose_takes_nobodys_goods() -> None:
    young = promise("young", "COAT", "B", 1, "B", after=1)
    boards = Boards.of(LIMITS, {("COAT", "A"): 1, ("COAT", "B"): 0}, [young])
    boards.refuse(replace(promise("old", "COAT", "A", 1), excluded=("A",)))
    domain_refused.loosened(boards)
    assert (standing(boards, "old"), standing(boards, "young")) == ({("COAT", NOWHERE): 1}, {("COAT", "B"): 1})


def test_what_waited_before_is_not_saved_by_what_a_place_does_not_find() -> None:
    waits = promise("waits", "COAT", NOWHERE, 1)
    boards, lost = refused({("COAT", "A"): 0, ("COAT", "B"): 1}, [waits], promise("new", "COAT", "A", 1, after=1))
    assert (lost, standing(boards, "new"), standing(boards, "waits")) == (
        set(),
        {("COAT", "B"): 1},
        {("COAT", NOWHERE): 1},
    )
