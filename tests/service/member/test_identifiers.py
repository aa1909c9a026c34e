"""Identifiers that members and others add, prove and take away, and headquarters' rules on them."""

import uuid
from typing import Any

import grpc
import pytest
import pytest_asyncio

from omo.member.v1 import identifiers_pb2, member_pb2
from omo.member.v1 import identifiers_service_pb2 as pb
from omo.member.v1 import identity_service_pb2 as identity_pb
from tests.service.member import sign_in_rig
from tests.service.member.conftest import Member, refusal
from tests.service.member.sign_in_rig import Rig

CARD, EMAIL, WEB = (
    member_pb2.IDENTIFIER_KIND_CARD, member_pb2.IDENTIFIER_KIND_EMAIL, member_pb2.IDENTIFIER_KIND_WEB,
)  # fmt: skip


@pytest_asyncio.fixture
async def rig(member: Member) -> Rig:
    return sign_in_rig.rig(member)


async def why(awaited: object) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await awaited  # type: ignore[misc]
    return refusal(error.value)


async def signed_in(rig: Rig, phone: str = "0912345678", device: str = "phone 1") -> tuple[str, str]:
    rig.member.clock.advance(minutes=2)
    welcome = await rig.member.login(phone, device)
    return welcome.member.member_id, welcome.session.access_token


async def add(rig: Rig, who: tuple[str, str], kind: Any, value: str) -> member_pb2.Identifier:
    request = pb.AddIdentifierRequest(request_id=str(uuid.uuid4()), member_id=who[0], kind=kind, value=value)
    return (await rig.call(rig.identifiers.AddIdentifier, request, who[1])).identifier  # type: ignore[no-any-return]


async def listed(rig: Rig, who: tuple[str, str]) -> list[member_pb2.Identifier]:
    request = pb.ListIdentifiersRequest(member_id=who[0])
    return list((await rig.call(rig.identifiers.ListIdentifiers, request, who[1])).identifiers)


async def remove(rig: Rig, who: tuple[str, str], identifier_id: str) -> None:
    request = pb.RemoveIdentifierRequest(request_id=str(uuid.uuid4()), member_id=who[0], identifier_id=identifier_id)
    await rig.call(rig.identifiers.RemoveIdentifier, request, who[1])


async def block(rig: Rig, text: str, match: Any = identifiers_pb2.BLOCK_MATCH_EXACT, kind: Any = 0) -> str:
    hq = (await rig.member.hq("service")).access_token
    request = pb.AddIdentifierBlockRequest(
        request_id=str(uuid.uuid4()), kind=kind, match=match, text=text, reason="the store's own"
    )
    return (await rig.call(rig.identifiers.AddIdentifierBlock, request, hq)).block.block_id  # type: ignore[no-any-return]


async def put_rule(rig: Rig, **said: Any) -> None:
    hq = (await rig.member.hq("admin")).access_token
    request = pb.PutIdentifierRuleRequest(request_id=str(uuid.uuid4()), rule=identifiers_pb2.IdentifierRule(**said))
    await rig.call(rig.identifiers.PutIdentifierRule, request, hq)


async def test_what_is_added_is_found_at_the_till_and_forgotten_when_it_is_removed(rig: Rig) -> None:
    mine, adviser = await signed_in(rig), await rig.member.adviser()
    card = await add(rig, mine, CARD, "hk 0001 2345")
    assert (card.value, card.state) == ("HK00012345", member_pb2.IDENTIFIER_STATE_UNVERIFIED)
    assert await add(rig, mine, CARD, "HK00012345") == card
    find = identity_pb.FindMemberRequest(key="HK00012345")
    found = await rig.call(rig.member.identity.FindMember, find, adviser)
    assert (found.member.member_id, found.found_by) == (mine[0], identity_pb.MEMBER_KEY_CARD)
    await remove(rig, mine, card.identifier_id)
    assert await why(rig.call(rig.member.identity.FindMember, find, adviser)) == "MEMBER_UNKNOWN"
    gone = (await listed(rig, mine))[-1]
    assert (gone.kind, gone.value, gone.end_reason) == (CARD, "", "REMOVED")
    assert await why(remove(rig, mine, card.identifier_id)) == "IDENTIFIER_UNKNOWN"
    other = await signed_in(rig, "0987654321", "phone 2")
    assert (await add(rig, other, CARD, "HK00012345")).value == "HK00012345"  # free for somebody else


async def test_what_somebody_has_nobody_else_gets_and_who_it_is_stays_unsaid(rig: Rig) -> None:
    one, other = await signed_in(rig), await signed_in(rig, "0987654321", "phone 2")
    await add(rig, one, CARD, "HK00012345")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await add(rig, other, CARD, "HK00012345")
    fault = rig.member.fault(error.value)
    assert (fault.reason, "masked_name" in fault.metadata) == ("IDENTIFIER_TAKEN", False)
    assert await why(
        rig.call(rig.identifiers.ListIdentifiers, pb.ListIdentifiersRequest(member_id=one[0]), other[1])
    ) == ("NOT_FOUND")


@pytest.mark.parametrize("kind", ["PHONE", "LINE", "EMAIL", "EXTERNAL"])
async def test_a_member_cannot_say_what_he_must_prove(rig: Rig, kind: str) -> None:
    mine = await signed_in(rig)
    number = member_pb2.IdentifierKind.Value(f"IDENTIFIER_KIND_{kind}")
    assert await why(add(rig, mine, number, "0987654321")) == "FIELD_INVALID"


