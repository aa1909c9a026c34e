"""LINE Login against a provider that runs as a process of its own: one account there is one member here."""

from collections.abc import AsyncIterator

import grpc
import pytest
import pytest_asyncio

from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.member.v1 import member_pb2
from omo.member.v1 import signin_service_pb2 as pb
from tests.service.member import sign_in_rig
from tests.service.member.conftest import Member, refusal
from tests.service.member.login_provider import REDIRECT
from tests.service.member.sign_in_rig import Rig


@pytest_asyncio.fixture(scope="module")
async def issuer() -> AsyncIterator[str]:
    async with sign_in_rig.provider_running() as running:
        yield running


@pytest_asyncio.fixture
async def rig(member: Member, issuer: str) -> Rig:
    return sign_in_rig.rig(member, issuer)


async def by_phone(
    rig: Rig, phone: str, device: str = "phone 1", join_token: str = ""
) -> identity_pb.VerifyOtpResponse:
    """A login by code that takes a waiting LINE login along."""
    rig.member.clock.advance(minutes=2)
    asked = await rig.member.request_otp(phone, device)
    request = identity_pb.VerifyOtpRequest(
        challenge_id=asked.challenge_id, code=rig.member.sent[-1].code, device_id=device, join_token=join_token
    )
    answer: identity_pb.VerifyOtpResponse = await rig.call(rig.member.identity.VerifyOtp, request)
    return answer


