"""Random batches of another system's feed, and sales whenever they are told, against a dictionary; and planted bugs."""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import access
from kit.errors import Fault
from omo.inventory.v1 import feeds_service_pb2 as pb
from services.inventory.feeds import domain as feeds
from services.inventory.feeds import store, wire
from services.inventory.feeds.usecases import Feeds
from services.inventory.stock import counts, domain, store_levels, store_movements
from tests.service.inventory import news
from tests.service.inventory.conftest import Inventory, new
from tests.service.inventory.test_floor_model import Shelf

PLACE, GOODS = "TPE01", 2
_numbers = count()
_AGES = [0, 0, 1, 2, 4]

_rows = st.dictionaries(st.integers(0, GOODS - 1), st.integers(0, 6), min_size=1)
_batch = st.tuples(st.just("batch"), st.sampled_from(["DELTA", "RESET"]), st.sampled_from(_AGES), _rows)
STEPS = st.lists(
    st.one_of(
        _batch,
        _batch,
        st.tuples(st.sampled_from(["again", "gap", "other"])),
        st.tuples(st.just("sell"), st.sampled_from(_AGES), st.integers(0, GOODS - 1), st.integers(1, 4)),
    ),
    min_size=1,
    max_size=4,
)


@dataclass(slots=True)
class Source:
    """One source at one place, and what must come of what it tells."""

    inventory: Inventory
    number: int = field(default_factory=lambda: next(_numbers))
    shelves: list[Shelf] = field(default_factory=lambda: [Shelf() for _ in range(GOODS)])
    last: pb.PostStockFeedRequest | None = None
    answer: pb.PostStockFeedResponse | None = None
    sequence: int = 0
    told: datetime | None = None
    reset: datetime | None = None

    def sku(self, good: int) -> str:
        return f"E{self.number}-{good}"

    async def play(self, steps: list[tuple[Any, ...]]) -> None:
        await self.inventory.put_products(*(self.sku(good) for good in range(GOODS)))
        for step in steps:
            self.inventory.clock.advance(minutes=1)
            await getattr(self, step[0])(*step[1:])
            await self.check(step)

    async def post(self, request: pb.PostStockFeedRequest) -> pb.PostStockFeedResponse:
        ground = self.inventory.ground
        use = Feeds(ground.db, ground.clock, b"key", "Asia/Taipei")
        with access.acting_as(access.service("operator")):
            return await use.post(wire.batch(request, self.inventory.clock()))

    async def batch(self, mode: str, age: int, rows: dict[int, int]) -> None:
        """The next one, told now of some minutes ago."""
        at = self.inventory.clock() - timedelta(minutes=age, seconds=30 if age else 0)
        request = self.request(mode, at, {self.sku(good): units for good, units in rows.items()})
        answer = await self.post(request)
        late = [self._take(mode, self.shelves[good], at, units) for good, units in sorted(rows.items())]
        ignored = [self.sku(good) for good, one in zip(sorted(rows), late, strict=True) if one]
        self.sequence, self.last, self.answer = self.sequence + 1, request, answer
        self.told = max(self.told or at, at)
        self.reset = max(self.reset or at, at) if mode == "RESET" else self.reset
        mark = answer.watermark
        assert (mark.sequence, mark.business_time.ToDatetime()) == (self.sequence, self.told.replace(tzinfo=None))
        assert mark.HasField("reset_time") == (self.reset is not None)
        assert self.reset is None or mark.reset_time.ToDatetime() == self.reset.replace(tzinfo=None)
        assert sorted(answer.ignored_skus) == [sku for sku in ignored if mode == "RESET" or self._moves(rows, sku)]

    def request(self, mode: str, at: datetime, rows: dict[str, int]) -> pb.PostStockFeedRequest:
        found = [pb.FeedRow(sku=sku, quantity=units) for sku, units in sorted(rows.items())]
        request = pb.PostStockFeedRequest(
            source=f"S{self.number}", location_id=PLACE, sequence=self.sequence + 1, rows=found,
            mode=pb.FeedMode.Value(f"FEED_MODE_{mode}"),
        )  # fmt: skip
        request.business_time.FromDatetime(at)
        return request

    def _moves(self, rows: dict[int, int], sku: str) -> bool:
        """What changes by nothing cannot come too late."""
        return any(self.sku(good) == sku and units for good, units in rows.items())

    def _take(self, mode: str, shelf: Shelf, at: datetime, units: int) -> bool:
        """Whether a later count has seen it."""
        late = shelf.counted is not None and at <= shelf.counted[0]
        if mode == "DELTA":
            shelf.moves.append((at, units))
        elif not late:
            shelf.counted = (at, units)
        return late

    async def again(self) -> None:
        """The same answer, and nothing changes."""
        if self.last is not None:
            assert await self.post(self.last) == self.answer

    async def gap(self) -> None:
        request = self.request("DELTA", self.inventory.clock(), {self.sku(0): 1})
        request.sequence += 1
        assert await self.refused(request) == ("FEED_GAP", str(self.sequence + 1))

    async def other(self) -> None:
        """A sequence that was taken, with other content."""
        if self.last is not None:
            request = pb.PostStockFeedRequest()
            request.CopyFrom(self.last)
            request.rows[0].quantity += 1
            assert await self.refused(request) == ("FEED_REUSED", "")

    async def refused(self, request: pb.PostStockFeedRequest) -> tuple[str, str]:
        try:
            await self.post(request)
        except Fault as fault:
            return fault.reason, str(fault.metadata.get("expected", ""))
        return "", ""

    async def sell(self, age: int, good: int, units: int) -> None:
        at = self.inventory.clock() - timedelta(minutes=age, seconds=30 if age else 0)
        await self.inventory.hear(news.recorded(news.sale(new(), (self.sku(good), units), place=PLACE, at=at)))
        self.shelves[good].moves.append((at, -units))

    async def check(self, step: Any) -> None:
        async with self.inventory.db.read() as tx:
            skus = [self.sku(good) for good in range(GOODS)]
            seen = await store_levels.see(tx, skus, [PLACE], self.inventory.clock())
        assert [one.on_hand for one, _ in seen] == [shelf.on_hand for shelf in self.shelves], step


