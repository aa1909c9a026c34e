"""Promises of one stock, against a library's maximum flow: whatever is decided, and whatever happens in between."""

from collections import Counter
from dataclasses import dataclass, field

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.promises.domain import Age, Board, Part
from services.inventory.promises.domain_flow import Choice, Network

LOCATIONS = ["A", "B", "C", "D"]
POOLS: list[Choice] = [("A", "B"), ("B",), ("B", "C"), ("D", "C", "A"), ("A", "B", "C", "D")]

_few = st.integers(1, 6)
_places = st.sampled_from(LOCATIONS)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("place"), st.sampled_from(POOLS), _few, st.integers(0, 3)),
        st.tuples(st.just("pin"), _places, _few, st.integers(0, 2)),
        st.tuples(st.just("end"), st.integers(0, 30), st.just(0), st.just(0)),
        st.tuples(st.just("fact"), _places, st.integers(-6, 4), st.just(0)),
    ),
    max_size=25,
)
STOCK = st.fixed_dictionaries({one: st.integers(0, 8) for one in LOCATIONS})
SAFETY = st.fixed_dictionaries({one: st.integers(0, 2) for one in LOCATIONS})


@dataclass
class World:
    """What is physically there and not pinned, and who was promised how much of which pool."""

    there: Counter[str]
    safety: dict[str, int]
    promised: dict[int, tuple[Choice, int]] = field(default_factory=dict)

    def feasible(self, board: Board, *extra: tuple[Choice, int]) -> bool:
        """Whether everybody, and these too, can be served at once; by a library, from nothing."""
        demands = [*self.promised.values(), *extra]
        standing = Counter[str]()
        for part in board.parts():
            standing[part.location_id] += part.quantity
        # what stands may stay although it eats into the safety stock
        ceiling = {one: max(self.there[one] - self.safety[one], standing[one]) for one in LOCATIONS}
        return most(demands, ceiling) == sum(quantity for _, quantity in demands)


def most(demands: list[tuple[Choice, int]], ceiling: dict[str, int]) -> int:
    """The maximum flow from demands to locations."""
    graph: nx.DiGraph[object] = nx.DiGraph()
    graph.add_nodes_from(["from", "to"])
    for number, (choice, quantity) in enumerate(demands):
        graph.add_edge("from", number, capacity=quantity)
        for location_id in choice:
            graph.add_edge(number, f"at {location_id}", capacity=quantity)
    for location_id, room in ceiling.items():
        graph.add_edge(f"at {location_id}", "to", capacity=max(0, room))
    value, _ = nx.maximum_flow(graph, "from", "to")
    return int(value)


Step = tuple[str, object, int, int]


def play(board: Board, world: World, steps: list[Step]) -> None:
    """Decides step by step as the service does, and looks after each whether it was right."""
    for number, (verb, what, quantity, other) in enumerate(steps):
        match verb, what:
            case "place", tuple(choice):
                wanted = world.feasible(board, (choice, quantity + other))
                got = board.place((str(number), 1), quantity, choice, _age(number), spare=other)
                assert bool(got) == wanted, f"step {number}: a request is accepted exactly if it is feasible"
                if got:
                    world.promised[number] = (choice, quantity)
            case "pin", str(location_id):
                before = Counter({location_id: quantity})
                _check_pin(board, world, location_id, quantity, other, before)
            case "end", int(chosen) if world.promised:
                owner = sorted(world.promised)[chosen % len(world.promised)]
                board.remove([part for part in board.parts() if part.owner == (str(owner), 1)])
                del world.promised[owner]
            case "fact", str(location_id):
                _happen(board, world, location_id, quantity)
        check(board, world)


def _age(number: int) -> Age:
    return (float(number), str(number))


def _check_pin(board: Board, world: World, location_id: str, quantity: int, keep: int, taken: Counter[str]) -> None:
    could = board.pinnable(location_id, quantity, keep)
    pinned = board.pin(location_id, quantity, keep)
    assert pinned == (could == quantity)
    if not keep and not any(world.safety.values()):
        after = World(world.there - taken, world.safety, world.promised)
        enough = world.there[location_id] >= quantity
        assert pinned == (enough and most(list(world.promised.values()), dict(after.there)) == _total(world))
    if pinned:
        world.there.subtract(taken)


def _total(world: World) -> int:
    return sum(quantity for _, quantity in world.promised.values())


def _happen(board: Board, world: World, location_id: str, change: int) -> None:
    """A sale that was told later, a count, damage, goods that came in."""
    world.there[location_id] += change
    board.net.available[location_id] += change
    if change >= 0:
        return
    served = most(list(world.promised.values()), dict(world.there))
    seen = len(board.moves)
    board.repair(location_id)
    broken = [move for move in board.moves[seen:] if not move.target]
    assert sum(move.quantity for move in broken) == _total(world) - served, "as few units as can be are broken"
    for move in broken:
        owner = int(move.owner[0])
        choice, quantity = world.promised.pop(owner)
        if quantity > move.quantity:
            world.promised[owner] = (choice, quantity - move.quantity)


def check(board: Board, world: World) -> None:
    """Every promise stands, whole, at locations that it may stand at, and nothing is promised twice."""
    standing, kept = Counter[str](), Counter[int]()
    for part in board.parts():
        assert part.quantity > 0
        assert part.location_id in part.choice
        standing[part.location_id] += part.quantity
        kept[int(part.owner[0])] += part.quantity
    assert kept == Counter({owner: quantity for owner, (_, quantity) in world.promised.items()})
    for location_id in LOCATIONS:
        assert board.net.available[location_id] == world.there[location_id] - standing[location_id]
        if standing[location_id]:
            assert board.net.available[location_id] >= 0, "an open promise stands where there is nothing for it"


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


def test_a_part_says_whose_it_is() -> None:
    part = Part(("o1", 1), "A", 2, ("A", "B"))
    assert Board.of({"A": 0, "B": 0}, [part]).parts() == [part]
