"""What members hold, spent through a checkout: coupons, credit, cards and prepaid units, beside points and money."""

import json
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kit.errors import Code, Fault
from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.order.v1 import promotion_service_pb2 as promotion_pb
from omo.type.v1 import spend_pb2, trade_pb2
from tests.harness.databases import Databases
from tests.service.order import brand
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER, line
from tests.service.order.rig import CONFIRMED, Rig

CARD, CUPS, TICKET = (str(uuid.uuid4()) for _ in range(3))
CREDIT = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_CREDIT, amount=400)
GIFT = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_GIFT_CARD, ref=CARD, amount=100_000)
COUPON = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_COUPON, ref=TICKET, rule_id="ten")
RULES = {
    "version": "x",
    "rules": [
        {"id": "ten", "version": "3", "stage": "order", "trigger": "issued",
         "conditions": [{"kind": "min_amount", "amount": 2000}],
         "effect": {"kind": "percent_off", "basis_points": 1000}},
    ],
}  # fmt: skip


class NotThere(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "VALUE_INSUFFICIENT"


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


def cups(quantity: int, unit_value: int = 0) -> spend_pb2.Spend:
    return spend_pb2.Spend(
        kind=spend_pb2.SPEND_KIND_PREPAID, ref=CUPS, quantity=quantity, line_no=1, unit_value=unit_value
    )


def tenders(order: order_pb2.Order) -> list[tuple[str, int, str]]:
    return [
        (
            trade_pb2.TenderKind.Name(each.kind).removeprefix("TENDER_KIND_"),
            each.amount.minor_units,
            order_pb2.TenderState.Name(each.state).removeprefix("TENDER_STATE_"),
        )
        for each in order.tenders
    ]


async def facts(rig: Rig) -> order_events_pb2.OrderConfirmed:
    rows = await rig.rows("SELECT payload FROM outbox WHERE subject LIKE '%OrderConfirmed%'")
    return order_events_pb2.OrderConfirmed.FromString(rows[-1]["payload"])


async def test_credit_lowers_what_the_provider_secures(rig: Rig) -> None:
    order = await rig.place(spends=[CREDIT])
    assert order.state == CONFIRMED
    assert order.totals.grand_total.minor_units == 3000, "a tender pays, it takes nothing off"
    assert tenders(order) == [("PROVIDER", 2600, "AUTHORISED"), ("STORE_CREDIT", 400, "CAPTURED")]
    told = (await facts(rig)).facts
    assert [(each.kind, each.amount, each.pays) for each in told.spends] == [(spend_pb2.SPEND_KIND_CREDIT, 400, 400)]
    assert sum(tender.amount for tender in told.tenders) == told.grand_total
    assert rig.world.calls["points.hold"] == 1
    assert (await rig.get(order.order_id)).spends == order.spends
    await rig.settled()


async def test_value_that_pays_everything_needs_no_provider(rig: Rig) -> None:
    order = await rig.place(spends=[GIFT, CREDIT], payment=pb.PaymentChoice())
    assert order.state == CONFIRMED
    assert tenders(order) == [("GIFT_CARD", 3000, "CAPTURED")], "what is not needed stays where it is"
    assert rig.world.spends[order.order_id][0].amount == 3000
    await rig.call(rig.orders.CancelOrder, pb.CancelOrderRequest(request_id="c", order_id=order.order_id, reason="no"))
    assert tenders(await rig.get(order.order_id)) == [("GIFT_CARD", 3000, "REFUNDED")]
    assert (await rig.proofs()) == {}


async def test_a_guest_pays_with_a_gift_card_and_with_nothing_else(rig: Rig) -> None:
    order = await rig.place(token=rig.hq(), member_id="", spends=[GIFT], payment=pb.PaymentChoice())
    assert (order.state, order.member_id) == (CONFIRMED, "")
    fault = await rig.fault(rig.place(token=rig.hq(), member_id="", spends=[CREDIT]))
    assert fault.metadata["field"] == "spends[0].kind"


async def test_a_coupon_opens_its_rule_and_is_held_only_where_it_helps(rig: Rig) -> None:
    put = promotion_pb.PutRulesRequest(request_id="r", rules_json=json.dumps(RULES))
    await rig.call(rig.promotions.PutRules, put, rig.hq())
    assert (await rig.place()).totals.grand_total.minor_units == 3000, "nobody else gets it"
    typed = await rig.fault(rig.place(coupon_codes=["ten"]))
    assert typed.reason == "COUPON_UNKNOWN", "it has no code to be typed"
    order = await rig.place(spends=[COUPON])
    assert order.totals.grand_total.minor_units == 2700
    assert [(each.ref, each.rule_id) for each in rig.world.spends[order.order_id]] == [(TICKET, "ten")]
    small = await rig.place(lines=[line("SCARF")], spends=[COUPON])
    assert small.totals.grand_total.minor_units == 990
    assert (list(small.spends), small.order_id in rig.world.points_holds) == ([], False)
    await rig.settled()


async def test_a_coupon_whose_rule_is_not_in_force_is_refused(rig: Rig) -> None:
    fault = await rig.fault(rig.place(spends=[COUPON]))
    assert (fault.reason, fault.metadata["rule_id"]) == ("RULE_NOT_IN_FORCE", "ten")
    put = promotion_pb.PutRulesRequest(request_id="r", rules_json=json.dumps(RULES))
    await rig.call(rig.promotions.PutRules, put, rig.hq())
    other = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_COUPON, ref=TICKET, rule_id="ten", rule_version=2)
    assert (await rig.fault(rig.place(spends=[other]))).reason == "RULE_NOT_IN_FORCE"


