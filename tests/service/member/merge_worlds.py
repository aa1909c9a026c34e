"""A world of members who are made one and two again, in the ledger and as plain arithmetic: both must agree."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kit import access
from kit.clock import Clock
from services.member.identity.domain import Kind
from services.member.identity.domain import Member as Person
from services.member.merging.candidates import Candidates
from services.member.merging.preview import Sight
from services.member.merging.usecases import Merging
from services.member.points.domain import Insufficient
from services.member.points.joining import PointsPart
from services.member.points.reactions import PointsReactions
from tests.service.member.conftest import Member
from tests.service.member.merging_rig import sale

CARE = access.Principal(access.Kind.HQ, "u1", roles=frozenset({"service"}))
# who stays is decided by how long somebody has been here
PEOPLE = 4
Step = tuple[str, int, int]


def new() -> str:
    return str(uuid.uuid4())


# two lots of the same size are two lots
@dataclass(eq=False, slots=True)
class Lot:
    """Points that were earned under an id; they stay that id's, whoever he is merged with."""

    whose: int
    left: int
    at: int


@dataclass(slots=True)
class Held:
    """What an id has set aside for an order: how much of which lots."""

    order_id: str
    whose: int
    parts: list[tuple[Lot, int]]
    live: bool = True


@dataclass(slots=True)
class World:
    """Both, side by side."""

    member: Member
    merging: Merging
    ids: list[str] = field(default_factory=lambda: sorted(new() for _ in range(PEOPLE)))
    over: dict[int, int] = field(default_factory=dict)
    merges: list[tuple[str, int, int]] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    holds: list[Held] = field(default_factory=list)
    spent: list[tuple[int, int]] = field(default_factory=list)
    told: list[tuple[str, int, int, datetime]] = field(default_factory=list)
    steps: int = 0

    def root(self, one: int) -> int:
        while one in self.over:
            one = self.over[one]
        return one

    async def begin(self) -> None:
        """People who have nothing yet; the first has been here longest."""
        now = self.member.clock()
        people = [
            Person(one, Kind.MEMBER, "", (), None, "", "", "store", now - timedelta(days=99 - at))
            for at, one in enumerate(self.ids)
        ]
        async with self.member.db.transaction() as tx:
            with access.acting_as(CARE):
                await self.member.parts.ground.register.make(tx, people, now)

    async def step(self, kind: str, who: int, much: int) -> None:
        """One thing that happens, to both."""
        self.steps += 1
        self.member.clock.advance(minutes=1)
        with access.acting_as(CARE):
            await getattr(self, kind)(who, much)

    async def earn(self, who: int, much: int) -> None:
        """A sale that names this id, whomever it means by now."""
        order_id, at = new(), self.member.clock()
        await self._hear(order_id, who, much, at)
        self.told.append((order_id, who, much, at))
        self.lots.append(Lot(who, much, self.steps))

    async def again(self, who: int, much: int) -> None:
        """An old sale is told once more."""
        if self.told:
            await self._hear(*self.told[(who + much) % len(self.told)])

    async def hold(self, who: int, much: int) -> None:
        """Sets points aside under an id; what runs out first pays first."""
        root, order_id = self.root(who), new()
        own = sorted((lot for lot in self.lots if self.root(lot.whose) == root and lot.left), key=lambda lot: lot.at)
        enough = sum(lot.left for lot in own) >= much
        try:
            async with self.member.db.transaction() as tx:
                await self.member.parts.wallet.wallet.hold(tx, order_id, self.ids[who], much)
        except Insufficient:
            assert not enough, "there was enough"
            return
        assert enough, "there was not enough"
        parts = []
        for lot in own:
            part = min(lot.left, much)
            lot.left, much = lot.left - part, much - part
            parts += [(lot, part)] if part else []
        self.holds.append(Held(order_id, root, parts))

    async def release(self, who: int, much: int) -> None:
        """Gives back what an order had set aside."""
        if held := self._live(who + much):
            async with self.member.db.transaction() as tx:
                meant = self.ids[self.root(held.whose)]
                await self.member.parts.wallet.wallet.release(tx, held.order_id, meant, "undo")
            held.live = False
            for lot, part in held.parts:
                lot.left += part

    async def commit(self, who: int, much: int) -> None:
        """An order is sold; what it had set aside is spent."""
        if held := self._live(who + much):
            points = sum(part for _, part in held.parts)
            await self._hear(held.order_id, held.whose, 0, self.member.clock(), points)
            held.live = False
            self.spent.append((held.whose, points))

    async def merge(self, who: int, much: int) -> None:
        """Two who remain become one."""
        one, other = self.root(who), self.root(much % PEOPLE)
        if one == other:
            return
        async with self.member.db.transaction() as tx:
            done = await self.merging.merge(tx, self.ids[one], self.ids[other], {}, "SAME_PERSON", insisted=False)
        stays, goes = min(one, other), max(one, other)
        assert (done.survivor_id, done.absorbed_id) == (self.ids[stays], self.ids[goes])
        self.over[goes] = stays
        self.merges.append((done.merge_id, stays, goes))

    async def undo(self, who: int, much: int) -> None:
        """One who remains becomes two again."""
        open_ones = [one for one in self.merges if one[1] not in self.over]
        if not open_ones:
            return
        merge_id, stays, goes = open_ones[(who + much) % len(open_ones)]
        async with self.member.db.transaction() as tx:
            await self.merging.undo(tx, merge_id, [], "TWO_PEOPLE")
        self.merges.remove((merge_id, stays, goes))
        del self.over[goes]
        self._part(stays, goes)

    def _part(self, stays: int, goes: int) -> None:
        """What one's order took from the other's lots stays behind, as a lot of its own."""
        for held in self.holds:
            if self.root(held.whose) != stays:
                continue
            held.parts = [
                (Lot(held.whose, 0, lot.at), part) if self.root(lot.whose) == goes else (lot, part)
                for lot, part in held.parts
            ]
            self.lots += [lot for lot, _ in held.parts if lot not in self.lots]

    async def agree(self) -> None:
        """Balances of everybody are what the arithmetic says."""
        for who, member_id in enumerate(self.ids):
            if who in self.over:
                continue
            mine = [lot for lot in self.lots if self.root(lot.whose) == who]
            held = [one for one in self.holds if one.live and self.root(one.whose) == who]
            expected = (
                sum(lot.left for lot in mine),
                sum(part for one in held for _, part in one.parts),
                sum(points for whose, points in self.spent if self.root(whose) == who),
            )
            async with self.member.db.read() as tx:
                row = await tx.fetchrow(
                    "SELECT active, held, spent FROM points_balances WHERE member_id = $1", member_id
                )
            assert expected == (tuple(row) if row else (0, 0, 0)), f"{who} after {self.steps} steps"

    def _live(self, at: int) -> Held | None:
        live = [one for one in self.holds if one.live]
        return live[at % len(live)] if live else None

    async def _hear(self, order_id: str, who: int, points: int, at: datetime, spent: int = 0) -> None:
        heard = PointsReactions(self.member.parts.points.points, self.member.parts.wallet.wallet)
        async with self.member.db.transaction() as tx:
            await heard.on_sales_recorded(tx, [sale(order_id, self.ids[who], points * 10, at, spent)])


def merging(member: Member, clock: Clock) -> Merging:
    """The real thing, for points alone."""
    g = member.parts.ground
    sight = Sight(g.register, g.vault)
    made = Merging(sight, Candidates(sight, clock), g.sessions, clock, 30)
    made.bring([PointsPart(clock, g.zone)])
    return made
