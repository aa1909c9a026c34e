"""Refresh tokens: rotation, the lost answer, and the copy."""

import asyncio
from typing import Any

import grpc
import pytest

from omo.member.v1 import access_service_pb2 as pb
from tests.service.member.conftest import Member, refusal


async def refresh(member: Member, token: str, device_id: str = "phone 1") -> Any:
    request = pb.RefreshSessionRequest(refresh_token=token, device_id=device_id)
    return (await member.call(member.access.RefreshSession, request)).session


async def refused(member: Member, token: str, device_id: str = "phone 1") -> bool:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await refresh(member, token, device_id)
    assert refusal(error.value) == "REFRESH_INVALID"
    assert error.value.code() is grpc.StatusCode.UNAUTHENTICATED
    return True


async def test_each_use_gives_a_new_token(member: Member) -> None:
    first = (await member.login("0912345678")).session
    second = await refresh(member, first.refresh_token)
    third = await refresh(member, second.refresh_token)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert third.principal_id == first.principal_id
    assert third.refresh_expire_time == first.refresh_expire_time


async def test_a_lost_answer_is_answered_again_once(member: Member) -> None:
    first = (await member.login("0912345678")).session
    lost = await refresh(member, first.refresh_token)
    member.wall.advance(seconds=30)
    again = await refresh(member, first.refresh_token)
    assert again.refresh_token == lost.refresh_token
    assert await refused(member, first.refresh_token)
    assert await refused(member, lost.refresh_token), "the whole family has ended"


async def test_the_successor_goes_on_after_a_lost_answer(member: Member) -> None:
    first = (await member.login("0912345678")).session
    await refresh(member, first.refresh_token)
    again = await refresh(member, first.refresh_token)
    assert (await refresh(member, again.refresh_token)).refresh_token


@pytest.mark.parametrize(
    ("steps", "seconds", "device_id"),
    [
        (1, 31, "phone 1"),  # too late for a lost answer
        (1, 1, "phone 2"),  # the previous token, elsewhere
        (2, 1, "phone 1"),  # older than the previous one
        (0, 1, "phone 2"),  # the present token, elsewhere
        (0, 1, ""),
    ],
)
async def test_a_copied_token_ends_the_family(member: Member, steps: int, seconds: int, device_id: str) -> None:
    first = (await member.login("0912345678")).session
    newest = first
    for _ in range(steps):
        newest = await refresh(member, newest.refresh_token)
    member.wall.advance(seconds=seconds)
    assert await refused(member, first.refresh_token, device_id)
    assert await refused(member, newest.refresh_token)


async def test_a_copied_token_ends_no_other_family(member: Member) -> None:
    first = (await member.login("0912345678")).session
    member.clock.advance(minutes=2)
    elsewhere = (await member.login("0912345678", "tablet")).session
    assert await refused(member, first.refresh_token, "phone 2")
    assert (await refresh(member, elsewhere.refresh_token, "tablet")).refresh_token


async def test_two_requests_within_two_seconds_get_the_same_successor(member: Member) -> None:
    """The app comes back from the background and sends its refresh twice."""
    first = (await member.login("0912345678")).session
    one, other = await asyncio.gather(refresh(member, first.refresh_token), refresh(member, first.refresh_token))
    assert one.refresh_token == other.refresh_token
    member.wall.advance(seconds=2)
    assert (await refresh(member, one.refresh_token)).refresh_token


async def test_an_unknown_or_forged_token_is_refused_and_ends_nothing(member: Member) -> None:
    session = (await member.login("0912345678")).session
    token = session.refresh_token
    for forged in ("", "x", token[:-2], token[:-4] + "AAAA", "A" * len(token), token + "AA", "ü" * 86):
        assert await refused(member, forged)
    assert (await refresh(member, token)).refresh_token


async def test_a_session_ends_when_it_is_signed_out(member: Member) -> None:
    session = (await member.login("0912345678")).session
    request = pb.EndSessionRequest(refresh_token=session.refresh_token)
    await member.call(member.access.EndSession, request)
    await member.call(member.access.EndSession, request)
    assert await refused(member, session.refresh_token)


@pytest.mark.parametrize(("who", "hours"), [("shopper", 30 * 24), ("hq", 12), ("staff", 12)])
async def test_a_session_lives_as_long_as_its_kind(member: Member, who: str, hours: int) -> None:
    device_id, session = await sign_in(member, who)
    session = await refresh(member, session.refresh_token, device_id)
    member.wall.advance(hours=hours, seconds=-1)
    session = await refresh(member, session.refresh_token, device_id)
    member.wall.advance(seconds=1)
    assert await refused(member, session.refresh_token, device_id)


async def test_moving_business_time_ends_no_shoppers_session(member: Member) -> None:
    session = (await member.login("0912345678")).session
    member.clock.advance(days=400)
    assert (await refresh(member, session.refresh_token)).refresh_token


async def test_no_token_stands_in_the_database(member: Member) -> None:
    session = (await member.login("0912345678")).session
    session = await refresh(member, session.refresh_token)
    async with member.db.read() as tx:
        kept = await tx.fetchrow("SELECT f.*, f::text AS whole FROM refresh_families AS f")
    assert session.refresh_token.encode() not in kept["current_hash"] + kept["current_sealed"] + kept["previous_hash"]
    assert session.refresh_token not in kept["whole"]


async def sign_in(member: Member, who: str) -> tuple[str, Any]:
    if who == "shopper":
        return "phone 1", (await member.login("0912345678")).session
    if who == "hq":
        return "browser", await member.hq("admin")
    terminal_id, _, device = await member.terminal()
    await member.put_staff()
    return terminal_id, await member.sign_in(device)
