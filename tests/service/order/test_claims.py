"""A receipt that becomes somebody's afterwards: who may say so, how often anybody may be wrong, and what is told."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from omo.order.v1 import order_events_pb2, order_service_pb2
from omo.order.v1 import sales_service_pb2 as pb
from tests.harness.databases import Databases
from tests.service.order.sales_rig import MEMBER, STORE, Rig, line, sale, staff
from tests.service.order.sales_serving import serving

HQ = {"audience": "hq", "roles": ["service"]}


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with serving(databases) as running:
        yield running


def shopper(member_id: str = MEMBER) -> dict[str, str]:
    return {"audience": "shop", "sub": member_id}


async def receipt(rig: Rig, **told: Any) -> tuple[str, pb.ClaimSaleRequest]:
    """A sale to nobody known, and what its receipt says."""
    sold = sale(line(), **{"member_id": "", **told})
    await rig.send(sold)
    async with rig.db.read() as tx:
        row = await tx.fetchrow(
            "SELECT order_no, grand_total, (business_time AT TIME ZONE 'Asia/Taipei')::date::text AS day FROM orders"
            " WHERE order_id = $1",
            sold.sale_id,
        )
    asked = pb.ClaimSaleRequest(
        request_id=str(uuid.uuid4()), member_id=MEMBER, receipt_no=row[0], day=row[2], grand_total=row[1]
    )
    return sold.sale_id, asked


def again(asked: pb.ClaimSaleRequest, **changed: Any) -> pb.ClaimSaleRequest:
    """The same once more, under a key of its own."""
    other = pb.ClaimSaleRequest()
    other.CopyFrom(asked)
    other.MergeFrom(pb.ClaimSaleRequest(request_id=str(uuid.uuid4()), **changed))
    return other


async def test_a_shopper_claims_a_receipt_once_and_everybody_hears_the_whole_sale(rig: Rig) -> None:
    order_id, asked = await receipt(rig)
    reply = await rig.call(rig.sales.ClaimSale, asked, **shopper())
    assert (reply.order_id, reply.location_id, reply.grand_total) == (order_id, STORE, asked.grand_total)
    assert await rig.call(rig.sales.ClaimSale, asked, **shopper()) == reply
    assert await rig.call(rig.sales.ClaimSale, again(asked), **shopper()) == reply, "it is his already"
    (told,) = await rig.events("SaleClaimed", order_events_pb2.SaleClaimed)
    (recorded,) = await rig.events("SalesRecorded", order_events_pb2.SalesRecorded)
    before = recorded.sales[0]
    before.member_id = MEMBER
    before.review_flags[:] = told.facts.review_flags
    assert told.facts.SerializeToString(deterministic=True) == before.SerializeToString(deterministic=True)
    order = await rig.call(rig.orders.GetOrder, order_service_pb2.GetOrderRequest(order_id=order_id), **shopper())
    assert order.order.member_id == MEMBER
    assert await rig.drifts() == {}


@pytest.mark.parametrize("wrong", [{"grand_total": 1}, {"day": "2026-01-01"}, {"receipt_no": "NEVER"}])
async def test_wrong_receipts_are_refused_and_counted(rig: Rig, wrong: dict[str, Any]) -> None:
    _, asked = await receipt(rig)
    for _ in range(5):
        assert (await rig.refused(rig.sales.ClaimSale, again(asked, **wrong), **shopper())).reason == "SALE_UNKNOWN"
    limited = await rig.refused(rig.sales.ClaimSale, asked, **shopper())
    assert (limited.reason, limited.metadata["retry_after"]) == ("CLAIM_LIMITED", "3601")
    rig.clock.at += timedelta(hours=1, seconds=1)
    assert await rig.call(rig.sales.ClaimSale, asked, **shopper())


async def test_what_is_somebody_elses_or_too_old_is_not_to_be_had(rig: Rig) -> None:
    _, asked = await receipt(rig)
    await rig.call(rig.sales.ClaimSale, asked, **shopper())
    other = str(uuid.uuid4())
    taken = again(asked, member_id=other)
    assert (await rig.refused(rig.sales.ClaimSale, taken, **shopper(other))).reason == "SALE_TAKEN"
    assert (await rig.refused(rig.sales.ClaimSale, again(asked), **shopper(other))).reason == "NOT_FOUND"
    for field in ("day", "grand_total"):
        less = again(asked)
        less.ClearField(field)
        assert (await rig.refused(rig.sales.ClaimSale, less, **shopper())).reason == "FIELD_INVALID"


async def test_staff_claim_for_a_member_in_their_own_store_only(rig: Rig) -> None:
    order_id, asked = await receipt(rig)
    at_till = pb.ClaimSaleRequest(request_id="t1", member_id=MEMBER, receipt_no=asked.receipt_no, location_id=STORE)
    elsewhere = again(at_till, location_id="TXG01")
    assert (await rig.refused(rig.sales.ClaimSale, elsewhere, **staff())).reason == "NOT_FOUND"
    nowhere = pb.ClaimSaleRequest(request_id="t2", member_id=MEMBER, receipt_no=asked.receipt_no)
    assert (await rig.refused(rig.sales.ClaimSale, nowhere, **staff())).reason == "FIELD_INVALID"
    assert (await rig.call(rig.sales.ClaimSale, at_till, **staff())).order_id == order_id
    by_code = pb.ClaimSaleRequest(request_id="t3", member_id=MEMBER, receipt_no=order_id)
    assert (await rig.call(rig.sales.ClaimSale, by_code, **HQ)).order_id == order_id, "the code on the receipt"


async def test_of_two_who_claim_at_once_one_gets_it(rig: Rig) -> None:
    _, asked = await receipt(rig)
    people = [str(uuid.uuid4()) for _ in range(4)]
    calls = (rig.call(rig.sales.ClaimSale, again(asked, member_id=one), **shopper(one)) for one in people)
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(one, pb.ClaimSaleResponse) for one in ended) == 1
    assert len(await rig.events("SaleClaimed", order_events_pb2.SaleClaimed)) == 1
