"""Random pools, places, facts and interleavings in the real service, against a library's maximum flow; and bugs."""

import inspect
import random
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.promises import domain, domain_flow, domain_mend
from services.inventory.stock import domain_boards, ledger
from tests.service.inventory.conftest import Inventory
from tests.service.inventory.promises_oracle import PLACES
from tests.service.inventory.promises_rig import POOLS, World
from tests.service.inventory.test_promises import brand

_sku = st.integers(0, 1)
_few = st.integers(1, 3)
_which = st.integers(0, 9)
_place = st.sampled_from(PLACES)
# of the second SKU, in the same ask
_other = st.sampled_from([0, 0, 1, 2])
_pooled = st.tuples(st.just("pool"), _sku, st.sampled_from(sorted(POOLS)), _few, _other)
_first = st.lists(_pooled, min_size=2, max_size=4).map(lambda asks: ("together", *asks))
_asks = st.lists(
    st.one_of(
        _pooled,
        _pooled,
        st.tuples(st.just("pin"), _sku, _place, _few, _other),
        st.tuples(st.just("transfer"), _sku, _place, _few, _other),
        st.tuples(st.just("release"), _which),
    ),
    min_size=1,
    max_size=4,
).map(lambda asks: ("together", *asks))
_steps = st.lists(
    st.one_of(
        _asks,
        _asks,
        st.tuples(st.just("confirm"), _which),
        st.tuples(st.just("confirm"), _which),
        st.tuples(st.just("assign"), _which, _place, _few),
        st.tuples(st.just("reject"), _which),
        st.tuples(st.just("cancel"), _which),
        st.tuples(st.just("call_off"), _which),
        st.tuples(st.sampled_from(["sell", "damage", "receive"]), _sku, _place, _few),
        st.tuples(st.just("sell"), _sku, _place, _few),
        st.tuples(st.just("count"), _sku, _place, st.integers(0, 4)),
        st.tuples(st.just("mend")),
    ),
    min_size=1,
    max_size=9,
)
# goods that nobody was promised are broken by nothing
STEPS = st.tuples(_first, _first, _steps).map(lambda given: [*given[:2], *given[2]])
_stock = st.fixed_dictionaries({one: st.integers(0, 3) for one in PLACES})


async def _ready(inventory: Inventory) -> None:
    async with inventory.db.read() as tx:
        if not await tx.fetchval("SELECT count(*) FROM channels"):
            await brand(inventory, {("ANY", place): 0 for place in PLACES}, **POOLS)


@pytest.mark.usefixtures("proved_at_last")
@given(stock=_stock, other=_stock, steps=STEPS)
async def test_what_is_feasible_is_accepted_and_what_is_accepted_stands(
    inventory: Inventory, stock: dict[str, int], other: dict[str, int], steps: list[tuple[Any, ...]]
) -> None:
    await _ready(inventory)
    await World(inventory, stock, other).play(steps)


