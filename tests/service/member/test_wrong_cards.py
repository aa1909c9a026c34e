"""Gift card codes that are none: counted for whoever tries them and for the card that they are tried on."""

import asyncio
import secrets
from typing import Any

import grpc
import pytest

from omo.member.v1 import gift_card_service_pb2 as pb
from omo.member.v1 import gift_card_service_pb2_grpc as rpc
from services.member.cards import domain, domain_tries
from services.member.cards.domain_tries import MOST, Scope
from tests.service.member.conftest import Member, refusal


def wrong(beginning: bytes = b"") -> str:
    """A code that nobody would tell from a right one."""
    return domain.code("XMAS", beginning + secrets.token_bytes(13 - len(beginning)))


async def find(member: Member, token: str, code: str) -> str:
    """What came of it: the card's state, or why not."""
    try:
        answer = await member.call(
            rpc.GiftCardServiceStub(member.channel).FindGiftCard, pb.FindGiftCardRequest(code=code), token
        )
    except grpc.aio.AioRpcError as error:
        return refusal(error)
    return pb.GiftCardState.Name(answer.card.state)


async def cards(member: Member, hq: str) -> list[str]:
    request = pb.MakeGiftCardsRequest(request_id=secrets.token_hex(8), name="聖誕", prefix="XMAS", count=2)
    made = await member.call(rpc.GiftCardServiceStub(member.channel).MakeGiftCards, request, hq)
    return list(made.codes)


async def test_who_tries_too_many_codes_is_not_listened_to_for_a_while(member: Member) -> None:
    hq = (await member.hq()).access_token
    code, other = await cards(member, hq)
    shopper = (await member.login("0912345678")).session.access_token
    for _ in range(2 * MOST[Scope.CALLER]):
        assert await find(member, shopper, code) == "GIFT_CARD_STATE_MADE", "a right code is no try"
        assert await find(member, shopper, "XMAS0000000000000X") == "GIFT_CARD_UNKNOWN", "nor is a typing error"
    tries = await asyncio.gather(*(find(member, shopper, wrong()) for _ in range(30)))
    assert tries.count("GIFT_CARD_UNKNOWN") == MOST[Scope.CALLER], "guesses in parallel are counted too"
    assert set(tries) == {"GIFT_CARD_UNKNOWN", "GIFT_CARD_LOCKED"}
    assert await find(member, shopper, other) == "GIFT_CARD_LOCKED", "a right one too"
    assert await find(member, hq, other) == "GIFT_CARD_STATE_MADE", "nobody else is concerned"
    member.clock.advance(seconds=domain_tries.LOCK.total_seconds() + 1)
    assert await find(member, shopper, other) == "GIFT_CARD_STATE_MADE"


async def test_a_card_whose_end_many_try_is_not_looked_for(member: Member) -> None:
    """Somebody saw all but the last signs, and asks through many."""
    hq = (await member.hq()).access_token
    callers = [(await member.login(f"09123456{n:02}", f"phone {n}")).session.access_token for n in range(3)]
    begins = secrets.token_bytes(10)
    tries = [await find(member, callers[n % 3], wrong(begins)) for n in range(MOST[Scope.CARD] + 2)]
    assert tries == ["GIFT_CARD_UNKNOWN"] * MOST[Scope.CARD] + ["GIFT_CARD_LOCKED"] * 2
    assert await find(member, hq, wrong(begins)) == "GIFT_CARD_LOCKED"
    assert await find(member, callers[0], wrong()) == "GIFT_CARD_UNKNOWN", "of other cards they are heard"


@pytest.mark.parametrize("verb", ["assign", "activate"])
async def test_whatever_names_a_card_by_its_code_is_counted(member: Member, verb: str) -> None:
    hq = (await member.hq()).access_token
    stub: Any = rpc.GiftCardServiceStub(member.channel)
    who = (await member.login("0912345678")).member.member_id

    async def ask() -> str:
        told = {"request_id": secrets.token_hex(8), "code": wrong()}
        asked: tuple[Any, Any] = (stub.ActivateGiftCard, pb.ActivateGiftCardRequest(amount=5, **told))
        if verb == "assign":
            asked = (stub.AssignGiftCard, pb.AssignGiftCardRequest(member_id=who, **told))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await member.call(*asked, hq)
        return refusal(refused.value)

    tries = [await ask() for _ in range(MOST[Scope.CALLER] + 1)]
    assert tries == ["GIFT_CARD_UNKNOWN"] * MOST[Scope.CALLER] + ["GIFT_CARD_LOCKED"]
