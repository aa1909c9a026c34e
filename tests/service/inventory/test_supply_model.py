"""Random documents, arrivals, promises and sales through the real service, against a ledger kept by hand; and bugs."""

import random
from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.backorders.domain import Claim
from services.inventory.stock.domain import Hold, Line, Who
from services.inventory.stock.domain_commands import Ask, Release
from services.inventory.supply import promisable
from tests.service.inventory.conftest import Inventory, movement, new
from tests.service.inventory.floor_rig import Floor
from tests.service.inventory.supplied import document, expect, line, receive
from tests.service.inventory.test_promises import brand
from tests.service.inventory.test_promises_broken import sell

PLACES = "AB"
WHO = Who("service", "order")
_numbers = count()

_few, _which = st.integers(1, 4), st.integers(0, 9)
_place = st.sampled_from(PLACES)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("hold"), _place, _few),
        st.tuples(st.just("hold"), _place, _few),
        st.tuples(st.just("expect"), _place, _few),
        st.tuples(st.just("expect"), _place, _few),
        st.tuples(st.just("write"), _which, _few),
        st.tuples(st.just("come"), _which, _few),
        st.tuples(st.just("cancel"), _which, _few),
        st.tuples(st.just("release"), _which, _few),
        st.tuples(st.just("sell"), _place, _few),
        st.tuples(st.just("sleep"), _which, _few),
    ),
    min_size=1,
    max_size=6,
)
STOCK = st.fixed_dictionaries({one: st.integers(0, 3) for one in PLACES})


class World:
    """What is there, what is to come, and who was promised how much, beside the service."""

    def __init__(self, inventory: Inventory, stock: dict[str, int]) -> None:
        self.inventory = inventory
        self.sku = f"S{next(_numbers)}"
        self.there = Counter(stock)
        # document -> place, quantity, when, received
        self.coming: dict[str, tuple[str, int, datetime, int]] = {}
        self.promised: dict[str, tuple[str, int]] = {}

    async def play(self, steps: list[tuple[Any, ...]]) -> None:
        await self.inventory.put_products(self.sku)
        opening = [movement(self.sku, place, units) for place, units in self.there.items()]
        await self.inventory.post(*opening)
        for step in steps:
            self.inventory.clock.advance(seconds=1)
            await getattr(self, step[0])(*step[1:])
            await self.check(step)
        await self.inventory.proving.example()

    def free(self, place: str) -> int:
        return self.there[place] - sum(units for where, units in self.promised.values() if where == place)

    def later(self, place: str, *, late: bool) -> list[tuple[datetime, int]]:
        now = self.inventory.clock()
        found = [(at, q - had) for where, q, at, had in self.coming.values() if where == place and q > had]
        return sorted(one for one in found if late or one[0] > now)

    async def hold(self, place: str, units: int) -> None:
        free, more = self.free(place), sum(units for _, units in self.later(place, late=False))
        feasible = units <= max(0, free) + max(0, more + min(0, free))
        hold_id = new()
        ask = Ask(hold_id, (Line(1, self.sku, place, units),), b"f", WHO, order_id=hold_id)
        (answer,) = await self.inventory.ground.holds.run([ask])
        assert isinstance(answer, Hold) == feasible, (answer, free, more)
        if feasible:
            self.promised[hold_id] = (place, units)

    async def release(self, which: int, _: int) -> None:
        if self.promised:
            hold_id = list(self.promised)[which % len(self.promised)]
            await self.inventory.ground.holds.do(Release(hold_id, WHO))
            del self.promised[hold_id]

    async def expect(self, place: str, units: int) -> None:
        document_id = f"{self.sku}-{len(self.coming)}"
        await self._put(document_id, place, units, days=units)
        self.coming[document_id] = (place, units, self.inventory.clock() + timedelta(days=units), 0)

    async def write(self, which: int, units: int) -> None:
        """Another quantity, and another time."""
        open_ = [one for one, (_, quantity, _, had) in self.coming.items() if had < quantity]
        if open_:
            document_id = open_[which % len(open_)]
            place, _, _, had = self.coming[document_id]
            await self._put(document_id, place, units, days=which)
            self.coming[document_id] = (place, units, self.inventory.clock() + timedelta(days=which), had)

    async def come(self, which: int, units: int) -> None:
        if self.coming:
            document_id = list(self.coming)[which % len(self.coming)]
            place, quantity, at, had = self.coming[document_id]
            await receive(self.inventory, document_id, units)
            self.there[place] += units
            self.coming[document_id] = (place, quantity, at, had + units)

    async def cancel(self, which: int, _: int) -> None:
        open_ = [one for one, (_, quantity, _, had) in self.coming.items() if had < quantity]
        if open_:
            document_id = open_[which % len(open_)]
            place, _, at, had = self.coming[document_id]
            await Floor(self.inventory).do("CancelSupply", document_id=document_id)
            self.coming[document_id] = (place, 0, at, had)

    async def sell(self, place: str, units: int) -> None:
        self.there[place] -= units
        await sell(self.inventory, self.sku, units, place)

    async def sleep(self, which: int, _: int) -> None:
        self.inventory.clock.advance(hours=6 * which)

    async def _put(self, document_id: str, place: str, units: int, days: int) -> None:
        await expect(self.inventory, document(document_id, line(self.inventory, units, place, days, sku=self.sku)))

    async def check(self, step: Any) -> None:
        """The levels say what is there and what is to come; the marks, who waits for which unit until when."""
        for place in PLACES:
            level = await self.inventory.level(self.sku, place)
            more = sum(units for _, units in self.later(place, late=True))
            assert (level.on_hand, level.available, level.incoming) == (self.there[place], self.free(place), more), step
        async with self.inventory.db.read() as tx:
            rows = await tx.fetch("SELECT owner_id, quantity, promise_time FROM backorders WHERE sku = $1", self.sku)
        assert {row["owner_id"]: (row["quantity"], row["promise_time"]) for row in rows} == self.waiting(), step

    def waiting(self) -> dict[str, tuple[int, datetime | None]]:
        """Unit by unit, the oldest promise first."""
        found: dict[str, tuple[int, datetime | None]] = {}
        for place in PLACES:
            trucks = [at for at, units in self.later(place, late=True) for _ in range(units)]
            del trucks[: max(0, -self.there[place])]
            left = max(0, self.there[place])
            for hold_id, (where, units) in self.promised.items():
                if where == place:
                    missing = max(0, units - left)
                    left = max(0, left - units)
                    taken, trucks = trucks[:missing], trucks[missing:]
                    if missing:
                        found[hold_id] = (missing, taken[-1] if len(taken) == missing else None)
        return found