@pytest.fixture
async def place(inventory: Inventory) -> Inventory:
    await inventory.put_locations(PLACE)
    return inventory


@given(steps=STEPS)
async def test_a_feed_is_what_a_dictionary_says(place: Inventory, steps: list[tuple[Any, ...]]) -> None:
    await Source(place).play(steps)


async def _forgotten(*_: object) -> None:
    return None


_TO_THE_LAST = store._MOVE.replace("greatest(business_time, $4)", "$4")
BUGS: dict[str, tuple[Any, str, Any]] = {
    "a gap is taken": (feeds, "must_be_next", lambda *_: None),
    "what was taken is forgotten": (store, "answered", _forgotten),
    "the mark stays": (store, "move", None),
    "the mark goes back": (store, "_MOVE", _TO_THE_LAST),
    "an older reset stands": (counts, "_overtaken", lambda *_: False),
    "what a reset has seen counts again": (domain, "late", lambda *_: []),
    "a reset erases what was sold since": (store_movements, "expected", None),
}


def _plant(monkeypatch: pytest.MonkeyPatch, bug: str) -> None:
    where, name, instead = BUGS[bug]
    real = getattr(where, name)
    if bug == "the mark stays":

        async def instead(tx: Any, batch: Any) -> Any:
            return await real(tx, replace(batch, sequence=batch.sequence - 1))

    elif bug == "a reset erases what was sold since":

        async def instead(tx: Any, wanted: Any) -> Any:
            return await real(tx, [(one, at + timedelta(days=1)) for one, at in wanted])

    monkeypatch.setattr(where, name, instead)


def _program(rng: random.Random) -> list[tuple[Any, ...]]:
    """As the strategy makes them, longer and without shrinking."""

    def batch() -> tuple[Any, ...]:
        rows = {rng.randrange(GOODS): rng.randint(0, 6) for _ in range(2)}
        return ("batch", rng.choice(["DELTA", "RESET"]), rng.choice(_AGES), rows)

    verbs: list[Any] = [
        *[batch] * 3,
        lambda: (rng.choice(["again", "gap", "other"]),),
        lambda: ("sell", rng.choice(_AGES), rng.randrange(GOODS), rng.randint(1, 4)),
    ]
    return [rng.choice(verbs)() for _ in range(12)]


@pytest.mark.parametrize("bug", [*BUGS, None])
async def test_a_planted_bug_is_found(place: Inventory, monkeypatch: pytest.MonkeyPatch, bug: str | None) -> None:
    if bug:
        _plant(monkeypatch, bug)
    rng, found = random.Random(3), False
    for _ in range(20 if bug else 2):
        try:
            await Source(place).play(_program(rng))
        except (AssertionError, Fault):
            found = True
            break
    assert found == (bug is not None)
    assert bug or await place.drifts() == []
