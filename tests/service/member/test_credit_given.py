"""Credit is given by hand, and by order for what it refunds; nobody else gives any."""

import uuid

import grpc
import pytest

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
