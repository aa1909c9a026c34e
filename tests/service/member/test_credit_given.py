"""Credit is given by hand, and by order for what it refunds; nobody else gives any."""

import uuid

import grpc
import pytest

from kit import retention
from omo.member.v1 import credit_service_pb2 as pb
from omo.member.v1 import credit_service_pb2_grpc as rpc
from tests.service.member.conftest import Member, refusal


async def test_order_gives_what_it_refunds_once(member: Member) -> None:
    shopper = (await member.login("0912345678", name="王小美")).member
    credit = rpc.CreditServiceStub(member.channel)
    asked = pb.AdjustCreditRequest(
        request_id=f"{uuid.uuid4()}:1", member_id=shopper.member_id, amount=1200, reason="REFUND"
    )
    order = await member.service("order")
    for _ in range(2):
        given = await member.call(credit.AdjustCredit, asked, order)
        assert given.wallet.credit_active == 1200
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await member.call(credit.AdjustCredit, asked, await member.service("inventory"))
    assert refusal(refused.value) == "PERMISSION_DENIED"


async def test_what_order_refunds_is_given_once_for_ever(member: Member) -> None:
    """Order may ask again when its request was long forgotten: the credit itself knows."""
    shopper = (await member.login("0912345678", name="王小美")).member
    credit, order = rpc.CreditServiceStub(member.channel), await member.service("order")
    asked = pb.AdjustCreditRequest(
        request_id=f"{uuid.uuid4()}:1", member_id=shopper.member_id, amount=1200, reason="REFUND"
    )
    await member.call(credit.AdjustCredit, asked, order)
    await _forget_requests(member)
    given = await member.call(credit.AdjustCredit, asked, order)
    assert given.wallet.credit_active == 1200
    assert await _transfers(member, shopper.member_id) == [1200]
    # not even another amount is given under its name, and another part of the refund is another credit
    await _forget_requests(member)
    asked.amount = 1201
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await member.call(credit.AdjustCredit, asked, order)
    assert refusal(refused.value) == "REQUEST_REUSED"
    asked.request_id = asked.request_id[:-1] + "2"
    assert (await member.call(credit.AdjustCredit, asked, order)).wallet.credit_active == 2401
    assert await _transfers(member, shopper.member_id) == [1200, 1201]


async def _forget_requests(member: Member) -> None:
    async with member.db.read() as tx:
        assert await tx.execute("UPDATE requests SET record_time = record_time - interval '73 hours'") != "UPDATE 0"
    await retention.sweep(member.db)
    async with member.db.read() as tx:
        asked = "SELECT count(*) FROM requests WHERE rpc = 'CreditService/AdjustCredit'"
        assert await tx.fetchval(asked) == 0


async def _transfers(member: Member, member_id: str) -> list[int]:
    async with member.db.read() as tx:
        found = "SELECT amount FROM value_transfers WHERE member_id = $1 ORDER BY amount"
        return [row["amount"] for row in await tx.fetch(found, member_id)]
