"""Promises of one stock, against a library's maximum flow: whatever is decided, and whatever happens in between."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.promises import domain
from services.inventory.promises.domain import Age, Board, Move, Part
from services.inventory.promises.domain_flow import Choice, Network
from tests.properties.promises_world import LOCATIONS, Step, World, play

POOLS: list[Choice] = [("A", "B"), ("B",), ("B", "C"), ("D", "C", "A"), ("A", "B", "C", "D")]

_few = st.integers(1, 6)
_places = st.sampled_from(LOCATIONS)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("place"), st.sampled_from(POOLS), _few, st.integers(0, 3)),
        st.tuples(st.just("pin"), _places, _few, st.integers(0, 2)),
        st.tuples(st.just("end"), st.integers(0, 30), st.just(0), st.just(0)),
        st.tuples(st.just("fact"), _places, st.integers(-6, 4), st.just(0)),
        st.tuples(st.just("bind"), _places, _few, st.integers(0, 30)),
        st.tuples(st.just("refuse"), _places, st.just(0), st.integers(0, 30)),
    ),
    max_size=25,
)
STOCK = st.fixed_dictionaries({one: st.integers(0, 8) for one in LOCATIONS})
SAFETY = st.fixed_dictionaries({one: st.integers(0, 2) for one in LOCATIONS})


@given(STOCK, STEPS)
def test_what_is_feasible_is_accepted_and_what_is_accepted_stays_feasible(
    stock: dict[str, int], steps: list[Step]
) -> None:
    world = World(Counter(stock), dict.fromkeys(LOCATIONS, 0))
    play(Board.of(stock, []), world, steps)


@given(STOCK, SAFETY, STEPS)
def test_safety_stock_is_left_to_those_who_may_take_it(
    stock: dict[str, int], safety: dict[str, int], steps: list[Step]
) -> None:
    decisions = [step for step in steps if step[0] != "fact"]
    play(Board.of(stock, [], safety), World(Counter(stock), safety), decisions)


@given(STOCK, STEPS)
def test_a_board_read_back_from_the_books_could_decide_the_same(stock: dict[str, int], steps: list[Step]) -> None:
    board, world = Board.of(stock, []), World(Counter(stock), dict.fromkeys(LOCATIONS, 0))
    play(board, world, steps)
    again = Board.of(board.net.available, board.parts())
    assert again.parts() == board.parts()
    assert [again.possible(choice, 99) for choice in POOLS] == [board.possible(choice, 99) for choice in POOLS]
    assert [again.pinnable(one, 99) for one in LOCATIONS] == [board.pinnable(one, 99) for one in LOCATIONS]


@given(STOCK, STEPS)
def test_a_refusal_leaves_no_trace(stock: dict[str, int], steps: list[Step]) -> None:
    board, world = Board.of(stock, []), World(Counter(stock), dict.fromkeys(LOCATIONS, 0))
    play(board, world, steps)
    before, available, moves = board.parts(), dict(board.net.available), list(board.moves)
    for choice in POOLS:
        could = board.possible(choice, 1_000)
        assert not board.place(("too much", 1), could + 1, choice)
    for location_id in LOCATIONS:
        assert not board.pin(location_id, board.pinnable(location_id, 1_000) + 1)
    assert (board.parts(), board.net.available, board.moves) == (before, available, moves)


def test_a_bug_in_the_search_is_caught() -> None:
    """The model notices if promises are not moved any more, as in a system that adds up pools (magento #2727)."""

    class Lazy(Network):
        def push(self, *args: object, **kwargs: object) -> None:
            return None

    stock = dict.fromkeys(LOCATIONS, 1)
    steps: list[Step] = [("place", ("A", "B"), 1, 0), ("place", ("A", "C"), 1, 0), ("place", ("C",), 1, 0)]
    play(Board.of(stock, []), World(Counter(stock), dict.fromkeys(LOCATIONS, 0)), steps[:1])
    with pytest.raises(AssertionError, match="accepted exactly if it is feasible"):
        play(Board(Lazy(dict(stock))), World(Counter(stock), dict.fromkeys(LOCATIONS, 0)), steps)


def test_a_bug_in_who_loses_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model notices if not the youngest loses, but the oldest."""
    steps: list[Step] = [("place", ("A", "B"), 1, 0), ("place", ("B", "A"), 1, 0), ("fact", "A", -1, 0)]
    stock = {"A": 1, "B": 1, "C": 0, "D": 0}
    play(Board.of(stock, []), World(Counter(stock), dict.fromkeys(LOCATIONS, 0)), steps)
    monkeypatch.setattr(domain, "max", min, raising=False)
    with pytest.raises(AssertionError, match="the youngest loses"):
        play(Board.of(stock, []), World(Counter(stock), dict.fromkeys(LOCATIONS, 0)), steps)


def test_a_bug_in_what_a_rejection_does_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model notices if whoever was rejected waits, although somebody who asked later has what he needs."""
    steps: list[Step] = [("place", ("A", "B"), 1, 0), ("place", ("B",), 1, 0), ("refuse", "A", 0, 0)]
    stock = {"A": 1, "B": 1, "C": 0, "D": 0}
    play(Board.of(stock, []), World(Counter(stock), dict.fromkeys(LOCATIONS, 0)), steps)

    def lose(board: Board, owner: tuple[str, int], quantity: int, choice: Choice, age: Age) -> None:
        could = board.possible(choice, quantity)
        board.place(owner, could, choice, age)
        board.moves.append(Move(owner, quantity - could, "", ""))

    monkeypatch.setattr(Board, "rescue", lose)
    with pytest.raises(AssertionError, match="the youngest loses"):
        play(Board.of(stock, []), World(Counter(stock), dict.fromkeys(LOCATIONS, 0)), steps)


def test_a_part_says_whose_it_is() -> None:
    part = Part(("o1", 1), "A", 2, ("A", "B"))
    assert Board.of({"A": 0, "B": 0}, [part]).parts() == [part]
