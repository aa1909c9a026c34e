"""Headquarters users: the first link, and those that follow."""

import uuid

import grpc
import pytest

from kit import access
from omo.member.v1 import access_service_pb2 as pb
from tests.service.member.conftest import Member, refusal


async def invite(member: Member, token: str, **fields: object) -> pb.InviteHqUserResponse:
    told = {"request_id": str(uuid.uuid4()), "display_name": "總部", "roles": ["analyst"], **fields}
    made: pb.InviteHqUserResponse = await member.call(
        member.access.InviteHqUser,
        pb.InviteHqUserRequest(**told),  # type: ignore[arg-type]
        token,
    )
    return made


async def redeem(member: Member, link: str) -> pb.RedeemHqInviteResponse:
    request = pb.RedeemHqInviteRequest(invite_token=link, device_id="browser")
    redeemed: pb.RedeemHqInviteResponse = await member.call(member.access.RedeemHqInvite, request)
    return redeemed


async def refused(member: Member, link: str) -> bool:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await redeem(member, link)
    return refusal(error.value) == "CODE_SPENT"


async def test_the_operators_first_user_invites_the_next(member: Member) -> None:
    first = await invite(member, await member.service("operator"), roles=["admin"])
    admin = await redeem(member, first.invite_token)
    assert admin.user.user_id == first.user_id == admin.session.principal_id
    second = await invite(member, admin.session.access_token)
    said = await member.principal((await redeem(member, second.invite_token)).session.access_token)
    assert (said.kind, said.id) == (access.Kind.HQ, second.user_id)
    assert said.roles == {"analyst"}


async def test_a_link_works_once_and_for_a_day(member: Member) -> None:
    operator = await member.service("operator")
    used, late = await invite(member, operator), await invite(member, operator)
    await redeem(member, used.invite_token)
    assert await refused(member, used.invite_token)
    member.clock.advance(hours=24)
    assert await refused(member, late.invite_token)
    assert await refused(member, "made up")


async def test_a_repeated_request_shows_the_same_link_which_is_not_kept(member: Member) -> None:
    operator, request_id = await member.service("operator"), str(uuid.uuid4())
    first = await invite(member, operator, request_id=request_id)
    assert await invite(member, operator, request_id=request_id) == first
    async with member.db.read() as tx:
        answer = await tx.fetchval("SELECT answer FROM requests WHERE rpc = 'InviteHqUser'")
        kept = await tx.fetchval("SELECT i::text FROM hq_invites AS i")
    assert first.invite_token.encode() not in answer
    assert first.invite_token not in kept


async def test_a_user_whose_session_ended_is_invited_again(member: Member) -> None:
    operator = await member.service("operator")
    first = await invite(member, operator, roles=["analyst"])
    await redeem(member, first.invite_token)
    member.clock.advance(seconds=1)
    second = await invite(member, operator, roles=["admin"], user_id=first.user_id)
    assert second.user_id == first.user_id
    assert second.invite_token != first.invite_token
    assert (await redeem(member, second.invite_token)).user.roles == ["admin"]
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await invite(member, operator, user_id=str(uuid.uuid4()))
    assert refusal(error.value) == "NOT_FOUND"


@pytest.mark.parametrize("role", ["cashier", "superuser", ""])
async def test_an_unknown_role_is_refused(member: Member, role: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await invite(member, await member.service("operator"), roles=[role] if role else [])
    assert member.fault(error.value).metadata["field"] == "roles"


async def test_a_service_shows_its_own_secret(member: Member) -> None:
    for name, secret in (("order", "wrong"), ("nobody", ""), ("", ""), ("order", "inventory secret")):
        request = pb.IssueServiceTokenRequest(service=name, secret=secret)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await member.call(member.access.IssueServiceToken, request)
        assert refusal(error.value) == "CREDENTIAL_INVALID"
    said = await member.principal(await member.service("order"))
    assert (said.kind, said.id) == (access.Kind.SERVICE, "order")
    assert not said.roles
