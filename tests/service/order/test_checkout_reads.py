"""Who sees which orders, page by page, and what each unit came to."""

from collections.abc import AsyncIterator

import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.order.v1 import promotion_service_pb2 as rules_pb
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.type.v1 import channel_pb2, unit_pb2
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order import sales_rig
from tests.service.order.brand import MEMBER, OTHER, SHIP, line
from tests.service.order.rig import CONFIRMED, Rig

TENTH = """{"version": "x", "rules": [{"id": "tenth", "version": "2", "stage": "order", "trigger": "auto",
 "effect": {"kind": "percent_off", "basis_points": 1000}}]}"""

_FORGE = """
INSERT INTO order_tenders (order_id, tender_no, entry, key, kind, amount, business_time, actor_kind, actor_id)
VALUES ($1, 1, '{entry}', 'x', 'PROVIDER', {amount}, now(), '', '')
"""


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


async def listed(rig: Rig, token: str, **asked: object) -> list[str]:
    """Every page of a list, two at a time."""
    found: list[str] = []
    page = ""
    while True:
        request = pb.ListOrdersRequest(page_size=2, page_token=page, **asked)  # type: ignore[arg-type]
        reply = await rig.call(rig.orders.ListOrders, request, token)
        found += [order.order_id for order in reply.orders]
        page = reply.next_page_token
        if not page:
            return found


async def _sold(rig: Rig) -> str:
    """A sale of the store long ago, as its till tells of it."""
    fact = sales_rig.sale(sales_rig.line(sku="COAT"), business_time=Timestamp(seconds=1_750_000_000))
    token = rig.issuer.token("device", sales_rig.TILL, terminal=sales_rig.TILL, locations=["TPE01"])
    await rig.call(sales_rpc.SalesServiceStub(rig.channel).RecordSales, sales_rig.frame(fact), token)
    return fact.sale_id


async def test_members_see_their_own_and_staff_their_stores(rig: Rig) -> None:
    mine = [(await rig.place()).order_id for _ in range(5)]
    shipped = (await rig.place(lines=[line(method=SHIP, fulfilment_location_id="")])).order_id
    theirs = (await rig.place(rig.member(OTHER), member_id=OTHER)).order_id
    receipt_id = await _sold(rig)
    assert await listed(rig, rig.member()) == [shipped, *reversed(mine)]
    assert await listed(rig, rig.member(), member_id=MEMBER) == [shipped, *reversed(mine)]
    assert await listed(rig, rig.member(OTHER)) == [theirs]
    assert await listed(rig, rig.staff("TPE01")) == [theirs, *reversed(mine), receipt_id]
    # of one member also what waits here to be collected, and nothing of elsewhere
    assert await listed(rig, rig.staff("TPE01"), member_id=MEMBER) == [*reversed(mine)]
    assert await listed(rig, rig.staff("TPE01"), channel_kind=channel_pb2.CHANNEL_KIND_STORE) == [receipt_id]
    assert await listed(rig, rig.staff("TPE01", "TPE02"), location_id="TPE02") == []
    assert await listed(rig, rig.hq()) == [theirs, shipped, *reversed(mine), receipt_id]
    assert await listed(rig, rig.hq(), state=order_pb2.ORDER_STATE_CANCELLED) == []
    foreign = await rig.fault(listed(rig, rig.member(), member_id=OTHER))
    assert foreign.reason == "NOT_FOUND"
    elsewhere = await rig.fault(listed(rig, rig.staff("TPE02"), location_id="TPE01"))
    assert elsewhere.reason == "NOT_FOUND"
    forged = await rig.fault(rig.call(rig.orders.ListOrders, pb.ListOrdersRequest(page_token="bm90IG91cnM")))
    assert forged.reason == "PAGE_TOKEN_INVALID"


async def test_an_order_is_found_by_id_or_number_by_those_who_may(rig: Rig) -> None:
    order = await rig.place()

    async def get(name: str, token: str) -> order_pb2.Order:
        return (await rig.call(rig.orders.GetOrder, pb.GetOrderRequest(order_id=name), token)).order  # type: ignore[no-any-return]

    number = order.order_no
    for name in (order.order_id, number, f"{number[:4]}-{number[4:8]}-{number[8:]}".lower()):
        assert (await get(name, rig.member())).order_id == order.order_id
        assert (await get(name, rig.staff("TPE01"))).order_id == order.order_id
        assert (await rig.fault(get(name, rig.member(OTHER)))).reason == "NOT_FOUND"
        assert (await rig.fault(get(name, rig.staff("TPE02")))).reason == "NOT_FOUND"
    assert (await rig.fault(get("nonsense", rig.member()))).reason == "NOT_FOUND"
    assert (await rig.fault(get(order.order_id, ""))).reason == "UNAUTHENTICATED"


