"""Whoever earns by having codes sent: what stops him."""

import asyncio
from datetime import timedelta

import grpc
import pytest

from omo.member.v1 import identity_service_pb2 as pb
from services.member.identity import domain
from services.member.main import Member as Parts
from tests.service.member.conftest import Member, refusal
from tests.service.member.test_identity_login import requested


async def test_a_number_gets_one_code_a_minute(member: Member) -> None:
    assert not await requested(member, "0912345678")
    member.clock.advance(seconds=59)
    assert await requested(member, "0912 345 678", "phone 2", "198.51.100.1") == "OTP_LIMITED"
    member.clock.advance(seconds=1)
    assert not await requested(member, "+886912345678", "phone 2", "198.51.100.1")


async def test_a_number_gets_one_code_when_it_asks_at_once(member: Member) -> None:
    answers = await asyncio.gather(*(requested(member, "0912345678", f"phone {at}") for at in range(12)))
    assert answers.count("") == 1
    assert len(member.sent) == 1


async def test_a_number_gets_five_an_hour_and_ten_a_day(member: Member) -> None:
    answers = []
    for number in range(12):
        answers.append(await requested(member, "0912345678", f"phone {number}", f"198.51.{number}.1"))
        member.clock.advance(minutes=7)
    assert answers == [""] * 5 + ["OTP_LIMITED"] * 4 + [""] * 3  # the first leaves the hour after 63 minutes
    member.clock.advance(hours=1)
    more = []
    for number in range(5):
        more.append(await requested(member, "0912345678", f"tablet {number}", f"198.51.{number}.1"))
        member.clock.advance(minutes=30)
    assert more == [""] * 2 + ["OTP_LIMITED"] * 3


async def test_a_device_gets_ten_a_day(member: Member) -> None:
    answers = []
    for number in range(12):
        answers.append(await requested(member, f"09{number:02d}345678", "phone 1", f"198.51.{number}.1"))
        member.clock.advance(minutes=11)
    assert answers == [""] * 10 + ["OTP_LIMITED"] * 2


async def test_a_network_gets_twenty_an_hour(member: Member) -> None:
    answers = [
        await requested(member, f"09{number:02d}345678", f"phone {number}", f"203.0.113.{number}")
        for number in range(10, 34)
    ]
    assert answers == [""] * 20 + ["OTP_LIMITED"] * 4
    assert not await requested(member, "0988345678", "phone 99", "203.0.114.1")


@pytest.mark.parametrize("who", ["nobody", "order", "storelink", "a shopper"])
async def test_nobody_but_the_front_door_says_where_a_caller_is(member: Member, who: str) -> None:
    """As an attacker who reaches the port itself and names another network with each call."""
    token = ""
    if who == "a shopper":
        token = (await member.login("0987654321", "phone 0")).session.access_token
    elif who != "nobody":
        token = await member.service(who)
    answers = []
    for number in range(10, 34):
        request = pb.RequestOtpRequest(
            phone=f"09{number:02d}345678", device_id=f"phone {number}", client_address=f"198.51.{number}.1"
        )
        answers.append("")
        try:
            await member.call(member.identity.RequestOtp, request, token)
        except grpc.aio.AioRpcError as error:
            answers[-1] = refusal(error)
    assert answers == [""] * 20 + ["OTP_LIMITED"] * 4
    assert not await requested(member, "0988345678", "phone 99", "203.0.114.1"), "and the others are not held up"


async def test_two_hundred_neighbouring_numbers_get_ten_codes(member: Member) -> None:
    """From as many devices and networks."""
    crowd = asyncio.Semaphore(8)

    async def one(number: int) -> str:
        async with crowd:
            return await requested(member, f"0912345{number:03d}", f"phone {number}", f"198.{number}.1.1")

    answers = await asyncio.gather(*(one(number) for number in range(200)))
    assert answers.count("") == 10
    assert len(member.sent) == 10
    member.clock.advance(minutes=10)
    assert not await requested(member, "0912345500", "phone 500", "198.51.1.1")


async def test_codes_that_nobody_types_in_stop_the_sending_to_the_prefix(member: Member) -> None:
    await past_sends(member, "8869123", completed=0.19)
    assert await requested(member, "0912345678") == "OTP_LIMITED"
    assert not member.sent
    member.clock.advance(days=1)
    assert not await requested(member, "0912345678")


async def test_codes_that_are_typed_in_stop_nothing(member: Member) -> None:
    await past_sends(member, "8869123", completed=0.5)
    assert not await requested(member, "0912345678")


async def test_codes_on_their_way_do_not_count_as_lost(member: Member) -> None:
    await past_sends(member, "8869123", completed=0.0, minutes_ago=1)
    assert not await requested(member, "0912345678")


async def test_a_day_has_a_cap(member: Member) -> None:
    settings = member.parts.ground.settings.model_copy(update={"otp_daily_cap": 3})
    otp = Parts(settings, member.db, member.clock, _Sink()).identity.otp
    phones = [member.parts.ground.phones.mobile("phone", f"09{number:02d}345678") for number in range(10, 15)]
    for phone in phones[:3]:
        await otp.request(phone, phone.e164, "")
    with pytest.raises(domain.OtpLimited):
        await otp.request(phones[3], "another", "")
    member.clock.advance(days=1)
    await otp.request(phones[3], "another", "")


async def test_a_refused_request_counts_nothing(member: Member) -> None:
    await requested(member, "0912345678")
    for _ in range(15):
        assert await requested(member, "0912345678", "phone 2") == "OTP_LIMITED"
    member.clock.advance(minutes=1)
    assert not await requested(member, "0912345678", "phone 2")


async def test_old_codes_and_windows_are_forgotten(member: Member) -> None:
    await requested(member, "0912345678")
    member.clock.advance(days=8)
    await requested(member, "0987654321", "phone 2", "198.51.100.1")
    async with member.db.read() as tx:
        left = await tx.fetchrow(
            "SELECT (SELECT count(*) FROM otp_challenges) AS codes, (SELECT count(*) FROM otp_windows) AS windows"
        )
    assert (left["codes"], left["windows"]) == (1, 4)


async def past_sends(member: Member, prefix: str, completed: float, minutes_ago: int = 30) -> None:
    """Two hundred codes, of which some were typed in."""
    async with member.db.transaction() as tx:
        await tx.execute(
            """
            INSERT INTO otp_challenges (challenge_id, phone_hash, phone_sealed, device_hash, code_hash, prefix, country,
                                        request_time, expire_time, used_time)
            SELECT gen_random_uuid(), '', '', '', '', $1, 'TW', $2, $2, CASE WHEN at <= $3 THEN $2::timestamptz END
              FROM generate_series(1, 200) AS at
            """,
            prefix,
            member.clock() - timedelta(minutes=minutes_ago),
            round(200 * completed),
        )


class _Sink:
    """A sender that forgets."""

    async def send(self, letter: object) -> None:
        """Nothing."""
