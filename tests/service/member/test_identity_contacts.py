"""Contacts: sealed, masked, opened for a purpose and written down."""

import uuid
from typing import Any

import grpc
import pytest

from kit.ids import uuid7
from omo.member.v1 import identity_service_pb2 as pb
from services.member.identity import store as members
from tests.service.member.conftest import Member, refusal


async def seal(member: Member, token: str, member_id: str, **told: str) -> Any:
    request = pb.SealRequest(**{"request_id": str(uuid.uuid4()), "member_id": member_id, **told})
    return await member.call(member.contacts.Seal, request, token)


async def reveal(member: Member, token: str, contact_id: str, purpose: str = "pickup") -> Any:
    request = pb.RevealRequest(contact_id=contact_id, purpose=purpose)
    return await member.call(member.contacts.Reveal, request, token)


async def test_a_contact_is_an_id_and_a_masked_name(member: Member) -> None:
    welcome = await member.login("0912345678", name="陳小明")
    told = {"name": "陳小美", "phone": "0987654321", "address": "臺北市信義區松高路1號"}
    sealed = await seal(member, welcome.session.access_token, welcome.member.member_id, **told)
    assert sealed.masked_name == "陳○美"
    opened = await reveal(member, await member.adviser(), sealed.contact_id, "label")
    assert (opened.name, opened.phone, opened.address) == tuple(told.values())
    async with member.db.read() as tx:
        row = await tx.fetchrow("SELECT rpc, purpose, actor_id, member_id, contact_id FROM personal_reads")
    assert row is not None
    assert tuple(row) == ("Reveal", "label", "A102", welcome.member.member_id, sealed.contact_id)


async def test_nothing_given_means_the_members_own_name_and_phone(member: Member) -> None:
    welcome = await member.login("0912345678", name="陳小明")
    sealed = await seal(member, await member.service("order"), welcome.member.member_id)
    opened = await reveal(member, await member.service("order"), sealed.contact_id)
    assert (opened.name, opened.phone, sealed.masked_name) == ("陳小明", "+886912345678", "陳○明")


async def test_a_shopper_opens_and_seals_his_own_only(member: Member) -> None:
    mine, other = await member.login("0912345678"), await member.login("0987654321", "phone 2")
    sealed = await seal(member, mine.session.access_token, mine.member.member_id, name="陳小明")
    assert (await reveal(member, mine.session.access_token, sealed.contact_id)).name == "陳小明"
    for call in (
        reveal(member, other.session.access_token, sealed.contact_id),
        reveal(member, mine.session.access_token, uuid7()),
        seal(member, other.session.access_token, mine.member.member_id, name="x"),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call
        assert refusal(error.value) == "NOT_FOUND"


async def test_a_member_of_several_ids_opens_what_was_sealed_under_any_of_them(member: Member) -> None:
    mine, other = await member.login("0912345678"), await member.login("0987654321", "phone 2")
    sealed = await seal(member, mine.session.access_token, mine.member.member_id, name="陳小明")
    with pytest.raises(grpc.aio.AioRpcError):
        await reveal(member, other.session.access_token, sealed.contact_id)
    async with member.db.transaction() as tx:
        assert await members.alias(tx, mine.member.member_id, other.member.member_id, "the same person")
    assert (await reveal(member, other.session.access_token, sealed.contact_id)).name == "陳小明"
    assert (await reveal(member, mine.session.access_token, sealed.contact_id)).name == "陳小明"


@pytest.mark.parametrize("purpose", ["", "curiosity", "LABEL"])
async def test_a_contact_is_opened_for_a_purpose(member: Member, purpose: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await reveal(member, await member.service("order"), uuid7(), purpose)
    assert member.fault(error.value).metadata["field"] == "purpose"


async def test_a_contact_needs_a_member(member: Member) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await seal(member, await member.service("order"), uuid7(), name="x")
    assert refusal(error.value) == "MEMBER_UNKNOWN"


async def test_a_repeated_request_seals_once(member: Member) -> None:
    welcome, request_id = await member.login("0912345678"), str(uuid.uuid4())
    token, member_id = welcome.session.access_token, welcome.member.member_id
    first = await seal(member, token, member_id, request_id=request_id, name="陳小明")
    assert await seal(member, token, member_id, request_id=request_id, name="陳小明") == first
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await seal(member, token, member_id, request_id=request_id, name="王大明")
    assert refusal(error.value) == "REQUEST_REUSED"


async def test_forgetting_the_key_forgets_the_person(member: Member) -> None:
    welcome = await member.login("0912345678", name="陳小明")
    sealed = await seal(member, welcome.session.access_token, welcome.member.member_id)
    async with member.db.transaction() as tx:
        await tx.execute("DELETE FROM member_keys WHERE member_id = $1", welcome.member.member_id)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await reveal(member, await member.service("order"), sealed.contact_id)
    assert refusal(error.value) == "NOT_FOUND"
