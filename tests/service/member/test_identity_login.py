"""Login by a code sent to the phone, from the outside."""

import asyncio
from typing import Any

import grpc
import pytest

from tests.service.member.conftest import Member, refusal


async def test_somebody_new_becomes_a_member(member: Member) -> None:
    welcome = await member.login("0912345678", name="陳小明")
    assert welcome.created_now
    assert not welcome.claimed_now
    assert welcome.member.display_name == "陳小明"
    assert welcome.member.identifiers[0].value == "+886912345678"
    again = await _again(member, "+886 912-345-678")
    assert again.member.member_id == welcome.member.member_id
    assert not again.created_now
    assert not again.claimed_now


async def test_a_store_account_is_claimed_once(member: Member) -> None:
    enrolled = await member.enrol(await member.adviser(), phone="0912-345-678", card_no="HK 0001")
    assert enrolled.display_name == "陳○明"
    assert enrolled.identifiers[0].value != "HK0001"
    assert enrolled.enrolled_staff_code == "A102"
    first = await member.login("+886912345678")
    assert first.claimed_now
    assert first.member.member_id == enrolled.member_id
    assert first.member.claimed
    assert first.member.enrolled_location_id == "TPE01"
    again = await _again(member, "0912345678")
    assert not again.claimed_now


async def test_parallel_guesses_are_counted(member: Member) -> None:
    asked = await member.request_otp("0912345678")
    right = member.sent[-1].code
    wrong = [f"{number:06d}" for number in range(101) if f"{number:06d}" != right][:100]
    answers = await asyncio.gather(*(_reason(member, asked.challenge_id, code) for code in wrong))
    assert answers.count("OTP_WRONG") <= 5
    assert set(answers) <= {"OTP_WRONG", "OTP_SPENT", "OVERLOADED", "CONFLICT"}
    assert await _reason(member, asked.challenge_id, right) == "OTP_SPENT"


async def _again(member: Member, phone: str) -> Any:
    member.clock.advance(minutes=2)
    return await member.login(phone)


async def _reason(member: Member, challenge_id: str, code: str) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await member.verify_otp(challenge_id, code)
    return refusal(refused.value)