# what programs have found: of the first SKU, what is there, and what happens
FOUND: dict[str, tuple[dict[str, int], list[tuple[Any, ...]]]] = {
    "what was promised a moment ago, in the same batch, is moved": (
        {"A": 2, "D": 1},
        [("together", ("pool", 0, "ABCD", 1, 0), ("pin", 0, "A", 2, 0))],
    ),
    "what came back is not promised to others before whoever waits for it has it": (
        {"B": 1},
        [("together", ("pool", 0, "B", 1, 0)), ("sell", 0, "B", 1), ("mend",), ("receive", 0, "B", 1),
         ("together", ("pool", 0, "B", 1, 0))],
    ),
    "nor if it came back in the same batch": (
        {"B": 2},
        [("together", ("pin", 0, "B", 1, 0), ("pool", 0, "B", 1, 0)), ("sell", 0, "B", 1), ("mend",),
         ("together", ("release", 0), ("pool", 0, "B", 1, 0))],
    ),
    "nothing of a line stands where it was refused": (
        {"A": 2, "D": 1},
        [("together", ("pool", 0, "ACD", 2, 0)), ("confirm", 0), ("assign", 0, "A", 1), ("reject", 0),
         ("assign", 0, "D", 1), ("reject", 0), ("receive", 0, "A", 1), ("mend",)],
    ),
    "what refused it first is not forgotten when another place refuses it": (
        {"A": 1},
        [("together", ("pool", 0, "ACD", 1, 0)), ("confirm", 0), ("assign", 0, "A", 1), ("reject", 0),
         ("receive", 0, "D", 1), ("assign", 0, "D", 1), ("reject", 0), ("mend",)],
    ),
    "whoever was promised first has it, though a place refused it": (
        {"A": 1, "B": 1},
        [("together", ("pool", 0, "AB", 1, 0)), ("confirm", 0), ("assign", 0, "A", 1),
         ("together", ("pool", 0, "B", 1, 0)), ("reject", 0), ("mend",)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("found", FOUND)
async def test_what_was_found_once_stays_mended(inventory: Inventory, found: str) -> None:
    await _ready(inventory)
    stock, steps = FOUND[found]
    await World(inventory, stock, {}).play(steps)


async def _nothing(*_: object) -> None: ...


def _with(known: Callable[..., Any], old: str, new: str) -> Callable[..., Any]:
    """A function of the product, as it would be with a bug in it."""
    source = textwrap.dedent(inspect.getsource(known))
    assert source.count(old) == 1
    made: dict[str, Any] = {}
    exec(source.replace(old, new), vars(inspect.getmodule(known)), made)
    return made[known.__name__]  # type: ignore[no-any-return]


_youngest, _rescue, _choice = domain.Board._break_youngest, domain.Board.rescue, domain_boards.choice
BUGS: dict[str, tuple[Any, str, Any]] = {
    "nobody is moved, as by those who add up pools": (domain_flow.Network, "push", lambda *_, **__: None),
    "the oldest loses": (domain.Board, "_break_youngest", _with(_youngest, "max(reached", "min(reached")),
    "facts are not mended": (domain_mend, "mend", lambda *_: domain_mend.Mended([], [], {})),
    "nobody hears of facts": (ledger, "mend", _nothing),
    "what saves another is promised": (domain_boards.Boards, "relieve", lambda _: None),
    "who asked later keeps what a rejected promise needs": (
        domain.Board,
        "rescue",
        _with(_rescue, "quantity - could, choice", "quantity - could, ()"),
    ),
    "who refused it has it again": (domain_boards, "choice", _with(_choice, " if place not in one.excluded", "")),
}


def _program(rng: random.Random) -> list[tuple[Any, ...]]:
    """A program as the strategy makes them, longer and without shrinking."""

    def few() -> int:
        return rng.randint(1, 3)

    def place() -> str:
        return rng.choice(PLACES)

    def together() -> tuple[Any, ...]:
        verbs: list[Any] = [
            *[lambda: ("pool", rng.randrange(2), rng.choice(sorted(POOLS)), few(), rng.choice([0, 1]))] * 4,
            lambda: ("pin", rng.randrange(2), place(), 1, 0),
            lambda: ("transfer", rng.randrange(2), place(), 1, 0),
            lambda: ("release", rng.randrange(9)),
        ]
        return ("together", *(rng.choice(verbs)() for _ in range(rng.randint(1, 4))))

    verbs: list[Any] = [
        *[together] * 3,
        *[lambda: ("confirm", rng.randrange(9))] * 3,
        *[lambda: ("assign", rng.randrange(9), place(), few())] * 2,
        *[lambda: ("reject", rng.randrange(9))] * 2,
        *[lambda: ("sell", rng.randrange(2), place(), few())] * 4,
        lambda: ("mend",),
    ]
    return [*(together() for _ in range(3)), *(rng.choice(verbs)() for _ in range(14))]


@pytest.mark.parametrize("bug", [*BUGS, None])
async def test_a_planted_bug_is_found(inventory: Inventory, monkeypatch: pytest.MonkeyPatch, bug: str | None) -> None:
    await _ready(inventory)
    if bug:
        monkeypatch.setattr(*BUGS[bug])
    rng = random.Random(3)
    found = False
    for _ in range(40 if bug else 5):
        try:
            stock = [{place: rng.randint(0, 3) for place in PLACES} for _ in range(2)]
            await World(inventory, *stock).play(_program(rng))
        except AssertionError:
            found = True
            break
    assert found == (bug is not None)
