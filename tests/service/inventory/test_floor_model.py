"""Random days on the floor (transfers, counts, sales whenever they are told) against a dictionary; and planted bugs."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Fault
from omo.inventory.v1 import counting_pb2
from services.inventory.stock import counts, domain, store_movements
from services.inventory.transfers import domain as transfers
from services.inventory.transfers import moving
from tests.service.inventory import news
from tests.service.inventory.conftest import Inventory, new
from tests.service.inventory.floor_rig import Floor
from tests.service.inventory.test_transfers import draft, line

PLACES = ("WH1", "TPE01")
_numbers = count()

_place = st.sampled_from(PLACES)
_few, _some, _which = st.integers(1, 4), st.integers(0, 3), st.integers(0, 5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), _place, _few),
        st.tuples(st.just("send"), _place, _few),
        st.tuples(st.just("receive"), _which, _some, _some, _some),
        st.tuples(st.just("close"), _which),
        st.tuples(st.just("sell"), _place, _few, st.sampled_from([0, 0, 1, 2, 4])),
        st.tuples(st.just("count"), _place, st.integers(0, 9)),
        st.tuples(st.just("approve"), _which),
    ),
    min_size=1,
    max_size=6,
)


@dataclass(slots=True)
class Shelf:
    """What happened at a place, and when; what a count saw is in the count."""

    moves: list[tuple[datetime, int]] = field(default_factory=list)
    counted: tuple[datetime, int] | None = None
    damaged: int = 0
    transit: int = 0

    @property
    def on_hand(self) -> int:
        since, base = self.counted or (None, 0)
        return base + sum(units for at, units in self.moves if since is None or at > since)


class Day:
    """A day of one good at two places, and what must come of it."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory, self.floor = inventory, Floor(inventory)
        self.sku = f"F{next(_numbers)}"
        self.shelves = {place: Shelf() for place in PLACES}
        # transfer -> source, destination, on its way
        self.sent: dict[str, tuple[str, str, int]] = {}
        self.counts: dict[str, tuple[str, datetime, int]] = {}

    async def play(self, steps: list[tuple[Any, ...]]) -> None:
        await self.inventory.stocked({(self.sku, place): 5 for place in PLACES})
        for place in PLACES:
            self.shelves[place].moves.append((self.inventory.clock(), 5))
        for step in steps:
            self.inventory.clock.advance(minutes=1)
            await getattr(self, step[0])(*step[1:])
            await self.check(step)
        await self.inventory.proving.example()

    async def send(self, source: str, units: int) -> None:
        """Asked for, approved and shipped at once, if the source has it."""
        target = next(place for place in PLACES if place != source)
        made = await draft(self.floor, line(self.sku, units), from_location_id=source, to_location_id=target)
        shelf = self.shelves[source]
        said = ""
        try:
            await self.floor.do("ApproveTransfer", transfer_id=made.transfer_id)
        except Fault as fault:
            said = fault.reason
        there = shelf.on_hand - shelf.damaged >= units
        assert said == ("" if there else "OUT_OF_STOCK"), "what is there is promised, and nothing else"
        if not there:
            return
        await self.floor.do("ShipTransfer", transfer_id=made.transfer_id)
        shelf.moves.append((self.inventory.clock(), -units))
        self.sent[made.transfer_id] = (source, target, units)
        self._transit(made.transfer_id, units)

    async def receive(self, which: int, accepted: int, damaged: int, rejected: int) -> None:
        if not self.sent or not accepted + damaged + rejected:
            return
        key = list(self.sent)[which % len(self.sent)]
        came = line(self.sku, accepted=accepted, damaged=damaged, rejected=rejected)
        await self.floor.do("ReceiveTransfer", transfer_id=key, lines=[came])
        source, target, left = self.sent[key]
        now = min(left, accepted + damaged + rejected)
        self.shelves[target].moves.append((self.inventory.clock(), accepted + damaged))
        self.shelves[target].damaged += damaged
        self._transit(key, -now)
        self.sent[key] = (source, target, left - now)

    async def close(self, which: int) -> None:
        if self.sent:
            key = list(self.sent)[which % len(self.sent)]
            await self.floor.do("CloseTransfer", transfer_id=key)
            self._transit(key, -self.sent[key][2])
            del self.sent[key]

    async def sell(self, place: str, units: int, late: int) -> None:
        """Sold now, or told now and sold some minutes ago."""
        at = self.inventory.clock() - timedelta(minutes=late, seconds=30 if late else 0)
        await self.inventory.hear(news.recorded(news.sale(new(), (self.sku, units), place=place, at=at)))
        self.shelves[place].moves.append((at, -units))

    async def count(self, place: str, units: int) -> None:
        """Counted now; booked when somebody approves it."""
        opened = await self.floor.do("OpenCount", location_id=place, area=new(), skus=[self.sku])
        told = counting_pb2.CountLine(sku=self.sku, quantity=units)
        told.count_time.FromDatetime(self.inventory.clock())
        await self.floor.do("RecordCounts", session_id=opened.count.session_id, lines=[told])
        self.counts[opened.count.session_id] = (place, self.inventory.clock(), units)

    async def approve(self, which: int) -> None:
        if self.counts:
            key = list(self.counts)[which % len(self.counts)]
            await self.floor.do("SubmitCount", session_id=key)
            await self.floor.do("ApproveCount", session_id=key)
            place, at, units = self.counts.pop(key)
            shelf = self.shelves[place]
            if shelf.counted is None or at > shelf.counted[0]:
                shelf.counted = (at, units)

    def _transit(self, key: str, units: int) -> None:
        for place in self.sent[key][:2]:
            self.shelves[place].transit += units

    async def check(self, step: Any) -> None:
        for place, shelf in self.shelves.items():
            level = await self.inventory.level(self.sku, place)
            found = (level.on_hand, level.held, level.damaged, level.in_transit_in + level.in_transit_out)
            assert found == (shelf.on_hand, 0, shelf.damaged, shelf.transit), (step, place)