async def test_prepaid_units_pay_their_own_line_and_earn_nothing_again(rig: Rig) -> None:
    order = await rig.place(lines=[line("SCARF", 3), line("COAT")], spends=[cups(2)])
    assert tenders(order)[1:] == [("PREPAID", 1980, "CAPTURED")]
    told = (await facts(rig)).facts
    assert [each.earn_base for each in told.lines] == [990, 3000]
    assert (told.spends[0].sku, told.spends[0].pays) == ("SCARF", 1980)
    better = await rig.place(lines=[line("SCARF", 1)], spends=[cups(1, unit_value=800)])
    assert tenders(better) == [("PROVIDER", 190, "AUTHORISED"), ("PREPAID", 800, "CAPTURED")]
    fault = await rig.fault(rig.place(lines=[line("SCARF", 1)], spends=[cups(2)]))
    assert fault.metadata["field"] == "spends"


async def test_a_quote_keeps_what_is_spent(rig: Rig) -> None:
    asked = pb.QuoteRequest(request_id="q", member_id=MEMBER, channel_id="web", lines=[line()], spends=[CREDIT])
    quote = (await rig.call(rig.orders.Quote, asked)).quote
    assert (quote.amount_due.minor_units, quote.totals.grand_total.minor_units) == (2600, 3000)
    taken = brand.wish(quote_id=quote.quote_id, channel_id="", lines=[], spends=[CREDIT])
    assert (await rig.fault(rig.call(rig.orders.PlaceOrder, taken))).reason == "QUOTE_MISMATCH"
    order = await rig.place(quote_id=quote.quote_id, channel_id="", lines=[])
    assert tenders(order) == [("PROVIDER", 2600, "AUTHORISED"), ("STORE_CREDIT", 400, "CAPTURED")]


async def test_what_cannot_be_held_gives_everything_back(rig: Rig) -> None:
    rig.world.before["points.hold"] = NotThere("too little", available=100)
    fault = await rig.fault(rig.place(spends=[CREDIT]))
    assert (fault.reason, fault.metadata["available"]) == ("VALUE_INSUFFICIENT", "100")
    del rig.world.before["points.hold"]
    declined = await rig.fault(rig.place(spends=[CREDIT], instrument="sim_decline"))
    assert declined.reason == "PAYMENT_DECLINED"
    rows = await rig.rows("SELECT state FROM orders")
    assert {row["state"] for row in rows} == {"CANCELLED"}
    await rig.settled()


@pytest.mark.parametrize(
    ("spend", "field"),
    [
        (spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_POINTS, amount=1), "spends[0].kind"),
        (spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_CREDIT), "spends[0].amount"),
        (spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_COUPON, ref=TICKET), "spends[0].rule_id"),
        (spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_GIFT_CARD, ref="x", amount=1), "spends[0].ref"),
        (spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_PREPAID, ref=CUPS), "spends[0].quantity"),
    ],
)
async def test_a_bad_use_is_refused_by_its_field(rig: Rig, spend: spend_pb2.Spend, field: str) -> None:
    assert (await rig.fault(rig.place(spends=[spend]))).metadata["field"] == field
