"""What of a refund moves, when, and what is kept of it: terms, points that are spent, tenders, providers."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from omo.order.v1 import promotion_service_pb2 as promotion_pb
from omo.order.v1 import returns_pb2
from omo.order.v1 import returns_service_pb2 as pb
from omo.type.v1 import reversal_pb2, spend_pb2
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.returns_rig import DEBT, Counter, units
from tests.service.order.rig import Rig, eventually, line

GRANTED = returns_pb2.REFUND_STATE_GRANTED
CLOSED, INSPECTED = returns_pb2.RETURN_STATE_CLOSED, returns_pb2.RETURN_STATE_INSPECTED
CUPS, TICKET = str(uuid.uuid4()), str(uuid.uuid4())
CREDIT = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_CREDIT, amount=400)
COUPON = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_COUPON, ref=TICKET, rule_id="ten")
PACK = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_PREPAID, ref=CUPS, quantity=1, line_no=1)
_TEN = {
    "id": "ten", "version": "3", "stage": "order", "trigger": "issued",
    "effect": {"kind": "percent_off", "basis_points": 1000},
}  # fmt: skip
_THIRD = {
    "id": "third", "version": "1", "stage": "line", "trigger": "auto", "scope": {"include": {"skus": ["COAT"]}},
    "effect": {"kind": "multibuy", "trigger_quantity": 3, "discounted_quantity": 1,
               "give": {"kind": "percent_off", "basis_points": 10_000}},
}  # fmt: skip


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def counter(rig: Rig) -> Counter:
    return Counter(rig)


async def put(counter: Counter, **terms: Any) -> None:
    """The brand's terms from now on."""
    given = {"days": 30, "late_seconds": 60, "credit_choice": True, "coupon_back": True, **terms}
    await counter.step("PutReturnPolicy", policy=returns_pb2.ReturnPolicy(**given))


async def rules(rig: Rig, *given: dict[str, Any]) -> None:
    put_ = promotion_pb.PutRulesRequest(request_id="r", rules_json=json.dumps({"version": "x", "rules": given}))
    await rig.call(rig.promotions.PutRules, put_, rig.hq())


def kept(refund: Any) -> dict[str, int]:
    names = returns_pb2.DeductionKind
    return {names.Name(one.kind).removeprefix("DEDUCTION_KIND_"): one.amount.minor_units for one in refund.deductions}


async def test_what_the_brand_keeps_for_its_work_and_the_way(rig: Rig, counter: Counter) -> None:
    order = await counter.bought(lines=[line(quantity=5)])
    await put(counter, restocking_bp=1000, return_shipping=80, free_reasons=["DEFECTIVE"])
    sent = {"token": rig.hq(), "location_id": "WH1"}
    preview = await counter.ask("PreviewReturn", pb.PreviewReturnRequest(order_id=order.order_id, units=[units()]))
    assert (preview.amount.minor_units, kept(preview)) == (2700, {"RESTOCKING": 300})
    first = await counter.back(order.order_id, **sent)
    assert (first.refund.amount.minor_units, kept(first.refund)) == (
        2620, {"RESTOCKING": 300, "RETURN_SHIPPING": 80},
    )  # fmt: skip
    here = await counter.back(order.order_id)
    assert (here.refund.amount.minor_units, kept(here.refund)) == (2700, {"RESTOCKING": 300})
    broken = await counter.back(order.order_id, reason="DEFECTIVE", **sent)
    assert (broken.refund.amount.minor_units, kept(broken.refund)) == (3000, {})
    instead = await counter.bought(lines=[line(quantity=2)])
    other = await counter.back(order.order_id, exchange_order_id=instead.order_id)
    assert kept(other.refund) == {}, "nobody pays for the way to other goods"
    for named in (str(uuid.uuid4()), order.order_id):
        none = await counter.back(instead.order_id, exchange_order_id=named)
        assert kept(none.refund) == {"RESTOCKING": 300}, "which are none, or none of his, or were there before"
        await counter.paid(none.return_id)
    fault = await rig.fault(counter.back(order.order_id, waive_fees=True))
    assert (fault.reason, fault.metadata["field"]) == ("PERMISSION_DENIED", "waive_fees")
    waived = await counter.back(order.order_id, waive_fees=True, token=counter.clerk("manager"))
    assert (list(waived.flags), kept(waived.refund)) == (["WAIVED"], {})
    for one in (first, here, broken, other, waived):
        await counter.paid(one.return_id)
    assert rig.book.total(order.order_id, "refund") == 2620 + 2700 + 3 * 3000
    assert await rig.proofs() == {}


