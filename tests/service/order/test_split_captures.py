"""What was secured by several payments is captured in turn, and given back as it was paid."""

import pytest

from kit import faultpoints
from omo.order.v1 import order_service_pb2 as pb
from tests.service.order.returns_rig import Counter
from tests.service.order.rig import Rig, eventually
from tests.service.order.test_split_payments import entries, part, placed, rig, world

__all__ = ["rig", "world"]  # its fixtures


async def test_captures_take_from_the_first_and_then_from_the_next(rig: Rig) -> None:
    order = await placed(rig, part(amount=1000), part("sim_capture_later"))
    pay, order_id = rig.parts.payments, order.order_id
    assert not await pay.capture(order_id, "f1", 1200)  # the second refuses its first
    assert await pay.capture(order_id, "f1#1", 1200)
    assert await pay.capture(order_id, "f1#1", 1200)
    assert await entries(rig, order_id, "CAPTURED", "CAPTURE_FAILED") == [
        (1, "CAPTURED", 1000), (2, "CAPTURE_FAILED", 200), (2, "CAPTURED", 200),
    ]  # fmt: skip
    assert await pay.capture(order_id, "f2", 9000)
    assert [rig.book.total(key, "capture") for key in (order_id, f"{order_id}:2")] == [1000, 2000]
    await rig.settled()


@pytest.mark.parametrize("point", ["after_deal", "after_capture"])
async def test_a_capture_that_died_asks_the_same_again(rig: Rig, point: str) -> None:
    order = await placed(rig, part(amount=1000), part())
    faultpoints.arm(f"payment.{point}=raise")
    with pytest.raises(Exception, match=point):
        await rig.parts.payments.capture(order.order_id, "f1", 1500)
    faultpoints.arm("")
    assert await rig.parts.payments.capture(order.order_id, "f1", 1500)
    assert [rig.book.total(key, "capture") for key in (order.order_id, f"{order.order_id}:2")] == [1000, 500]
    await rig.settled()


async def test_a_return_goes_back_the_way_it_was_paid(rig: Rig) -> None:
    counter = Counter(rig)
    order = await counter.bought(payment=None, payments=[part(amount=1000), part()])
    given = await counter.back(order.order_id)
    assert {one.amount.minor_units for one in given.refund.tenders} == {1000, 2000}

    async def paid() -> bool:
        return [rig.book.total(key, "refund") for key in (order.order_id, f"{order.order_id}:2")] == [1000, 2000]

    await eventually(paid)

    async def noted() -> bool:
        return len(await entries(rig, order.order_id, "REFUNDED")) == 2

    await eventually(noted)
    await rig.settled()


@pytest.mark.parametrize(
    ("instrument", "state", "told"),
    [("sim_slow_refund", "DONE", "REFUNDED"), ("sim_failed_refund", "REFUSED", "REFUND_FAILED")],
)
async def test_a_refund_ends_by_the_provider_s_word(rig: Rig, instrument: str, state: str, told: str) -> None:
    counter = Counter(rig)
    order = await counter.bought(payment=None, payments=[part(amount=1000), part(instrument)])
    given = await counter.back(order.order_id)

    async def ended() -> bool:
        found = await rig.rows(
            "SELECT state FROM refund_tenders WHERE refund_id = $1 AND tender_no = 2", given.return_id
        )
        return [row[0] for row in found] == [state]

    await eventually(ended)
    assert await entries(rig, order.order_id, "REFUNDED", "REFUND_FAILED") == [(1, "REFUNDED", 1000), (2, told, 2000)]
    board = await rig.rows(
        "SELECT ref, state FROM reversals WHERE refund_id = $1 AND kind = 'PAYMENT' ORDER BY ref", given.return_id
    )
    assert [tuple(row) for row in board] == [("1", "DONE"), ("2", state)]
    assert await rig.proofs() == {}


async def test_a_cancelled_order_gives_each_payment_back(rig: Rig) -> None:
    order = await placed(rig, part("sim_slow_refund", 1000), part("sim_ok"))
    assert await rig.parts.payments.capture(order.order_id, "f1", 1500)
    faultpoints.arm("payment.after_give_back=raise")
    ask = pb.CancelOrderRequest(request_id=f"c-{order.order_id}", order_id=order.order_id, reason="NO")
    await rig.call(rig.orders.CancelOrder, ask)

    async def tried() -> bool:
        return bool(await rig.rows("SELECT FROM timers WHERE kind = 'payment.give_back' AND last_error IS NOT NULL"))

    await eventually(tried)
    faultpoints.arm("")
    rig.clock.advance(minutes=6)

    async def ended() -> bool:
        rig.clock.advance(minutes=6)
        return not await rig.rows("SELECT FROM timers WHERE kind = 'payment.give_back'")

    await eventually(ended)
    assert await entries(rig, order.order_id, "REFUNDED", "VOIDED") == [
        (1, "REFUNDED", 1000), (2, "REFUNDED", 500), (2, "VOIDED", 1500),
    ]  # fmt: skip
    assert [rig.book.total(key, "refund") for key in (order.order_id, f"{order.order_id}:2")] == [1000, 500]
    assert await rig.proofs() == {}


async def test_the_checkers_notice(rig: Rig) -> None:
    """The last of this file: what is added to a journal stays there."""
    order, gone = [await placed(rig, part(amount=1000), part(amount=500), part()) for _ in range(2)]
    ask = pb.CancelOrderRequest(request_id=f"c-{gone.order_id}", order_id=gone.order_id, reason="NO")
    await rig.call(rig.orders.CancelOrder, ask)

    async def over() -> bool:
        return not await rig.rows("SELECT FROM timers WHERE kind = 'payment.give_back'")

    await eventually(over)
    entry = (
        "INSERT INTO order_tenders (order_id, tender_no, entry, key, kind, provider, amount, business_time, actor_kind,"
        " actor_id) VALUES ($1, {}, '{}', '{}', '{}', '{}', {}, now(), 'service', 'x')"
    )
    for harm, about, check in (
        (entry.format(2, "CAPTURED", "zz", "PROVIDER", "simulator", 1), order, "payments.split_captures_are_dealt"),
        (
            "INSERT INTO tender_deals (order_id, key, tender_no, amount, business_time) VALUES ($1, 'yy', 2, 7, now())",
            order,
            "payments.deals_are_what_was_captured",
        ),
        (entry.format(2, "CAPTURED", "yx", "PROVIDER", "simulator", 500), order, "payments.captured_within_authorised"),
        (
            entry.format(7, "AUTHORISED", "", "PROVIDER", "simulator", 1),
            order,
            "payments.tenders_cover_confirmed_orders",
        ),
        (entry.format(8, "AUTHORISED", "", "PROVIDER", "simulator", 9), gone, "payments.no_money_of_cancelled_orders"),
        (entry.format(9, "GIVEN", "x", "CASH", "counter", 5), order, "payments.tills_hold_what_they_received"),
    ):
        assert check not in await rig.proofs()
        await rig.rows(harm, about.order_id)
        assert any(about.order_id in drift for drift in (await rig.proofs())[check])
