"""Holds in group commit: what they give is what one after the other gives, and nothing is spent twice."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import access
from kit.errors import Fault
from services.member.points.domain import Insufficient as PointsInsufficient
from services.member.value.domain import Insufficient
from services.member.wallet import committing, store_batch
from services.member.wallet.domain import HoldEnded, HoldRunning
from services.member.wallet.domain_batch import Ask
from services.member.wallet.holds import Holds
from services.member.wallet.reactions import WalletReactions
from tests.service.member.batch_rig import (
    DEVICE,
    WISH,
    Wish,
    ask,
    moves,
    one_by_one,
    outcome,
    rich,
    sales,
    told,
    words,
    world,
)
from tests.service.member.value_rig import Purse, confirmed, new, pays, purse

__all__ = ["purse"]


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
    granted = [wish for wish, _ in sorted(zip(wishes, answers, strict=True), key=lambda one: isinstance(one[1], Fault))]
    async with purse.acting() as tx:
        await committing.commit_all(tx, purse.wallet, sales(many, granted))
        await WalletReactions().on_orders_confirmed(tx, told(many, granted))
    async with purse.acting() as tx:
        for one in sales(single, granted):
            await purse.wallet.commit(tx, one)
        await one_by_one(tx, told(single, granted))
    assert await many.state() == await single.state()
    assert await moves(many) == await moves(single)


async def _alone(purse: Purse, ask: Ask) -> Any:
    with access.acting_as(DEVICE):
        async with purse.db.transaction() as tx:
            return await purse.wallet.hold(tx, ask.hold_id, ask.member_id, ask.points, ask.uses, ask.terminal_id)


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