async def test_limits_over_a_time_and_at_any_one_time(rig: Rig) -> None:
    """Five browsers a week, each week anew; as many cards as the rule says, for good."""
    mine = await signed_in(rig)
    browsers = [f"browser-{number:08d}-x" for number in range(6)]
    for value in browsers[:5]:
        await add(rig, mine, WEB, value)
    assert await why(add(rig, mine, WEB, browsers[5])) == "IDENTIFIER_LIMITED"
    one = next(it for it in await listed(rig, mine) if it.kind == WEB)
    await remove(rig, mine, one.identifier_id)  # changing often is still too often
    assert await why(add(rig, mine, WEB, browsers[5])) == "IDENTIFIER_LIMITED"
    rig.member.clock.advance(days=8)
    await add(rig, mine, WEB, browsers[5])
    await put_rule(rig, kind=CARD, strength=4, most=1)
    first = await add(rig, mine, CARD, "HK00012345")
    assert await why(add(rig, mine, CARD, "HK00012346")) == "IDENTIFIER_LIMITED"
    await remove(rig, mine, first.identifier_id)
    await add(rig, mine, CARD, "HK00012346")


async def test_a_blocked_value_means_nobody_until_the_block_is_lifted(rig: Rig) -> None:
    adviser = await rig.member.adviser()
    block_id = await block(rig, "0912-345-678", kind=member_pb2.IDENTIFIER_KIND_PHONE)
    assert await why(rig.member.enrol(adviser, phone="+886912345678")) == "IDENTIFIER_BLOCKED"
    assert await why(rig.member.request_otp("0912345678")) == "IDENTIFIER_BLOCKED"
    hq = (await rig.member.hq("service")).access_token
    page = await rig.call(rig.identifiers.ListIdentifierBlocks, pb.ListIdentifierBlocksRequest(), hq)
    assert page.blocks[0].text == "+886912345678"
    ask = pb.ListIdentifierBlocksRequest(page_size=1)
    one = await rig.call(rig.identifiers.ListIdentifierBlocks, ask, hq)
    rest = pb.ListIdentifierBlocksRequest(page_token=one.next_page_token)
    after = await rig.call(rig.identifiers.ListIdentifierBlocks, rest, hq)
    assert [*one.blocks, *after.blocks] == list(page.blocks)
    lift = pb.RemoveIdentifierBlockRequest(request_id=str(uuid.uuid4()), block_id=block_id)
    await rig.call(rig.identifiers.RemoveIdentifierBlock, lift, hq)
    assert (await rig.member.enrol(adviser, phone="0912345678")).member_id
    again = pb.RemoveIdentifierBlockRequest(request_id=str(uuid.uuid4()), block_id=block_id)
    assert await why(rig.call(rig.identifiers.RemoveIdentifierBlock, again, hq)) == "IDENTIFIER_UNKNOWN"


async def test_whoever_changes_how_somebody_is_recognised_is_written_down(rig: Rig) -> None:
    mine, adviser = await signed_in(rig), await rig.member.adviser()
    await add(rig, (mine[0], adviser), CARD, "HK00012345")
    looks = await rig.member.db.pool.fetch("SELECT rpc, actor_id, member_id FROM personal_reads")
    assert [tuple(row) for row in looks] == [("AddIdentifier", "A102", mine[0])]


async def test_the_ids_of_the_shops_own_tablets_are_blocked_by_their_beginning(rig: Rig) -> None:
    mine = await signed_in(rig)
    await block(rig, "KIOSK-", identifiers_pb2.BLOCK_MATCH_PREFIX)
    assert await why(add(rig, mine, WEB, "kiosk-0123456789abcdef")) == "IDENTIFIER_BLOCKED"
    await block(rig, "9-", identifiers_pb2.BLOCK_MATCH_ONLY, CARD)
    assert await why(add(rig, mine, CARD, "99-99-99")) == "IDENTIFIER_BLOCKED"


async def test_a_card_proves_by_its_last_digit_that_it_was_typed_right(rig: Rig) -> None:
    mine, adviser = await signed_in(rig), await rig.member.adviser()
    await put_rule(rig, kind=CARD, strength=4, most=5, check_digit=identifiers_pb2.CHECK_DIGIT_LUHN)
    assert (await add(rig, mine, CARD, "7992 7398 713")).value == "79927398713"
    assert await why(add(rig, mine, CARD, "79927398710")) == "FIELD_INVALID"
    assert await why(rig.member.enrol(adviser, card_no="79927398712")) == "FIELD_INVALID"


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": 0, "strength": 1, "most": 1}, {"kind": CARD, "strength": 0, "most": 1},
        {"kind": CARD, "strength": 1, "most": 0}, {"kind": CARD, "strength": 1, "most": 1, "period_days": -1},
        {"kind": EMAIL, "strength": 1, "most": 1, "check_digit": identifiers_pb2.CHECK_DIGIT_GS1},
        {"kind": CARD, "strength": 1, "most": 1, "dotless_domains": ["x.tw"]},
    ],
)  # fmt: skip
async def test_a_rule_that_means_nothing_is_refused(rig: Rig, rule: dict[str, Any]) -> None:
    assert await why(put_rule(rig, **rule)) == "FIELD_INVALID"


async def test_no_identifier_stands_in_clear_in_the_database(rig: Rig) -> None:
    mine = await signed_in(rig)
    request = pb.RequestEmailProofRequest(member_id=mine[0], email="ming@example.com")
    await rig.call(rig.identifiers.RequestEmailProof, request, mine[1])
    await add(rig, mine, CARD, "HK00012345")
    for table in ("member_identifiers", "email_proofs", "identifier_endings", "requests"):
        for row in await rig.member.db.pool.fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} AS t"):
            assert not any(secret in row["row"].lower() for secret in ("ming@", "hk00012345", b"ming@".hex()))