async def test_money_that_is_withheld_moves_when_somebody_has_looked_or_says_so(rig: Rig, counter: Counter) -> None:
    await put(counter, withhold=True)
    for looks in (True, False):
        order = await counter.bought()
        aside = units(disposition=returns_pb2.DISPOSITION_QUARANTINE)
        back = await counter.back(order.order_id, aside)
        assert back.refund.state == GRANTED
        assert rig.book.total(order.order_id, "refund") == 0
        if looks:
            given: dict[str, Any] = {"return_id": back.return_id, "line_no": 1, "first_unit": 0, "last_unit": 0}
            restock = returns_pb2.DISPOSITION_RESTOCK
            await counter.step("DisposeUnits", **given, reason="fine", disposition=restock)
        else:
            await counter.step("PayRefund", refund_id=back.return_id)
            again = await rig.fault(counter.step("PayRefund", refund_id=back.return_id))
            assert again.reason == "TRANSITION_REFUSED"
        assert (await counter.paid(back.return_id)).amount.minor_units == 3000
        assert rig.book.total(order.order_id, "refund") == 3000
    assert await rig.proofs() == {}


async def test_points_that_are_spent_are_taken_off_as_far_as_the_money_waits(rig: Rig, counter: Counter) -> None:
    order = await counter.bought(lines=[line(quantity=2)])
    await put(counter, points_seconds=3600)
    back = await counter.back(order.order_id)
    # the owner settles in two parts: each answer says what it is in all, and comes twice
    words = [{"amount": amount, "deduct_amount": amount} for amount in (40, 70, 70, 40)]
    await counter.answers("member", back.return_id, "POINTS_EARNED", *words)
    refund = await counter.paid(back.return_id)
    assert (refund.amount.minor_units, refund.deducted.minor_units) == (2930, 70)
    assert rig.book.total(order.order_id, "refund") == 2930
    await put(counter)
    late = await counter.back(order.order_id)
    await counter.paid(late.return_id)
    await counter.answer("member", late.return_id, "POINTS_EARNED", DEBT, amount=25, deduct_amount=25)
    assert (await counter.rows(late.return_id))["POINTS_EARNED"] == ("DEBT", 0, 25)
    assert await rig.proofs() == {}


async def test_value_gives_before_money_and_a_coupon_when_all_is_back(rig: Rig, counter: Counter) -> None:
    await rules(rig, _TEN)
    order = await counter.bought(lines=[line(quantity=2)], spends=[CREDIT, COUPON])
    assert order.totals.grand_total.minor_units == 5400
    first, second = await counter.back(order.order_id), await counter.back(order.order_id)
    for back in (first, second):
        await counter.paid(back.return_id)
    one, two = await counter.rows(first.return_id), await counter.rows(second.return_id)
    assert (one["CREDIT"][1], one["PAYMENT:1"][1]) == (400, 2300)
    assert ("CREDIT" in two, two["PAYMENT:1"][1]) == (False, 2700), "never more than was paid with each"
    ticket = f"COUPON:{TICKET}"
    assert (ticket in one, ticket in two) == (False, True)
    assert [len(event.spends_returned) for event in await counter.told()] == [1, 1]
    assert rig.book.total(order.order_id, "refund") == 5000
    kept_ = await counter.bought(lines=[line(quantity=1)], spends=[COUPON])
    await put(counter, coupon_back=False)
    assert ticket not in await counter.rows((await counter.back(kept_.order_id)).return_id)
    assert await rig.proofs() == {}


async def test_units_that_were_paid_for_before_go_back_into_their_pack(rig: Rig, counter: Counter) -> None:
    order = await counter.bought(lines=[line(quantity=2)], spends=[PACK])
    first = await counter.back(order.order_id, units(first_unit=0))
    rows = await counter.rows(first.return_id)
    assert rows[f"PREPAID:{CUPS}"][1] == 1
    assert not [name for name in rows if name.startswith("PAYMENT")], "no money had paid for it"
    second = await counter.back(order.order_id, units(first_unit=1))
    await counter.paid(second.return_id)
    assert (await counter.rows(second.return_id))["PAYMENT:1"] == ("DONE", 3000, 3000)
    assert await rig.proofs() == {}


