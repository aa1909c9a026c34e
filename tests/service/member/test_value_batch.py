"""Value of many orders in group commit: what a batch spends is what one after the other spends."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.member.wallet import holding, spending, store_batch
from services.member.wallet.domain import NOBODY
from services.member.wallet.reactions import WalletReactions
from tests.service.member.batch_rig import World, moves, one_by_one, outcome, rich, used, world
from tests.service.member.value_rig import CREDIT, Purse, cancelled, confirmed, new, pays, purse, returned

__all__ = ["purse"]

# an order's number, whose, what it holds, how much, and what becomes of it then
Told = tuple[int, int, str, int, str]


async def prepared(purse: Purse, one: World, orders: Sequence[Told]) -> list[Any]:
    """Holds what is to be held, hears what comes before, and answers what is told then."""
    news: list[Any] = []
    for number, who, what, amount, how in orders:
        ask = one.ask((number, who, what, amount, False))
        member_id = None if ask.member_id == NOBODY else ask.member_id
        if how != "unheld":
            await outcome(purse.hold(ask.hold_id, member_id, *ask.uses))
        if how == "ended":
            await purse.hear(cancelled(ask.hold_id, member_id))
        if how == "returned":
            await purse.hear(returned(ask.hold_id, member_id or "", "r1", ask.uses))
        told = used(ask.uses, {"less": 2, "more": 3}.get(how, 0))
        news += [confirmed(ask.hold_id, member_id, *told)] * (2 if how == "twice" else 1)
    return news


async def both(purse: Purse, orders: Sequence[Told]) -> tuple[Any, Any]:
    """How two worlds that are alike end: told of all at once, and one after the other."""
    many, single = await world(purse), await world(purse)
    together, apart = await prepared(purse, many, orders), await prepared(purse, single, orders)
    async with purse.acting() as tx:
        await WalletReactions().on_orders_confirmed(tx, together)
    async with purse.acting() as tx:
        await one_by_one(tx, apart)
    return (await many.state(), await moves(many)), (await single.state(), await moves(single))


@pytest.mark.parametrize("how", ["as held", "less", "more", "twice", "ended", "returned", "unheld"])
async def test_a_batch_spends_what_one_after_the_other_spends(purse: Purse, how: str) -> None:
    """Beside orders that are as they should be, one that is not; what may come is drawn in test_wallet_batch."""
    many, single = await both(
        purse, [(0, 0, "credit", 10, "as held"), (1, 0, "all", 20, how), (2, 1, "credit", 9, how),
                (3, 3, "card", 5, how), (4, 0, "credit", 4, "as held")],
    )  # fmt: skip
    assert many == single


@pytest.mark.parametrize("how", ["less", "more", "returned"])
async def test_the_comparison_notices_a_batch_that_takes_no_care(
    purse: Purse, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async def blind(tx: Any, order_ids: Sequence[str]) -> Any:
        return (await look(tx, order_ids))[0], set()

    look = store_batch.parts
    monkeypatch.setattr(store_batch, "parts", blind)
    monkeypatch.setattr(spending, "_just", lambda _told, _parts: True)
    many, single = await both(purse, [(0, 0, "credit", 20, how)])
    assert many != single


async def test_orders_that_used_what_they_held_are_spent_together(
    purse: Purse, monkeypatch: pytest.MonkeyPatch
) -> None:
    shoppers = [await rich(purse) for _ in range(3)]
    orders = {new(): shoppers[n % 3] for n in range(9)}
    for order_id, shopper in orders.items():
        await purse.hold(order_id, shopper, pays(10))

    async def never(_tx: Any, _told: Any) -> Any:
        raise AssertionError("one by one")

    monkeypatch.setattr(holding, "commit", never)
    await purse.hear(*(confirmed(order_id, shopper, pays(10)) for order_id, shopper in orders.items()))
    assert [await purse.sums(shopper, CREDIT) for shopper in shoppers] == [(70, 0, 30, 0)] * 3
    await purse.proved()
