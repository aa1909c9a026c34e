"""Who may say and see what about store sales, and the queue of those that somebody should look at."""

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from omo.order.v1 import order_service_pb2 as order_pb
from omo.order.v1 import sales_service_pb2 as pb
from omo.type.v1 import trade_pb2
from tests.harness.databases import Databases
from tests.service.order.sales_rig import MEMBER, TILL, Rig, device, frame, line, sale, staff
from tests.service.order.sales_serving import serving

HQ = {"audience": "hq", "roles": ["analyst"]}
COUPON, OTHER = trade_pb2.TENDER_KIND_MANUFACTURER_COUPON, trade_pb2.TENDER_KIND_OTHER


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with serving(databases) as running:
        yield running


async def reviews(rig: Rig, **claims: Any) -> list[tuple[str, str]]:
    answer = await rig.call(rig.sales.ListReviews, pb.ListReviewsRequest(), **(claims or HQ))
    return sorted((review.flag, review.subject) for review in answer.reviews)


async def test_a_rule_that_its_version_does_not_hold_is_flagged(rig: Rig) -> None:
    async with rig.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO rule_sets VALUES (3, '{\"rules\": [{\"id\": \"gold\"}]}', now(), now(), '', 'hq', 'u1')"
        )
    good, bad, own = (line(listed=100, net_total=90) for _ in range(3))
    good.discounts.add(rule_id="gold", rule_version="1", amount=10)
    bad.discounts.add(rule_id="spring", rule_version="1", amount=10)
    own.discounts.add(rule_id="till-button-3", amount=10)
    await rig.send(*(sale(each, rules_version="3") for each in (good, bad, own)))
    assert await reviews(rig) == [("UNKNOWN_RULE", "spring")]


async def test_what_tills_gave_counts_towards_a_limit_and_too_much_is_told(rig: Rig) -> None:
    """Offline, two tills gave the one use that was left: both sales stand, the second is looked at."""
    limited = {"id": "one", "version": "1", "stage": "order", "trigger": "auto", "limit": {"total": 1},
               "effect": {"kind": "percent_off", "basis_points": 1000}}  # fmt: skip
    async with rig.db.transaction() as tx:
        rules = json.dumps({"version": "4", "rules": [limited]})
        await tx.execute("INSERT INTO rule_sets VALUES (4, $1, now(), now(), '', 'hq', 'u1')", rules)
    goods = [line(listed=100, net_total=90) for _ in range(2)]
    for one in goods:
        one.discounts.add(rule_id="one", rule_version="1", amount=10)
    first, second = (sale(one, rules_version="4") for one in goods)
    await rig.send(first)
    assert await reviews(rig) == []
    await rig.send(second, first=2)
    await rig.send(second, first=2)
    assert await reviews(rig) == [("RULE_OVERUSED", "one")]
    async with rig.db.read() as tx:
        assert await tx.fetchval("SELECT uses FROM rule_use_counts WHERE rule_id = 'one'") == 2
    assert await rig.drifts() == {}


async def flags(rig: Rig, order_id: str) -> list[str]:
    """What the order itself still says that is unknown."""
    got = await rig.call(rig.orders.GetOrder, order_pb.GetOrderRequest(order_id=order_id), **HQ)
    return list(got.order.review_flags)


async def test_what_becomes_known_leaves_the_queue(rig: Rig) -> None:
    stranger = str(uuid.uuid4())
    fact = sale(line(1, "GHOST"), member_id=stranger)
    await rig.send(fact)
    assert len(await reviews(rig)) == 2
    assert await flags(rig, fact.sale_id) == ["UNKNOWN_MEMBER", "UNKNOWN_SKU"]
    async with rig.db.transaction() as tx:
        await tx.execute("INSERT INTO member_tiers VALUES ($1, 'basic', 1)", stranger)
    assert await reviews(rig) == [("UNKNOWN_SKU", "GHOST")]
    assert await flags(rig, fact.sale_id) == ["UNKNOWN_SKU"]


async def test_the_queue_is_paged_and_each_stores_own(rig: Rig) -> None:
    await rig.send(*(sale(line(1, f"GHOST-{number}")) for number in range(5)))
    await rig.send(sale(line(1, "GHOST-9")), till="till 2", store="TXG01")
    seen, token = [], ""
    for _ in range(3):
        asked = pb.ListReviewsRequest(page_size=2, page_token=token)
        page = await rig.call(rig.sales.ListReviews, asked, **staff("A102", "TPE01", "manager"))
        seen += [review.subject for review in page.reviews]
        token = page.next_page_token
    assert (sorted(seen), token) == ([f"GHOST-{number}" for number in range(5)], "")
    elsewhere = pb.ListReviewsRequest(location_id="TXG01")
    assert (
        await rig.refused(rig.sales.ListReviews, elsewhere, **staff("A102", "TPE01", "manager"))
    ).reason == "NOT_FOUND"
    assert (await rig.refused(rig.sales.ListReviews, elsewhere, **staff())).reason == "PERMISSION_DENIED"
    assert len((await rig.call(rig.sales.ListReviews, elsewhere, **HQ)).reviews) == 2
    forged = pb.ListReviewsRequest(page_token="bm9uc2Vuc2U")
    assert (await rig.refused(rig.sales.ListReviews, forged, **HQ)).reason == "PAGE_TOKEN_INVALID"


async def test_only_the_door_and_devices_record_sales(rig: Rig) -> None:
    for claims in (staff(), HQ, {"audience": "shop", "sub": MEMBER}):
        assert (await rig.refused(rig.sales.RecordSales, frame(sale()), **claims)).reason == "PERMISSION_DENIED"
    door = {"audience": "service", "sub": "storelink"}
    assert (await rig.call(rig.sales.RecordSales, frame(sale()), **door)).answer.durable_ack == 1
    assert (await rig.refused(rig.sales.RecordSales, frame(till=""), **door)).metadata["field"] == "terminal_id"
    assert (await rig.refused(rig.sales.SumSales, pb.SumSalesRequest(), **device(TILL))).reason == "PERMISSION_DENIED"


async def test_the_checkers_notice(rig: Rig) -> None:
    await rig.send(sale(), sale(line(1, "GHOST")))
    for harm, check in (
        ("UPDATE order_lines SET net_total = net_total - 1 WHERE sku = 'GHOST'", "sales.totals_equal_lines"),
        ("DELETE FROM sale_reviews", "sales.flagged_sales_are_reviewed"),
        ("DELETE FROM orders WHERE review_flags = '{}'", "sales.every_fact_is_an_order"),
    ):
        assert check not in await rig.drifts()
        async with rig.db.transaction() as tx:
            await tx.execute(harm)
        assert check in await rig.drifts()
