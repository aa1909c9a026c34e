"""Gift cards that lines of sales sell: worth something from the sale on, and nothing more once the line came back."""

from itertools import permutations
from typing import Any

import pytest

from omo.member.v1 import member_events_pb2
from omo.type.v1 import reversal_pb2
from services.member.cards.domain_lines import Good
from services.member.cards.selling import Selling
from services.member.value.domain import Use
from tests.service.member.events import events
from tests.service.member.value_rig import GIFT_CARD, Purse, cancelled, confirmed, new, purse, returned, sold

__all__ = ["purse"]

DONE, DEBT = reversal_pb2.REVERSAL_STATE_DONE, reversal_pb2.REVERSAL_STATE_DEBT


async def cards(purse: Purse, count: int = 1, face_value: int = 1000) -> list[str]:
    """New cards, and a good that sells them."""
    async with purse.acting() as tx:
        await Selling(purse.cards, purse.clock).put(tx, Good("GIFT", face_value, True))
        batch = await purse.cards.make(tx, "聖誕", "XMAS", count, 0)
        rows = await tx.fetch("SELECT card_id FROM gift_cards WHERE batch_id = $1 ORDER BY card_id", batch.batch_id)
    return [row["card_id"] for row in rows]


def sells(event: Any, *card_ids: str, sku: str = "GIFT") -> Any:
    facts = event.sales[0] if hasattr(event, "sales") else event.facts
    for line_no, card_id in enumerate(card_ids, 1):
        facts.lines.add(line_no=line_no, sku=sku, quantity=1, list_total=900, net_total=900, gift_card_id=card_id)
    return event


def back(order_id: str, refund_id: str, *line_nos: int) -> Any:
    event = returned(order_id, "", refund_id, [])
    for line_no in line_nos:
        line = event.lines.add(sku="GIFT", quantity=1, net_total=900)
        line.unit.order_id, line.unit.line_no = order_id, line_no
    return event


async def standing(purse: Purse, card_id: str) -> tuple[str, int, int]:
    async with purse.db.read() as tx:
        row = await tx.fetchrow(
            "SELECT cancel_time, sale_time, active, spent FROM gift_cards LEFT JOIN value_lots ON lot_id = card_id"
            " WHERE card_id = $1",
            card_id,
        )
    state = "CANCELLED" if row["cancel_time"] else "SOLD" if row["sale_time"] else "MADE"
    return state, row["active"] or 0, row["spent"] or 0


async def answers(purse: Purse) -> list[tuple[str, str, int, int]]:
    told = [one.reversal for one in await events(purse.db, member_events_pb2.ReversalSettled)]
    return [(one.refund_id, one.ref, int(one.state), one.amount) for one in told]


async def test_a_sold_line_activates_its_card_and_its_return_ends_it(purse: Purse) -> None:
    (first, second, other), sale_id = await cards(purse, 3), new()
    event = sells(sold(sale_id, None), first, second)
    await purse.hear(event, event)
    await purse.hear(sells(sold(sale_id, None), first, second))
    assert await standing(purse, first) == await standing(purse, second) == ("SOLD", 1000, 0)
    order_id = new()
    await purse.hear(confirmed(order_id, None, Use(GIFT_CARD, second, amount=300)))
    await purse.hear(back(sale_id, "r1", 1), back(sale_id, "r2", 2), back(sale_id, "r3", 9))
    await purse.hear(back(sale_id, "r1", 1))
    assert await standing(purse, first) == ("CANCELLED", 0, 0)
    assert await standing(purse, second) == ("CANCELLED", 0, 300)
    assert await answers(purse) == [("r1", first, DONE, 1000), ("r2", second, DEBT, 300)]
    assert await standing(purse, other) == ("MADE", 0, 0)
    await purse.proved()


@pytest.mark.parametrize("order", list(permutations(range(2))), ids=["sale first", "return first"])
async def test_whichever_is_heard_first_a_card_that_came_back_is_worth_nothing(
    purse: Purse, order: tuple[int, ...]
) -> None:
    (card,), sale_id = await cards(purse), new()
    news = [sells(confirmed(sale_id, None), card), back(sale_id, "r1", 1)]
    for number in order:
        await purse.hear(news[number])
    assert (await standing(purse, card))[1] == 0
    assert [(refund, ref, state) for refund, ref, state, _ in await answers(purse)] == [("r1", card, DONE)]
    await purse.proved()


@pytest.mark.parametrize("first", ["sold", "cancelled"])
async def test_a_card_ends_with_the_order_that_sold_it(purse: Purse, first: str) -> None:
    (card,), order_id = await cards(purse), new()
    news = [sells(confirmed(order_id, None), card), cancelled(order_id)]
    for event in news if first == "sold" else reversed(news):
        await purse.hear(event)
    assert (await standing(purse, card))[1] == 0
    await purse.proved()


async def test_a_sale_of_what_is_no_new_card_is_kept_and_activates_nothing(purse: Purse) -> None:
    (card,), sale_id, again = await cards(purse, face_value=0), new(), new()
    strange = sells(sold(new(), None), new(), "no card")
    plain = sells(sold(new(), None), card, sku="COAT")
    await purse.hear(strange, plain)
    assert await standing(purse, card) == ("MADE", 0, 0), "a good that is no gift card sells none"
    await purse.hear(sells(sold(sale_id, None), card))
    await purse.hear(sells(sold(again, None), card))
    assert await standing(purse, card) == ("SOLD", 900, 0), "sold once, for what the line costs"
    await purse.hear(back(again, "r1", 1), back(again, "r2", 1))
    async with purse.db.read() as tx:
        found = [row["problem"] for row in await tx.fetch("SELECT problem FROM gift_card_lines ORDER BY problem")]
    assert found == ["", "ACTIVE", "UNKNOWN"]
    assert await standing(purse, card) == ("SOLD", 900, 0), "the return of a line that sold nothing ends nothing"
    assert await answers(purse) == []
    await purse.proved()