async def test_whoever_brings_back_often_is_looked_at(rig: Rig, counter: Counter) -> None:
    order = await counter.bought(lines=[line(quantity=3)])
    await put(counter, repeat_limit=2)
    flags = [list((await counter.back(order.order_id)).flags) for _ in range(3)]
    assert flags == [[], [], ["REPEAT_RETURNER"]]


async def test_a_part_of_three_for_two(rig: Rig, counter: Counter) -> None:
    await rules(rig, _THIRD)
    for partial, wanted in (("KEEP", [3000, 3000, 0]), ("REQUALIFY", [0, 3000, 3000])):
        await put(counter, partial=getattr(returns_pb2, f"PARTIAL_RETURN_{partial}"))
        order = await counter.bought(lines=[line(quantity=3), line("SCARF")])
        assert order.totals.grand_total.minor_units == 6990
        given = [await counter.back(order.order_id) for _ in range(3)]
        assert [one.refund.amount.minor_units for one in given] == wanted, partial
        await asyncio.gather(*(counter.paid(one.return_id) for one in given))
        assert rig.book.total(order.order_id, "refund") == 6000
    await put(counter, partial=returns_pb2.PARTIAL_RETURN_WHOLE_SET)
    order = await counter.bought(lines=[line(quantity=3), line("SCARF")])
    fault = await rig.fault(counter.back(order.order_id))
    assert (fault.reason, fault.metadata["short"]) == ("SET_INCOMPLETE", "3000")
    asked = await rig.fault(counter.back(order.order_id, token=rig.member(), received=False))
    assert asked.reason == "SET_INCOMPLETE", "not at the counter only"
    assert (await counter.back(order.order_id, units(2, 1))).refund.amount.minor_units == 990
    assert (await counter.back(order.order_id, units(1, 3))).refund.amount.minor_units == 6000
    assert await rig.proofs() == {}


async def test_a_provider_that_answers_late_or_refuses(databases: Databases) -> None:
    async with rigs.running(databases, slow=0.1) as rig:
        counter = Counter(rig)
        for instrument in ("sim_slow_refund", "sim_failed_refund", "sim_no_refund"):
            order = await counter.bought(instrument=instrument)
            back = await counter.back(order.order_id)
            moved = instrument == "sim_slow_refund"
            wanted = ("DONE", 3000, 3000) if moved else ("REFUSED", 3000, 0)
            await _until(counter, back.return_id, wanted)
            await counter.all_answer(back.return_id)
            if not moved:
                await _refused_again(counter, back.return_id, wanted)
            refund = await counter.paid(back.return_id)
            assert [one.code for one in refund.tenders] == ["" if moved else "BY_HAND"]
            assert (await counter.board(back.return_id)).return_state == CLOSED
            assert rig.book.total(order.order_id, "refund") == (3000 if moved else 0)
        assert await rig.proofs() == {}


async def _refused_again(counter: Counter, refund_id: str, wanted: tuple[str, int, int]) -> None:
    """Asked again under another key, it says no again; somebody pays otherwise."""
    board = await counter.board(refund_id)
    (part,) = board.refund.tenders
    assert (part.code, board.refused, board.return_state) == ("instrument_closed", 1, INSPECTED)
    await counter.step("RetryReversals", refund_id=refund_id)
    await _until(counter, refund_id, wanted)
    rows = await counter.rig.rows("SELECT tries FROM refund_tenders WHERE state = 'REFUSED'")
    assert [row[0] for row in rows] == [1]
    payment = reversal_pb2.REVERSAL_KIND_PAYMENT
    await counter.step("SettleReversal", refund_id=refund_id, kind=payment, ref="1", reason="TRANSFER")


async def _until(counter: Counter, refund_id: str, wanted: tuple[str, int, int]) -> None:
    async def there() -> bool:
        return (await counter.rows(refund_id))["PAYMENT:1"] == wanted

    await eventually(there)


async def test_shopping_credit_instead_of_money_is_given_once(rig: Rig, counter: Counter) -> None:
    order = await counter.bought(spends=[CREDIT])
    back = await counter.back(order.order_id, as_credit=True)
    await counter.paid(back.return_id)
    assert list(rig.world.credit.values()) == [(order.member_id, 2600)], "credit that paid goes back by its owner"
    assert (await counter.rows(back.return_id))["CREDIT"][1] == 400
    await counter.step("RetryReversals", refund_id=back.return_id)
    assert (len(rig.world.credit), rig.book.total(order.order_id, "refund")) == (1, 0)
    assert await rig.proofs() == {}