async def why(awaited: object) -> str:
    """The reason of a refusal."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await awaited  # type: ignore[misc]
    return refusal(error.value)


def kinds(told: member_pb2.Member) -> set[str]:
    return {member_pb2.IdentifierKind.Name(one.kind)[16:] for one in told.identifiers}


async def test_an_account_that_nobody_has_joins_whoever_holds_the_phone(rig: Rig) -> None:
    before = (await by_phone(rig, "0912345678")).member
    waiting = await rig.visit("U-ming")
    assert not waiting.HasField("signed_in")
    joined = await by_phone(rig, "0912345678", join_token=waiting.join_token)
    assert (joined.member.member_id, joined.created_now) == (before.member_id, False)
    assert kinds(joined.member) == {"PHONE", "LINE"}
    again = (await rig.visit("U-ming", device="phone 2")).signed_in
    assert again.member.member_id == before.member_id
    assert (await rig.member.principal(again.session.access_token)).id == before.member_id


async def test_a_store_account_is_claimed_by_line_and_phone_at_once(rig: Rig) -> None:
    adviser = await rig.member.adviser()
    enrolled = await rig.member.enrol(adviser, phone="0912345678")
    waiting = await rig.visit("U-ming")
    joined = await by_phone(rig, "0912345678", join_token=waiting.join_token)
    assert (joined.member.member_id, joined.claimed_now) == (enrolled.member_id, True)


async def test_nobody_known_becomes_one_member_with_both(rig: Rig) -> None:
    waiting = await rig.visit("U-new")
    joined = await by_phone(rig, "0987654321", join_token=waiting.join_token)
    assert (joined.created_now, kinds(joined.member)) == (True, {"PHONE", "LINE"})
    assert joined.member.display_name == "陳小明"  # as LINE told


async def test_line_alone_is_enough_and_a_phone_may_come_later(rig: Rig) -> None:
    waiting = await rig.visit("U-alone")
    alone = pb.JoinByLineRequest(join_token=waiting.join_token, device_id="phone 1", display_name="小明")
    made = (await rig.call(rig.signin.JoinByLine, alone)).signed_in
    assert (made.created_now, kinds(made.member), made.member.display_name) == (True, {"LINE"}, "小明")
    assert (await rig.visit("U-alone")).signed_in.member.member_id == made.member.member_id
    assert await why(rig.call(rig.signin.JoinByLine, alone)) == "LOGIN_SPENT"


async def test_a_member_who_is_signed_in_adds_his_line_account_and_changes_it(rig: Rig) -> None:
    mine = await by_phone(rig, "0912345678")
    token = mine.session.access_token
    assert kinds((await rig.visit("U-one", token=token)).signed_in.member) == {"PHONE", "LINE"}
    await rig.visit("U-two", token=token)
    assert (await rig.visit("U-two")).signed_in.member.member_id == mine.member.member_id
    assert (await rig.visit("U-one")).join_token  # what he had is nobody's again


async def test_a_number_that_moved_to_somebody_else_leaves_the_old_member_and_freezes_his_value(rig: Rig) -> None:
    first = await by_phone(rig, "0912345678", join_token=(await rig.visit("U-old")).join_token)
    second = await by_phone(rig, "0912345678", "phone 2", (await rig.visit("U-new", device="phone 2")).join_token)
    assert second.created_now
    assert second.member.member_id != first.member.member_id
    assert kinds(second.member) == {"PHONE", "LINE"}
    left = (await rig.visit("U-old")).signed_in.member
    assert (left.member_id, kinds(left)) == (first.member.member_id, {"LINE"})
    frozen = await rig.member.db.pool.fetchval(
        "SELECT value_frozen_time IS NOT NULL FROM members WHERE member_id = $1", first.member.member_id
    )
    assert frozen
    ended = await rig.member.db.pool.fetchval("SELECT reason FROM identifier_endings")
    assert ended == "RECYCLED"


async def test_a_line_account_of_another_member_stays_there_and_both_wait_for_a_merge(rig: Rig) -> None:
    first = await by_phone(rig, "0912345678", join_token=(await rig.visit("U-ming")).join_token)
    second = await by_phone(rig, "0987654321", "phone 2")
    answer = await rig.visit("U-ming", device="phone 2", token=second.session.access_token)
    assert kinds(answer.signed_in.member) == {"PHONE"}
    assert (await rig.visit("U-ming")).signed_in.member.member_id == first.member.member_id
    candidate = await rig.member.db.pool.fetchrow("SELECT proof, proven_by FROM merge_candidates")
    assert (candidate["proof"].lower(), candidate["proven_by"]) == ("line", second.member.member_id)


@pytest.mark.parametrize(
    "way",
    [
        "other issuer", "other audience", "other nonce", "expired", "unsigned", "other key", "public key as secret",
        "several audiences",
    ],
)  # fmt: skip
async def test_what_does_not_verify_signs_nobody_in(rig: Rig, way: str) -> None:
    assert await why(rig.visit("U-ming", way)) == "LOGIN_REFUSED"


async def test_what_the_channels_secret_signed_verifies(rig: Rig) -> None:
    """As LINE signs for web pages."""
    assert (await rig.visit("U-web", "secret")).join_token


async def test_a_provider_that_is_down_is_no_refusal(rig: Rig) -> None:
    assert await why(rig.visit("U-ming", "down")) == "UNAVAILABLE"


async def test_a_trip_ends_once_on_the_device_where_it_began_within_its_time(rig: Rig) -> None:
    begin = pb.BeginLineLoginRequest(device_id="phone 1", redirect_uri=REDIRECT)

    async def trip() -> pb.FinishLineLoginRequest:
        begun = await rig.call(rig.signin.BeginLineLogin, begin)
        state, code = await sign_in_rig.browse(begun.authorize_url, "U-ming")
        return pb.FinishLineLoginRequest(state=state, code=code, device_id="phone 1")

    finish = await trip()
    finish.device_id = "phone 2"
    assert await why(rig.call(rig.signin.FinishLineLogin, finish)) == "LOGIN_SPENT"
    finish.device_id = "phone 1"
    assert (await rig.call(rig.signin.FinishLineLogin, finish)).join_token
    assert await why(rig.call(rig.signin.FinishLineLogin, finish)) == "LOGIN_SPENT"
    late = await trip()
    rig.member.clock.advance(minutes=11)
    assert await why(rig.call(rig.signin.FinishLineLogin, late)) == "LOGIN_SPENT"
    begin.redirect_uri = "https://elsewhere.example/line"
    assert await why(rig.call(rig.signin.BeginLineLogin, begin)) == "FIELD_INVALID"


async def test_a_waiting_login_is_worth_nothing_elsewhere(rig: Rig) -> None:
    waiting = await rig.visit("U-ming")
    assert await why(by_phone(rig, "0912345678", "phone 2", waiting.join_token)) == "LOGIN_SPENT"


async def test_what_is_not_set_up_is_not_offered(member: Member) -> None:
    bare = sign_in_rig.rig(member)
    begin = pb.BeginLineLoginRequest(device_id="phone 1", redirect_uri=REDIRECT)
    assert await why(bare.call(bare.signin.BeginLineLogin, begin)) == "LOGIN_NOT_OFFERED"
