"""Holds in group commit: what they give is what one after the other gives, and nothing is spent twice."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import access
from kit.errors import Fault
from services.member.points.domain import Insufficient as PointsInsufficient
from services.member.points.domain import Sale
from services.member.value import posting
from services.member.value.domain import NO_SOURCE, Insufficient, Terms, Use
from services.member.value.ledger import Why
from services.member.wallet import committing, store_batch
from services.member.wallet.domain import NOBODY, HoldEnded, HoldRunning
from services.member.wallet.domain_batch import Ask
from services.member.wallet.holds import Holds
from tests.service.member.value_rig import COUPON, CREDIT, GIFT_CARD, NOW, Purse, confirmed, new, pays, purse

__all__ = ["purse"]

DEVICE = access.Principal(access.Kind.DEVICE, "t1", terminal_id="t1")
TILL = ("device", "t1", "t1")
Wish = tuple[int, int, str, int, bool]


@dataclass(slots=True)
class World:
    """Three members, of whom the last may spend nothing, a coupon of the first's and a card of whoever has it."""

    purse: Purse
    members: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=lambda: [new() for _ in range(5)])
    coupon: str = ""
    card: str = ""

    def ask(self, wish: Wish) -> Ask:
        number, who, what, amount, till = wish
        member_id = NOBODY if who == 3 else self.members[who]
        uses = {
            "credit": (pays(amount),),
            "coupon": (Use(COUPON, self.coupon, rule_id="rule-1"),),
            "card": (Use(GIFT_CARD, self.card, amount=amount),),
            "all": (pays(amount), Use(COUPON, self.coupon, rule_id="rule-1"), Use(GIFT_CARD, self.card, amount=5)),
        }.get(what, ())
        points = amount if what in ("points", "all") else 0
        return Ask(self.ids[number], member_id, points, uses, "t1" if till else "", TILL)

    async def state(self) -> list[Any]:
        """All that members have, in words that say nothing of ids."""
        found: list[Any] = []
        async with self.purse.db.read() as tx:
            for member_id in self.members:
                balance = await tx.fetchrow(
                    "SELECT active, held, spent, debt FROM points_balances WHERE member_id = $1", member_id
                )
                lots = await tx.fetch(
                    "SELECT active, held FROM points_lots WHERE member_id = $1 ORDER BY earn_time, lot_id", member_id
                )
                moves = await tx.fetch(
                    "SELECT kind, points, actor_kind, terminal_id FROM points_transfers WHERE member_id = $1"
                    " ORDER BY kind, points, actor_kind",
                    member_id,
                )
                found += [tuple(balance or (0, 0, 0, 0)), *map(tuple, lots), *map(tuple, moves)]
            holds = await tx.fetch(
                "SELECT state, points, value, lot_points, terminal_id, end_time, timers.due_time FROM points_holds"
                " LEFT JOIN timers ON key = hold_id::text WHERE hold_id = ANY($1::uuid[])"
                " ORDER BY array_position($1::uuid[], hold_id)",
                self.ids,
            )
            parts = await tx.fetch(
                "SELECT kind, amount, state, returned FROM value_parts WHERE hold_id = ANY($1::uuid[])"
                " ORDER BY array_position($1::uuid[], hold_id), kind, amount",
                self.ids,
            )
        value = [await self.purse.sums(member_id) for member_id in self.members]
        bearer = [await self.purse.one(lot_id) for lot_id in (self.coupon, self.card)]
        held = [(lot.active, lot.held, lot.spent) for lot in bearer]
        return [*found, *map(tuple, holds), *map(tuple, parts), *value, *held]


