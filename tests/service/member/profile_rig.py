"""Wish lists as tests read and fill them."""

import uuid
from typing import Any

from omo.member.v1 import points_service_pb2 as pb
from omo.member.v1 import points_service_pb2_grpc as rpc
from services.member.profile import store
from tests.service.member.conftest import Member


def stub(member: Member) -> rpc.ProfileServiceStub:
    return rpc.ProfileServiceStub(member.channel)


async def with_sku(member: Member, *skus: str) -> None:
    """The catalogue has these."""
    async with member.db.transaction() as tx:
        await store.put_skus(tx, [(sku, f"product of {sku}", 1) for sku in skus])


async def add(member: Member, token: str, member_id: str, sku: str, note: str = "", key: str = "") -> Any:
    request = pb.AddWishRequest(request_id=key or str(uuid.uuid4()), member_id=member_id, sku=sku, note=note)
    return (await member.call(stub(member).AddWish, request, token)).wish


async def remove(member: Member, token: str, member_id: str, sku: str) -> None:
    request = pb.RemoveWishRequest(request_id=str(uuid.uuid4()), member_id=member_id, sku=sku)
    await member.call(stub(member).RemoveWish, request, token)


async def listed(member: Member, token: str, member_id: str) -> dict[str, str]:
    """The notes of a list, by SKU."""
    reply = await member.call(stub(member).ListWishes, pb.ListWishesRequest(member_id=member_id), token)
    return {wish.sku: wish.note for wish in reply.wishes}
