"""What was spent without asking, comes back, comes late, or moves with a merge."""

from datetime import timedelta

import pytest

from kit.errors import Fault
from omo.member.v1 import member_events_pb2
from services.member.merging.parts import Merge, Parting
from services.member.value.domain import Spent, Use
from services.member.value.joining import PART
from tests.service.member.value_rig import (
    BENEFIT,
    COUPON,
    CREDIT,
    Purse,
    cancelled,
    confirmed,
    new,
    pays,
    purse,
    returned,
    sold,
)

__all__ = ["purse"]


def coupon(ref: str, rule: str = "rule-1") -> Use:
    return Use(COUPON, ref, rule_id=rule)


async def test_a_store_sale_that_nobody_held_for_takes_what_there_is_and_owes_the_rest(purse: Purse) -> None:
    shopper, order_id = await purse.member(), new()
    await purse.credit(shopper, 100)
    await purse.hear(sold(order_id, shopper, pays(150)), sold(order_id, shopper, pays(150)))
    assert await purse.sums(shopper) == (0, 0, 150, 50)
    await purse.credit(shopper, 80)
    assert await purse.sums(shopper) == (30, 0, 150, 0), "new credit pays the debt"
    await purse.hear(cancelled(order_id, shopper))
    assert await purse.sums(shopper) == (180, 0, 0, 0)
    await purse.proved()


@pytest.mark.parametrize("first", ["confirmed", "returned"])
async def test_a_return_gives_credit_back_whichever_is_heard_first(purse: Purse, first: str) -> None:
    shopper, order_id, refund_id = await purse.member(), new(), new()
    await purse.credit(shopper, 500)
    await purse.hold(order_id, shopper, pays(400))
    heard = [confirmed(order_id, shopper, pays(400)), returned(order_id, shopper, refund_id, [pays(150)])]
    told = []
    for event in heard if first == "confirmed" else reversed(heard):
        told += await purse.hear(event)
    assert await purse.sums(shopper) == (250, 0, 250, 0)
    (answer,) = [row for row in told if "ReversalSettled" in row["subject"]]
    settled = member_events_pb2.ReversalSettled.FromString(answer["payload"]).reversal
    assert (settled.refund_id, settled.amount) == (refund_id, 150)
    assert await purse.hear(returned(order_id, shopper, refund_id, [pays(150)])) == []
    assert await purse.sums(shopper) == (250, 0, 250, 0)
    await purse.proved()


async def test_a_till_that_held_more_than_its_sale_took_gives_the_rest_back(purse: Purse) -> None:
    shopper, sale_id = await purse.member(), new()
    await purse.credit(shopper, 100, days=5)
    await purse.credit(shopper, 100)
    ticket = await purse.lot(shopper, COUPON, rule_id="rule-1")
    await purse.hold(sale_id, shopper, pays(180), coupon(ticket), till="till 1")
    await purse.hear(sold(sale_id, shopper, pays(110)), sold(sale_id, shopper, pays(110)))
    assert await purse.sums(shopper) == (90, 0, 110, 0)
    assert (await purse.one(ticket)).state(purse.now) == "ISSUED"
    await purse.proved()


async def test_a_cancellation_heard_before_the_confirmation_spends_nothing(purse: Purse) -> None:
    shopper, order_id = await purse.member(), new()
    await purse.credit(shopper, 100)
    await purse.hold(order_id, shopper, pays(100))
    await purse.hear(cancelled(order_id, shopper))
    await purse.hear(confirmed(order_id, shopper, pays(100)))
    assert await purse.sums(shopper) == (100, 0, 0, 0)
    await purse.proved()


async def test_what_comes_back_late_can_be_spent_a_while_longer(purse: Purse) -> None:
    shopper, order_id = await purse.member(), new()
    lot_id = await purse.credit(shopper, 100, days=5)
    await purse.hold(order_id, shopper, pays(100))
    purse.now += timedelta(days=6)
    await purse.sweep()
    await purse.release(order_id, shopper)
    assert (await purse.one(lot_id)).expire_time == purse.now + timedelta(days=30)
    await purse.hold(new(), shopper, pays(100))
    await purse.proved()


