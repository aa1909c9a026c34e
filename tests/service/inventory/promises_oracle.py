"""What is promised of one SKU as a model knows it, and what a library's maximum flow says must come of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import networkx as nx

PLACES = "ABCD"
# the places that may serve it (none: nobody may), and how many
Demand = tuple[str, int]


@dataclass(slots=True)
class Promise:
    """A line of a hold or of an order."""

    id: str
    line_no: int
    # the places of its pool; empty if it was bound to its place from the beginning
    pool: str
    age: tuple[float, str]
    # units bound to a place: named by the shopper, taken for a transfer, or assigned
    bound: Counter[str] = field(default_factory=Counter)
    # units that may stand at any place of the pool that did not refuse them, and those of them that stand nowhere
    open: int = 0
    nowhere: int = 0
    refused: set[str] = field(default_factory=set)
    confirmed: bool = False
    transfer: str = ""

    @property
    def choice(self) -> str:
        return "".join(one for one in self.pool if one not in self.refused)

    @property
    def units(self) -> int:
        return self.open + self.bound.total()


@dataclass(slots=True)
class Book:
    """What is at the places of a SKU, and what was promised of it."""

    sku: str
    there: Counter[str]
    damaged: Counter[str] = field(default_factory=Counter)
    promises: dict[str, Promise] = field(default_factory=dict)

    def most(self, demands: Iterable[Demand]) -> int:
        """As many units as can be served at once."""
        graph: nx.DiGraph[object] = nx.DiGraph()
        graph.add_nodes_from(["from", "to"])
        for number, (choice, units) in enumerate(demands):
            graph.add_edge("from", number, capacity=units)
            for place in choice:
                graph.add_edge(number, place, capacity=units)
        for place in PLACES:
            graph.add_edge(place, "to", capacity=max(0, self.there[place]))
        return int(nx.maximum_flow(graph, "from", "to")[0])

    def demands(self, *, lost: bool = True) -> list[Demand]:
        """All that was promised; without what stands nowhere, if it is not asked for."""
        found: list[Demand] = [(place, units) for one in self.promises.values() for place, units in one.bound.items()]
        opened = [(one.choice, one.open if lost else one.open - one.nowhere) for one in self.promises.values()]
        return [one for one in [*found, *opened] if one[1]]

    def fits(self, *more: Demand, rest: Sequence[Demand] | None = None) -> bool:
        """Whether these are served beside the rest, and nobody of it for that any less."""
        rest = self.demands() if rest is None else rest
        return self.most([*rest, *more]) == self.most(rest) + sum(units for _, units in more)

    def whole(self) -> bool:
        """Whether all that stands somewhere is there: no fact has broken anything that was not yet mended."""
        standing = self.demands(lost=False)
        return self.most(standing) == sum(units for _, units in standing)

    def pinned_short(self) -> Counter[str]:
        """What is missing of what is bound to its place: nothing that is moved or broken can help it."""
        bound = sum((one.bound for one in self.promises.values()), Counter[str]())
        return Counter({one: bound[one] - max(0, self.there[one]) for one in PLACES if bound[one] > self.there[one]})

    def mended(self, *, regains: bool = True) -> dict[str, int]:
        """How many units of each promise stand nowhere once facts are made up for.

        What is bound is served first; of what stands, the oldest keeps its
        goods longest; what stood nowhere, the oldest first, has what is left,
        if it `regains` anything now.
        """
        every = sorted(self.promises.values(), key=lambda one: (one.age, one.line_no))
        kept: list[Demand] = [(place, units) for one in every for place, units in one.bound.items()]
        served, lost = self.most(kept), {one.id: one.open for one in every}
        for waits in (False, True) if regains else (False,):
            for one in every:
                if units := one.nowhere if waits else one.open - one.nowhere:
                    kept.append((one.choice, units))
                    before, served = served, self.most(kept)
                    lost[one.id] -= served - before
        return lost
