"""One stock's promises beside a board: what is there, who was promised what, and a library's maximum flow."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import networkx as nx

from services.inventory.promises.domain import Age, Board
from services.inventory.promises.domain_flow import Choice

LOCATIONS = ["A", "B", "C", "D"]


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
            case "bind" | "refuse", str(location_id) if world.promised:
                (_bind if verb == "bind" else _refuse)(board, world, location_id, quantity, other)
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


def _bind(board: Board, world: World, location_id: str, most_units: int, chosen: int) -> None:
    """Units of a promise get a place of their own: they leave wherever they stand, and nobody loses his for it."""
    owner = sorted(world.promised)[chosen % len(world.promised)]
    choice, had = world.promised[owner]
    left = units = min(most_units, had)
    before = board.copy()
    for part in sorted(board.held_by(str(owner)), key=lambda one: one.location_id != location_id):
        taken = min(left, part.quantity)
        left -= taken
        if taken:
            board.remove([replace(part, quantity=taken)])
    others = {key: one for key, one in world.promised.items() if key != owner} | {owner: (choice, had - units)}
    wanted = [*others.values(), ((location_id,), units)]
    bound = board.pin(location_id, units)
    if not any(world.safety.values()):
        assert bound == (most(wanted, dict(world.there)) == _total(world)), "what can be bound is bound"
    if not bound:
        board.net, board._parts, board.moves = before.net, before._parts, before.moves
        return
    world.there[location_id] -= units
    world.promised = {key: one for key, one in others.items() if one[1]}


def _refuse(board: Board, world: World, location_id: str, _: int, chosen: int) -> None:
    """A place refuses a promise: it counts as having stood, and stands elsewhere in its choice, or somebody loses."""
    owner = sorted(world.promised)[chosen % len(world.promised)]
    choice, had = world.promised[owner]
    shut = tuple(one for one in choice if one != location_id)
    board.remove(board.held_by(str(owner)))
    world.promised[owner] = (shut, had)
    _break(board, world, lambda: board.rescue((str(owner), 1), had, shut, _age(owner)))


def _total(world: World) -> int:
    return sum(quantity for _, quantity in world.promised.values())


def _happen(board: Board, world: World, location_id: str, change: int) -> None:
    """A sale that was told later, a count, damage, goods that came in."""
    world.there[location_id] += change
    board.net.available[location_id] += change
    if change >= 0:
        return
    _break(board, world, lambda: board.repair(location_id))


def _break(board: Board, world: World, mend: Callable[[], None]) -> None:
    """Makes up for a fact, and looks who lost by it."""
    served, expected, seen = most(list(world.promised.values()), dict(world.there)), _lost(world), len(board.moves)
    mend()
    broken = [move for move in board.moves[seen:] if not move.target]
    assert sum(move.quantity for move in broken) == _total(world) - served, "as few units as can be are broken"
    lost = Counter[int]()
    for move in broken:
        lost[int(move.owner[0])] += move.quantity
    assert lost == expected, "of those whose end helps, the youngest loses"
    for owner, units in lost.items():
        choice, quantity = world.promised.pop(owner)
        if quantity > units:
            world.promised[owner] = (choice, quantity - units)


def _lost(world: World) -> Counter[int]:
    """What nobody can keep any more, if the oldest keeps his goods longest; who asked later has the higher number."""
    kept: list[tuple[Choice, int]] = []
    lost, served = Counter[int](), 0
    for owner, (choice, quantity) in sorted(world.promised.items()):
        kept.append((choice, quantity))
        before, served = served, most(kept, dict(world.there))
        lost[owner] = quantity - (served - before)
    return +lost


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