async def test_rules_are_published_priced_with_and_kept_on_every_unit(rig: Rig) -> None:
    put = rules_pb.PutRulesRequest(request_id="p1", rules_json=TENTH, reason="spring")
    refused = await rig.fault(rig.call(rig.promotions.PutRules, put))
    assert refused.reason == "PERMISSION_DENIED"
    assert (await rig.call(rig.promotions.PutRules, put, rig.hq())).version == "1"
    assert (await rig.call(rig.promotions.PutRules, put, rig.hq())).version == "1"
    order = await rig.place(lines=[line("SCARF", 3)])
    assert order.totals.grand_total.minor_units == 2970 - 297
    ref = unit_pb2.UnitRef(order_id=order.order_id, line_no=1, first=1, last=2)
    reply = await rig.call(rig.orders.DescribeUnits, pb.DescribeUnitsRequest(units=[ref]))
    (unit,) = reply.units
    assert (unit.unit.first, unit.unit.last, unit.net_amount.minor_units) == (1, 2, 891)
    assert [(each.rule_id, each.rule_version, each.stage, each.amount) for each in unit.discounts] == [
        ("tenth", "2", "order", 99)
    ]
    foreign = await rig.call(rig.orders.DescribeUnits, pb.DescribeUnitsRequest(units=[ref]), rig.member(OTHER))
    assert list(foreign.units) == []
    bad = rules_pb.PutRulesRequest(request_id="p2", rules_json='{"version": "x", "rules": [{}]}', reason="x")
    fault = await rig.fault(rig.call(rig.promotions.PutRules, bad, rig.hq()))
    assert (fault.reason, fault.metadata["path"]) == ("RULES_INVALID", "rules[0].stage")
    got = await rig.call(rig.promotions.GetRules, rules_pb.GetRulesRequest(), rig.hq())
    assert (got.version, got.rules_json) == ("1", TENTH)
    assert (await rig.events())[0] == "RulesChanged"
    await rig.settled()


async def test_a_guest_may_ask_what_things_cost(rig: Rig) -> None:
    asked = pb.QuoteRequest(channel_id="web", lines=[line()])
    reply = await rig.call(rig.orders.Quote, asked, "")
    assert reply.quote.totals.grand_total.minor_units == 3000
    asked.member_id = MEMBER
    fault = await rig.fault(rig.call(rig.orders.Quote, asked, ""))
    assert fault.reason == "NOT_FOUND"


async def test_every_checker_has_been_seen_to_fail(rig: Rig) -> None:
    """Breaks what each check guards, by hand, behind the service's back."""
    order = await rig.place(lines=[line("SCARF", 3)])
    cancelled = await rig.place()
    open_ = await rig.place(instrument="sim_never")
    assert await rig.proofs() == {}
    damage = {
        "orders.totals_equal_lines": ("UPDATE orders SET grand_total = grand_total + 1 WHERE order_id = $1", order),
        "orders.lines_equal_list_less_discounts": (
            "UPDATE order_lines SET list_total = list_total + 1 WHERE order_id = $1",
            order,
        ),
        "orders.units_equal_their_line": (
            "UPDATE order_lines SET units = jsonb_set(units, '{0,0}', '1') WHERE order_id = $1",
            order,
        ),
        "checkout.open_orders_have_a_saga": ("DELETE FROM timers WHERE key = $1::uuid::text", open_),
        "checkout.sagas_end_with_their_order": ("UPDATE checkouts SET step = 'UNDO' WHERE order_id = $1", order),
        "payments.tenders_cover_confirmed_orders": (
            _FORGE.format(entry="AUTHORISED", amount=7),
            order,
        ),
        "payments.captured_within_authorised": (
            _FORGE.format(entry="CAPTURED", amount=99999),
            order,
        ),
        "payments.no_money_of_cancelled_orders": (
            "UPDATE orders SET state = 'CANCELLED' WHERE order_id = $1",
            cancelled,
        ),
    }
    for statement, broken in damage.values():
        async with rig.db.read() as tx:
            await tx.execute(statement, broken.order_id)
    assert open_.state != CONFIRMED
    assert set(await rig.proofs()) >= set(damage)