@pytest.mark.usefixtures("proved_at_last")
@given(steps=STEPS)
async def test_the_floor_is_what_a_dictionary_says(inventory: Inventory, steps: list[tuple[Any, ...]]) -> None:
    await Day(inventory).play(steps)


async def _keeps_all(*_: object) -> list[Any]:
    return []


BUGS: dict[str, tuple[Any, str, Any]] = {
    "what was rejected stays on its way": (transfers.Line, "arrived", property(lambda line: line.taken_in)),
    "damaged goods are sound": (moving, "come_in", None),
    "what is lost stays on its way": (moving, "give_up", _keeps_all),
    "an older count stands": (counts, "_overtaken", lambda *_: False),
    "what a count has seen counts again": (domain, "late", lambda *_: []),
    "a count is compared with now": (store_movements, "expected", None),
}


def _plant(monkeypatch: pytest.MonkeyPatch, bug: str) -> None:
    where, name, instead = BUGS[bug]
    if bug == "damaged goods are sound":
        real = moving.come_in

        async def instead(tx: Any, before: Any, after: Any, *more: Any) -> Any:
            sound = [replace(one, accepted=one.accepted + one.damaged, damaged=0) for one in after.lines]
            return await real(tx, before, replace(after, lines=tuple(sound)), *more)

    elif bug == "a count is compared with now":
        asked = store_movements.expected

        async def instead(tx: Any, wanted: Any) -> Any:
            return await asked(tx, [(place, at + timedelta(days=1)) for place, at in wanted])

    monkeypatch.setattr(where, name, instead)


def _program(rng: random.Random) -> list[tuple[Any, ...]]:
    """A day as the strategy makes them, longer and without shrinking."""
    verbs: list[Any] = [
        *[lambda: ("send", rng.choice(PLACES), rng.randint(1, 4))] * 2,
        lambda: ("receive", rng.randrange(6), rng.randint(0, 2), rng.randint(0, 2), rng.randint(0, 2)),
        lambda: ("close", rng.randrange(6)),
        *[lambda: ("sell", rng.choice(PLACES), rng.randint(1, 3), rng.choice([0, 1, 4]))] * 2,
        *[lambda: ("count", rng.choice(PLACES), rng.randint(0, 9))] * 2,
        *[lambda: ("approve", rng.randrange(6))] * 2,
    ]
    return [rng.choice(verbs)() for _ in range(12)]


@pytest.mark.parametrize("bug", [*BUGS, None])
async def test_a_planted_bug_is_found(inventory: Inventory, monkeypatch: pytest.MonkeyPatch, bug: str | None) -> None:
    if bug:
        _plant(monkeypatch, bug)
    rng, found = random.Random(5), Counter[str]()
    for _ in range(30 if bug else 8):
        try:
            await Day(inventory).play(_program(rng))
        except AssertionError:
            found[str(bug)] += 1
            break
    assert bool(found) == (bug is not None)
