"""Lots against a dictionary, and bugs that it must find."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from services.inventory.lots import domain, naming, store
from tests.service.inventory.conftest import Inventory
from tests.service.inventory.lot_programs import NAMES, PROGRAMS, Run


@pytest.mark.usefixtures("proved_at_last")
@given(program=PROGRAMS)
async def test_lots_are_what_a_dictionary_says(inventory: Inventory, program: list[tuple[Any, ...]]) -> None:
    await Run(inventory).play(program)


_entries = naming._entries


async def _nothing(*_: object, **__: object) -> list[Any]:
    return []


BUGS: dict[str, tuple[Any, str, Any]] = {
    "the level does not learn what is named": (store, "_WRITE", store._WRITE.replace("named + n.quantity", "named")),
    "a sale that is told twice is named twice": (
        naming, "_entries", lambda one: [replace(entry, line_no=0) for entry in _entries(one)],
    ),
    "more is named than was sold": (domain, "within", lambda units, most: list(units)),
    "what comes of a blocked lot is sold": (naming, "_blocked", lambda *_: []),
    "an empty shelf keeps its lots": (naming, "empty", _nothing),
    "what is put aside is not booked": (naming, "shift", _nothing),
}  # fmt: skip


def _program(rng: random.Random) -> list[tuple[Any, ...]]:
    """A program as the strategy makes them, longer and without shrinking."""

    def place() -> int:
        return rng.randrange(2)

    def lot() -> str:
        return rng.choice(NAMES)

    verbs: list[Any] = [
        lambda: ("receive", place(), lot(), rng.randint(1, 6)),
        lambda: ("sell", place(), lot(), rng.randint(1, 4), rng.randint(0, 6), rng.random() < 0.5),
        lambda: ("write_off", place(), lot(), rng.randint(1, 3)),
        lambda: ("vanish", place()),
        lambda: ("count_lots", place(), rng.randint(0, 3), rng.randint(0, 3)),
        lambda: ("move", place(), lot(), rng.randint(1, 3), True),
        lambda: ("recall", lot()),
        lambda: ("release", lot()),
        lambda: ("expire",),
    ]
    return [("receive", 0, "A", 6), ("receive", 1, "B", 6)] + [rng.choice(verbs)() for _ in range(12)]


@pytest.mark.parametrize("bug", [*BUGS, None])
async def test_a_planted_bug_is_found(inventory: Inventory, monkeypatch: pytest.MonkeyPatch, bug: str | None) -> None:
    if bug:
        monkeypatch.setattr(*BUGS[bug])
    rng = random.Random(7)
    found = False
    for _ in range(8 if bug else 4):
        try:
            await Run(inventory).play(_program(rng))
        except AssertionError:
            found = True
            break
    assert found == (bug is not None)
