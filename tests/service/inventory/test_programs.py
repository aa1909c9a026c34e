"""Stock against a dictionary, the batch against one statement at a time, and bugs that both must find."""

import random
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.stock import domain, domain_batch, domain_books, domain_orders, store_holds
from services.inventory.stock.domain import Hold, Line, Place
from services.inventory.stock.domain_commands import Ask
from tests.service.inventory.conftest import Inventory, new
from tests.service.inventory.programs import PLACE, PROGRAMS, SKUS, WHO, Run


@pytest.mark.usefixtures("proved_at_last")
@given(program=PROGRAMS)
async def test_stock_is_what_a_dictionary_says(inventory: Inventory, program: list[tuple[Any, ...]]) -> None:
    await Run(inventory).play(program)


def _line_by_line(books: domain_books.Books, ask: Ask, freed: Mapping[Place, int]) -> tuple[Line, ...]:
    """The bug of comparing each line alone with what there is."""
    for line in ask.lines:
        if books.free(line.place) + freed.get(line.place, 0) < line.quantity:
            raise domain.OutOfStock("", sku=line.sku)
    return ask.lines


def _keeps_the_hold(news: domain_orders.News, hold: Hold, cancelled: bool) -> Hold:
    return hold


async def _keeps_lines(*_: object) -> None: ...


BUGS: dict[str, tuple[Any, str, Any]] = {
    "demand of lines not summed": (domain_batch, "_granted", _line_by_line),
    "expired lines never freed": (domain_batch, "free", lambda *_: None),
    "ended holds keep their lines": (store_holds, "end", _keeps_lines),
    "a hold gives back nothing": (domain_batch, "_active", lambda _: Counter[Place]()),
    "confirmed holds stay active": (domain_orders, "_ended", _keeps_the_hold),
    "late movements not undone": (domain, "late", lambda *_: []),
}


def _program(rng: random.Random) -> list[tuple[Any, ...]]:
    """A program as the strategy makes them, longer and without shrinking."""

    def lines() -> tuple[tuple[int, int], ...]:
        return tuple((rng.randrange(SKUS), rng.randint(1, 6)) for _ in range(rng.randint(1, 4)))

    verbs: list[Any] = [
        lambda: ("receive", rng.randrange(SKUS), rng.randint(1, 6)),
        *[lambda: ("hold", lines(), rng.choice([0, 60, 120]), False, rng.choice([None, rng.randrange(9)]))] * 3,
        lambda: ("confirm", rng.randrange(9)),
        lambda: ("release", rng.randrange(9)),
        lambda: ("cancel", rng.randrange(9)),
        *[lambda: ("wait", rng.choice([30, 60]))] * 2,
        lambda: ("sweep",),
        lambda: ("sell", rng.randrange(SKUS), rng.randint(1, 6)),
        lambda: ("sell_late", rng.randrange(SKUS), rng.randint(1, 6)),
        lambda: ("count", rng.randrange(SKUS), rng.randint(0, 12)),
    ]
    return [("receive", sku, 6) for sku in range(SKUS)] + [rng.choice(verbs)() for _ in range(20)]


@pytest.mark.parametrize("bug", [*BUGS, None])
async def test_a_planted_bug_is_found(inventory: Inventory, monkeypatch: pytest.MonkeyPatch, bug: str | None) -> None:
    if bug:
        monkeypatch.setattr(*BUGS[bug])
    rng = random.Random(7)
    found = False
    for _ in range(50):
        try:
            await Run(inventory).play(_program(rng))
        except AssertionError:
            found = True
            break
    assert found == (bug is not None)


_asks = st.lists(
    st.lists(st.tuples(st.integers(0, SKUS - 1), st.integers(1, 5)), min_size=1, max_size=4), min_size=1, max_size=12
)


@pytest.mark.usefixtures("proved_at_last")
@given(stock=st.lists(st.integers(0, 12), min_size=SKUS, max_size=SKUS), asks=_asks)
async def test_the_batch_equals_one_statement_at_a_time(
    inventory: Inventory, stock: list[int], asks: list[list[tuple[int, int]]]
) -> None:
    await _both_ways(inventory, stock, asks)
    await inventory.proving.example()


def _last_first(books: domain_books.Books, commands: Any) -> list[Any]:
    return [domain_batch._one(books, one) for one in reversed(commands)][::-1]


# of the batch, and of the statement
APART: dict[str, tuple[Any, str, Any]] = {
    **{bug: BUGS[bug] for bug in ("demand of lines not summed", "expired lines never freed")},
    "whoever comes last is served first": (domain_batch, "decide", _last_first),
    "the statement takes one too many": (
        store_holds, "_HOLD_ONE", store_holds._HOLD_ONE.replace("l.available", "l.available + 1 AS available", 1)
    ),
}  # fmt: skip


@pytest.mark.parametrize("bug", [*APART, None])
async def test_a_batch_that_differs_is_found(
    inventory: Inventory, monkeypatch: pytest.MonkeyPatch, bug: str | None
) -> None:
    if bug:
        monkeypatch.setattr(*APART[bug])
    rng, found = random.Random(11), False
    for _ in range(20 if bug else 2):
        asks = [[(rng.randrange(SKUS), rng.randint(1, 5)) for _ in range(rng.randint(1, 4))] for _ in range(9)]
        try:
            await _both_ways(inventory, [rng.randint(0, 12) for _ in range(SKUS)], asks)
        except AssertionError:
            found = True
            break
    assert found == (bug is not None)


async def _both_ways(inventory: Inventory, stock: list[int], asks: list[list[tuple[int, int]]]) -> None:
    """The same orders on the same stock: by the batch, and one statement each."""
    prefix = new()[-12:]
    await inventory.stocked({(f"{prefix}{way}{n}", PLACE): q for way in "AB" for n, q in enumerate(stock)})
    answers: dict[str, list[bool]] = {}
    for way in "AB":
        commands = [
            Ask(
                new(),
                tuple(Line(n, f"{prefix}{way}{sku}", PLACE, q) for n, (sku, q) in enumerate(lines, 1)),
                b"f",
                WHO,
                timedelta(seconds=60 + 30 * (number % 3)),
            )
            for number, lines in enumerate(asks)
        ]
        half = len(commands) // 2
        answers[way] = await _play(inventory, way, commands[:half])
        inventory.clock.advance(seconds=60)  # the shortest holds of the first half are over now
        answers[way] += await _play(inventory, way, commands[half:])
        inventory.clock.advance(seconds=600)
    assert answers["A"] == answers["B"]
    levels = [(await inventory.level(f"{prefix}{way}{n}")) for way in "AB" for n in range(SKUS)]
    assert all(level.held == 0 for level in levels)


async def _play(inventory: Inventory, way: str, commands: list[Ask]) -> list[bool]:
    if way == "A":
        return [isinstance(one, Hold) for one in await inventory.ground.holds.run(commands)]
    return [await inventory.ground.holds.hold_one(command) for command in commands]