async def world(purse: Purse) -> World:
    """In one transaction: a property makes many of them."""
    made, moments = World(purse, [new() for _ in range(3)]), (NOW, NOW + timedelta(days=1))
    ticket = posting.new(new(), made.members[0], COUPON, NO_SOURCE, NOW, None, Terms(rule_id="rule-1"))
    card = posting.new(new(), None, GIFT_CARD, NO_SOURCE, NOW, None, Terms())
    made.coupon, made.card = ticket.lot_id, card.lot_id
    async with purse.acting() as tx:
        await tx.execute(
            "INSERT INTO members (member_id, kind, source, join_time, version, actor_kind, actor_id, value_frozen_time)"
            " SELECT who, 'MEMBER', 'test', $2::timestamptz, 1, 'hq', 'u1',"
            "        CASE WHEN who = $3::uuid THEN $2::timestamptz END"
            " FROM unnest($1::uuid[]) AS who",
            made.members, NOW, made.members[2],
        )  # fmt: skip
        credit = [
            posting.new(new(), who, CREDIT, NO_SOURCE, moment, moment + timedelta(days=5 - 2 * day), Terms())
            for who in made.members
            for day, moment in enumerate(moments)
        ]
        await posting.issue(tx, [*((lot, 30) for lot in credit), (ticket, 1), (card, 40)], Why(new(), NOW))
        for purse.now in moments:
            for who in made.members[:2]:
                await purse.points.adjust(tx, who, 30, "goodwill", new())
    return made


async def outcome(work: Awaitable[Any]) -> Any:
    """What came of it: the hold, or why not."""
    try:
        return await work
    except Fault as fault:
        return fault


def words(answer: Any) -> tuple[Any, ...]:
    if isinstance(answer, Fault):
        return answer.reason, answer.metadata.get("available"), answer.metadata.get("state")
    return answer.state, answer.points, answer.value, [part for _, part in answer.parts], answer.terminal_id


WISH = st.tuples(
    st.integers(0, 4), st.sampled_from([0, 0, 1, 2, 3]), st.sampled_from(["points", "credit", "coupon", "card", "all"]),
    st.integers(1, 45), st.booleans(),
)  # fmt: skip


def sales(one: World, wishes: Sequence[Wish]) -> list[Sale]:
    """What the orders then say: each by whom it was asked for first, whether or not anything was held."""
    first = {wish[0]: wish for wish in reversed(wishes) if wish[1] != 3}
    return [Sale(one.ids[wish[0]], one.members[wish[1]], NOW, (), wish[3]) for wish in first.values()]


@given(wishes=st.lists(WISH, min_size=1, max_size=5), size=st.integers(1, 5), ended=st.integers(0, 4))
async def test_a_batch_gives_what_one_after_the_other_gives(
    purse: Purse, wishes: list[Wish], size: int, ended: int
) -> None:
    many, single = await world(purse), await world(purse)
    for each in (many, single):
        await purse.release(each.ids[ended], each.members[0])
    holds, answers, expected = Holds(purse.db, purse.clock), [], []
    for at in range(0, len(wishes), size):
        answers += await holds.run([many.ask(wish) for wish in wishes[at : at + size]])
    for wish in wishes:
        ask = single.ask(wish)
        async with purse.room:
            expected.append(await outcome(_alone(purse, ask)))
    assert list(map(words, answers)) == list(map(words, expected))
    # the granted ones first: an order is whose it was held for
    told = [wish for wish, _ in sorted(zip(wishes, answers, strict=True), key=lambda one: isinstance(one[1], Fault))]
    async with purse.acting() as tx:
        await committing.commit_all(tx, purse.wallet, sales(many, told))
    async with purse.acting() as tx:
        for one in sales(single, told):
            await purse.wallet.commit(tx, one)
    assert await many.state() == await single.state()


async def _alone(purse: Purse, ask: Ask) -> Any:
    with access.acting_as(DEVICE):
        async with purse.db.transaction() as tx:
            return await purse.wallet.hold(tx, ask.hold_id, ask.member_id, ask.points, ask.uses, ask.terminal_id)


async def rich(purse: Purse, points: int = 100, credit: int = 100) -> str:
    shopper = await purse.member()
    await purse.credit(shopper, credit)
    async with purse.acting() as tx:
        await purse.points.adjust(tx, shopper, points, "goodwill", new())
    return shopper


