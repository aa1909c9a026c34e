"""Login by a code sent to the phone, from the outside."""

import asyncio
from typing import Any

import grpc
import pytest

from omo.member.v1 import member_events_pb2
from tests.service.member.conftest import Member, refusal
from tests.service.member.events import events


async def again(member: Member, phone: str) -> Any:
    member.clock.advance(minutes=2)
    return await member.login(phone)


async def verified(member: Member, challenge_id: str, code: str, device_id: str = "phone 1") -> str:
    """The reason of the refusal, or nothing."""
    try:
        await member.verify_otp(challenge_id, code, device_id)
    except grpc.aio.AioRpcError as error:
        return refusal(error)
    return ""


async def requested(member: Member, phone: str, device_id: str = "phone 1", address: str = "203.0.113.7") -> str:
    try:
        await member.request_otp(phone, device_id, address)
    except grpc.aio.AioRpcError as error:
        return refusal(error)
    return ""


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_somebody_new_becomes_a_member(member: Member) -> None:
    welcome = await member.login("0912345678", name="陳小明")
    assert welcome.created_now
    assert not welcome.claimed_now
    assert welcome.member.display_name == "陳小明"
    assert welcome.member.identifiers[0].value == "+886912345678"
    assert welcome.member.identifiers[0].verified
    following = await again(member, "+886 912-345-678")
    assert following.member.member_id == welcome.member.member_id
    assert not following.created_now
    assert not following.claimed_now
    assert (await member.principal(following.session.access_token)).id == welcome.member.member_id


async def test_a_store_account_is_claimed_once(member: Member) -> None:
    enrolled = await member.enrol(await member.adviser(), phone="0912-345-678", card_no="HK 0001")
    first = await member.login("+886912345678", name="somebody else")
    assert first.claimed_now
    assert not first.created_now
    assert first.member.member_id == enrolled.member_id
    assert first.member.display_name == "陳小明"
    assert first.member.claimed
    assert (first.member.enrolled_location_id, first.member.enrolled_staff_code) == ("TPE01", "A102")
    assert not (await again(member, "0912345678")).claimed_now
    told = await events(member.db, member_events_pb2.MemberClaimed)
    assert [(one.member_id, one.meta.sequence) for one in told] == [(enrolled.member_id, 2)]
    assert told[0].meta.actor.id == enrolled.member_id


async def test_two_phones_of_one_new_member_make_one_account(member: Member) -> None:
    """The same number asks on two devices, and both codes are right."""
    one = await member.request_otp("0912345678", "phone 1")
    member.clock.advance(minutes=1)
    other = await member.request_otp("0912345678", "phone 2")
    codes = [letter.code for letter in member.sent]
    answers = await asyncio.gather(
        member.verify_otp(one.challenge_id, codes[0], "phone 1"),
        member.verify_otp(other.challenge_id, codes[1], "phone 2"),
    )
    assert len({answer.member.member_id for answer in answers}) == 1
    assert sorted(answer.created_now for answer in answers) == [False, True]
    assert len(await events(member.db, member_events_pb2.MemberEnrolled)) == 1


async def test_a_code_works_once(member: Member) -> None:
    asked = await member.request_otp("0912345678")
    code = member.sent[-1].code
    assert not await verified(member, asked.challenge_id, code)
    assert await verified(member, asked.challenge_id, code) == "OTP_SPENT"


async def test_a_code_works_once_when_it_is_sent_many_times(member: Member) -> None:
    asked = await member.request_otp("0912345678")
    code = member.sent[-1].code
    answers = await asyncio.gather(*(verified(member, asked.challenge_id, code) for _ in range(10)))
    assert answers.count("") == 1
    assert len(await events(member.db, member_events_pb2.MemberEnrolled)) == 1


async def test_a_code_works_on_the_device_that_asked(member: Member) -> None:
    asked = await member.request_otp("0912345678", "phone 1")
    code = member.sent[-1].code
    assert await verified(member, asked.challenge_id, code, "phone 2") == "OTP_WRONG"
    assert not await verified(member, asked.challenge_id, code, "phone 1")


