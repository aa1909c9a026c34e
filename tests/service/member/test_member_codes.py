"""The code on a member's screen: verified without a line, taken once with one."""

import asyncio
import json

import grpc
import pytest
import pytest_asyncio

from kit.errors import Fault
from kit.requests import Request
from omo.member.v1 import access_service_pb2 as access_pb
from omo.member.v1 import codes_service_pb2 as pb
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo_storelink import CodeRefused, MemberCodes
from tests.service.member import sign_in_rig
from tests.service.member.conftest import Member, refusal
from tests.service.member.sign_in_rig import Rig


@pytest_asyncio.fixture
async def rig(member: Member) -> Rig:
    return sign_in_rig.rig(member)


async def shown(rig: Rig) -> tuple[str, str]:
    """A member, and what his screen shows."""
    welcome = await rig.member.login("0912345678")
    request = pb.IssueMemberCodeRequest(member_id=welcome.member.member_id)
    answer = await rig.call(rig.codes.IssueMemberCode, request, welcome.session.access_token)
    assert answer.refresh_after == 30
    return welcome.member.member_id, answer.code


async def find(rig: Rig, token: str, code: str) -> str:
    """Whom the code means, or why nobody."""
    try:
        found = await rig.call(rig.member.identity.FindMember, identity_pb.FindMemberRequest(key=code), token)
    except grpc.aio.AioRpcError as error:
        return refusal(error)
    assert found.found_by == identity_pb.MEMBER_KEY_CODE
    return str(found.member.member_id)


async def test_a_code_is_taken_once_and_every_look_is_written_down(rig: Rig) -> None:
    adviser = await rig.member.adviser()
    member_id, code = await shown(rig)
    answers = await asyncio.gather(*(find(rig, adviser, code) for _ in range(5)))
    assert sorted(answers) == sorted([member_id, *["MEMBER_CODE_SPENT"] * 4])
    looks = await rig.member.db.pool.fetch("SELECT found FROM personal_reads WHERE rpc = 'FindMember'")
    assert sorted(row["found"] for row in looks) == [False] * 4 + [True]


async def test_a_photograph_of_a_code_is_worth_nothing_a_minute_later(rig: Rig) -> None:
    adviser = await rig.member.adviser()
    _, code = await shown(rig)
    rig.member.wall.advance(seconds=61)
    assert await find(rig, adviser, code) == "MEMBER_CODE_INVALID"


async def test_what_our_keys_did_not_sign_as_a_code_is_none(rig: Rig) -> None:
    adviser = await rig.member.adviser()
    _, code = await shown(rig)
    head, body, signature = code.split(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    session = (await rig.member.login("0987654321", "phone 2")).session.access_token
    for forged in (f"{head}.{body}.{flipped}", f"{head}.{body}.", session):
        assert await find(rig, adviser, forged) in ("MEMBER_CODE_INVALID", "MEMBER_UNKNOWN")
    with pytest.raises(Fault):
        await rig.member.principal(code)  # nor is a code ever a session


async def test_a_member_shows_his_own_code_only(rig: Rig) -> None:
    member_id, _ = await shown(rig)
    other = (await rig.member.login("0987654321", "phone 2")).session.access_token
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await rig.call(rig.codes.IssueMemberCode, pb.IssueMemberCodeRequest(member_id=member_id), other)
    assert refusal(error.value) == "NOT_FOUND"


async def test_a_till_without_a_line_reads_it_by_the_published_keys(rig: Rig) -> None:
    member_id, code = await shown(rig)
    published = json.loads((await rig.call(rig.member.access.GetJwks, access_pb.GetJwksRequest())).jwks_json)
    now = rig.member.wall().timestamp()
    till = MemberCodes(published)
    assert till.read(code, now).member_id == member_id
    with pytest.raises(CodeRefused, match="before"):
        till.read(code, now)
    with pytest.raises(CodeRefused, match="expired"):
        MemberCodes(published).read(code, now + 120)
    await rig.member.parts.ground.keys.rotate(_rotation(), compromised=True)
    with pytest.raises(CodeRefused, match="key"):
        MemberCodes(await rig.member.parts.ground.keys.jwks()).read(code, now)


def _rotation() -> Request:
    return Request("service:operator", "RotateSigningKey", "r", b"")