async def _ready(inventory: Inventory) -> None:
    async with inventory.db.read() as tx:
        if not await tx.fetchval("SELECT count(*) FROM channels"):
            await brand(inventory, {("ANY", place): 0 for place in PLACES})


@pytest.mark.usefixtures("proved_at_last")
@given(stock=STOCK, steps=STEPS)
async def test_what_is_to_come_is_promised_once_and_fills_who_waits(
    inventory: Inventory, stock: dict[str, int], steps: list[tuple[Any, ...]]
) -> None:
    await _ready(inventory)
    await World(inventory, stock).play(steps)


def _program(rng: random.Random) -> list[tuple[Any, ...]]:
    verbs = ["hold"] * 4 + ["expect"] * 3 + ["come", "write", "release"]
    placed = {"hold", "expect"}
    return [
        (verb, rng.choice(PLACES) if verb in placed else rng.randrange(9), rng.randint(1, 4))
        for verb in (rng.choice(verbs) for _ in range(8))
    ]


@pytest.mark.parametrize("bug", ["the youngest is filled first", "nobody counts on what comes", None])
async def test_a_planted_bug_is_found(inventory: Inventory, monkeypatch: pytest.MonkeyPatch, bug: str | None) -> None:
    await _ready(inventory)
    if bug == "the youngest is filled first":
        monkeypatch.setattr(Claim, "turn", property(lambda one: (-one.create_time.timestamp(), one.owner_id)))
    elif bug:
        monkeypatch.setattr(promisable, "widened", _unchanged)
    rng = random.Random(5)
    found = False
    for _ in range(12):
        try:
            await World(inventory, {place: rng.randint(0, 3) for place in PLACES}).play(_program(rng))
        except AssertionError:
            found = True
            break
    assert found == (bug is not None)


async def _unchanged(_tx: object, limits: Any, *_: object) -> Any:
    return limits