async def test_a_code_lives_five_minutes(member: Member) -> None:
    early = await member.request_otp("0912345678")
    member.clock.advance(minutes=4, seconds=59)
    assert not await verified(member, early.challenge_id, member.sent[-1].code)
    late = await member.request_otp("0912345678")
    member.clock.advance(minutes=5)
    assert await verified(member, late.challenge_id, member.sent[-1].code) == "OTP_SPENT"
    assert await verified(member, "0197c3a0-0000-7000-8000-000000000000", "123456") == "OTP_SPENT"


async def test_parallel_guesses_are_counted(member: Member) -> None:
    asked = await member.request_otp("0912345678")
    right = member.sent[-1].code
    guesses = [f"{number:06d}" for number in range(101) if f"{number:06d}" != right][:100]
    answers = await asyncio.gather(*(verified(member, asked.challenge_id, code) for code in guesses))
    assert answers.count("OTP_WRONG") == 5
    assert set(answers) <= {"OTP_WRONG", "OTP_SPENT", "OVERLOADED", "CONFLICT"}
    assert await verified(member, asked.challenge_id, right) == "OTP_SPENT"


async def test_a_wrong_code_says_how_many_tries_are_left(member: Member) -> None:
    asked = await member.request_otp("0912345678")
    left = []
    for _ in range(5):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await member.verify_otp(asked.challenge_id, wrong(member.sent[-1].code))
        left.append(member.fault(error.value).metadata["tries_left"])
    assert left == ["4", "3", "2", "1", "0"]


async def test_a_number_is_guessed_at_twenty_times_a_day(member: Member) -> None:
    reasons: list[str] = []
    for number in range(5):
        asked = await member.request_otp("0912345678", f"phone {number}")
        reasons += [
            await verified(member, asked.challenge_id, wrong(member.sent[-1].code), f"phone {number}") for _ in range(5)
        ]
        member.clock.advance(minutes=61)
    assert reasons == ["OTP_WRONG"] * 20 + ["OTP_LIMITED"] * 5
    asked = await member.request_otp("0912345678", "phone 9")
    assert await verified(member, asked.challenge_id, member.sent[-1].code, "phone 9") == "OTP_LIMITED"
    member.clock.advance(days=1)
    asked = await member.request_otp("0912345678", "phone 9")
    assert not await verified(member, asked.challenge_id, member.sent[-1].code, "phone 9")


@pytest.mark.parametrize("known", [True, False])
async def test_known_and_unknown_numbers_get_the_same_answers(member: Member, known: bool) -> None:
    if known:
        await member.enrol(await member.adviser(), phone="0912345678")
    asked = await member.request_otp("0912345678")
    assert [one.name for one, _ in asked.ListFields()] == ["challenge_id", "expire_time", "retry_after"]
    assert asked.expire_time.ToSeconds() == int(member.clock().timestamp()) + 300
    assert asked.retry_after == 60
    assert await verified(member, asked.challenge_id, wrong(member.sent[-1].code)) == "OTP_WRONG"
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.request_otp("0912345678")
    assert refusal(error.value) == "OTP_LIMITED"
    assert "陳" not in str(error.value)


@pytest.mark.parametrize("phone", ["", "02 2345 6789", "+1 650 253 0000", "+886912", "call me"])
async def test_what_is_no_mobile_number_here_is_refused(member: Member, phone: str) -> None:
    assert await requested(member, phone) == "PHONE_INVALID"
    assert not member.sent


async def test_neither_number_nor_code_stands_in_the_database(member: Member) -> None:
    await member.request_otp("0912345678")
    async with member.db.read() as tx:
        kept = await tx.fetchrow("SELECT c.*, c::text AS whole FROM otp_challenges AS c")
        windows = await tx.fetch("SELECT scope FROM otp_windows")
    code = member.sent[-1].code
    secret = kept["phone_hash"] + kept["phone_sealed"] + kept["code_hash"] + b"".join(row[0] for row in windows)
    assert b"912345678" not in secret
    assert code.encode() not in kept["code_hash"]
    assert "912345678" not in kept["whole"]
    assert member.sha256(code.encode()) != kept["code_hash"]