def ask(hold_id: str, member_id: str, points: int = 0, *uses: Use) -> Ask:
    return Ask(hold_id, member_id, points, uses, "", TILL)


async def both(asks: Sequence[Ask], *holds: Holds) -> list[Any]:
    """All at once, at processes that know nothing of each other."""
    return await asyncio.gather(*(outcome(holds[n % len(holds)].do(one)) for n, one in enumerate(asks)))


async def test_holds_of_a_moment_share_a_transaction_and_overdraw_nobody(purse: Purse) -> None:
    shoppers = [await rich(purse) for _ in range(4)]
    holds, other = Holds(purse.db, purse.clock), Holds(purse.db, purse.clock)
    asks = [ask(new(), shoppers[n % 4], 30, pays(20)) for n in range(48)]
    answers = await both(asks, holds, other)
    refused = [one for one in answers if isinstance(one, Fault)]
    assert len(refused) == 48 - 4 * 3, "of a hundred points three times thirty"
    assert {type(one) for one in refused} <= {PointsInsufficient, Insufficient}
    for shopper in shoppers:
        assert (await purse.sums(shopper))[:2] == (40, 60)
    async with purse.db.read() as tx:
        together = await tx.fetchval("SELECT count(DISTINCT xmin::text) FROM points_holds")
    assert together <= 6, "twelve holds, at two processes, in no more transactions than batches"
    await purse.proved()


async def test_the_same_hold_at_two_processes_is_one(purse: Purse) -> None:
    shopper, stranger, hold_id = await rich(purse), await rich(purse), new()
    processes = Holds(purse.db, purse.clock), Holds(purse.db, purse.clock)
    same = await both([ask(hold_id, shopper, 30, pays(20))] * 6, *processes)
    assert {one.hold_id for one in same} == {hold_id}
    assert await purse.sums(shopper) == (80, 20, 0, 0)
    other = new()
    first, second = await both([ask(other, shopper, 10), ask(other, stranger, 10)], *processes)
    (lost,) = [one for one in (first, second) if isinstance(one, Fault)]
    assert isinstance(lost, HoldRunning | HoldEnded), "a name is one member's"
    await purse.proved()


async def test_a_hold_that_is_made_elsewhere_at_the_moment_fails_alone(
    purse: Purse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is taken by somebody else's between the look and the writing: the others of the batch are granted."""
    shopper, stranger, taken = await rich(purse), await rich(purse), new()
    await Holds(purse.db, purse.clock).do(ask(taken, stranger, 10))
    look = store_batch.look

    async def blind(tx: Any, hold_ids: Any, member_ids: Any) -> Any:
        return {}, (await look(tx, hold_ids, member_ids))[1]

    monkeypatch.setattr(store_batch, "look", blind)
    holds = Holds(purse.db, purse.clock)
    asks = [ask(new(), shopper, 10), ask(taken, shopper, 10), ask(new(), shopper, 10)]
    answers = await both(asks, holds)
    assert [isinstance(one, HoldRunning) for one in answers] == [False, True, False]
    await purse.proved()


async def test_orders_of_one_lot_are_committed_together(purse: Purse) -> None:
    """One row moves for all of them: an update meets a row once."""
    shopper, orders = await rich(purse), [new() for _ in range(3)]
    holds = Holds(purse.db, purse.clock)
    for order_id in orders:
        await holds.do(ask(order_id, shopper, 20, pays(10)))
    await purse.hear(*(confirmed(order_id, shopper, pays(10), points=20) for order_id in orders))
    async with purse.db.read() as tx:
        row = await tx.fetchrow("SELECT active, held, spent FROM points_balances WHERE member_id = $1", shopper)
    assert tuple(row or ()) == (40, 0, 60)
    assert await purse.sums(shopper) == (70, 0, 30, 0)
    await purse.proved()