async def test_a_till_that_never_sells_lets_go(purse: Purse) -> None:
    shopper, sale_id = await purse.member(), new()
    ref = await purse.lot(shopper, BENEFIT, rule_id="rule-1")
    await purse.hold(sale_id, shopper, Use(BENEFIT, ref, rule_id="rule-1"), till="till 1")
    async with purse.acting() as tx:
        row = await tx.fetchrow("SELECT key, due_time FROM timers WHERE kind = 'wallet.till_hold'")
        assert (row["key"], row["due_time"]) == (sale_id, purse.now + timedelta(minutes=30))
        await purse.wallet.let_go(tx, type("Due", (), {"key": sale_id}))
    assert (await purse.one(ref)).state(purse.now) == "ISSUED"
    await purse.hear(sold(sale_id, shopper, Use(BENEFIT, ref, rule_id="rule-1")))
    assert (await purse.one(ref)).state(purse.now) == "REDEEMED", "a sale is a fact, however late it comes"
    await purse.proved()


async def test_no_ledger_row_is_ever_changed(purse: Purse) -> None:
    for table in ("value_transfers", "value_entries"):
        with pytest.raises(Exception, match="permission denied"):
            async with purse.db.transaction() as tx:
                await tx.execute(f"UPDATE {table} SET transfer_id = transfer_id")
    assert issubclass(Spent, Fault)
    assert CREDIT == 2


async def test_value_comes_along_with_a_merge_and_goes_back_with_its_end(purse: Purse) -> None:
    card, web, order_id = await purse.member(), await purse.member(), new()
    await purse.credit(card, 300)
    ticket = await purse.lot(card, COUPON, rule_id="rule-1")
    await purse.credit(web, 100)
    await purse.hold(order_id, card, pays(100))
    merge = Merge(new(), web, card, purse.now)
    async with purse.acting() as tx:
        gains = await PART.preview(tx, web, card)
        assert [(gain.kind, gain.count, gain.amount) for gain in gains] == [("CREDIT", 1, 300), ("COUPON", 1, 1)]
        await PART.join(tx, merge)
    assert await purse.sums(web) == (300, 100, 0, 0)
    await purse.hold(new(), web, coupon(ticket), pays(300))
    async with purse.acting() as tx:
        await PART.part(tx, merge, Parting(purse.now, [card]))
    assert (await purse.one(ticket)).member_id == card
    assert await purse.sums(web) == (0, 100, 0, 0)
    assert await purse.sums(card) == (0, 300, 0, 0)
    await purse.proved()


async def test_a_refund_that_is_told_in_parts_gives_all_of_them_back_once(purse: Purse) -> None:
    """Two parts of one kind, each told again, the first with its runs cut anew; the answers say what it is in all."""
    shopper, order_id, refund_id = await purse.member(), new(), new()
    await purse.credit(shopper, 500)
    await purse.hold(order_id, shopper, pays(400))
    await purse.hear(confirmed(order_id, shopper, pays(400)))
    first = returned(order_id, shopper, refund_id, [pays(60), pays(40)], first=0, last=2)
    again = returned(order_id, shopper, refund_id, [pays(100)], first=0)
    again.lines.add(sku="COAT", quantity=2).unit.CopyFrom(first.lines[0].unit)
    again.lines[1].unit.first = 1
    second = returned(order_id, shopper, refund_id, [pays(50)], first=3)
    answers = []
    for event in (first, again, second, second):
        answers += [row for row in await purse.hear(event) if "ReversalSettled" in row["subject"]]
    told = [member_events_pb2.ReversalSettled.FromString(row["payload"]).reversal for row in answers]
    assert [(one.amount, one.state) for one in told] == [(100, 1), (150, 1)]
    assert await purse.sums(shopper) == (250, 0, 250, 0)
    await purse.proved()


async def test_what_earlier_versions_gave_back_is_not_given_again(purse: Purse) -> None:
    shopper, order_id, refund_id = await purse.member(), new(), new()
    await purse.credit(shopper, 500)
    await purse.hold(order_id, shopper, pays(400))
    await purse.hear(confirmed(order_id, shopper, pays(400)), returned(order_id, shopper, refund_id, [pays(150)]))
    await purse.hear(returned(order_id, shopper, refund_id, [pays(150)], first=0))
    assert await purse.sums(shopper) == (250, 0, 250, 0)
