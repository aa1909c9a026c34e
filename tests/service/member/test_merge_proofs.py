"""Who may merge by what proof, who is looked at by a person, and whose value waits when a telephone number moves."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
import pytest_asyncio

from omo.member.v1 import identifiers_service_pb2 as identifiers_pb
from omo.member.v1 import merging_service_pb2 as pb
from tests.service.member import sign_in_rig
from tests.service.member.conftest import Member, refusal
from tests.service.member.facts import enrolled, send
from tests.service.member.merging_rig import Desk, desk, new
from tests.service.member.profile_rig import add, listed, remove, with_sku
from tests.service.member.sign_in_rig import Rig
from tests.service.member.test_merging import two
from tests.service.member.test_sign_in_line import by_phone, why


@pytest_asyncio.fixture(scope="module")
async def issuer() -> AsyncIterator[str]:
    async with sign_in_rig.provider_running() as running:
        yield running


@pytest_asyncio.fixture
async def rig(member: Member, issuer: str) -> Rig:
    return sign_in_rig.rig(member, issuer)


async def proved(rig: Rig, token: str, phone: str) -> Any:
    """A shopper who is signed in proves a telephone."""
    rig.member.clock.advance(minutes=2)
    asked = await rig.member.request_otp(phone, "phone 9")
    request = identifiers_pb.ProvePhoneRequest(
        member_id=(await rig.member.principal(token)).id,
        challenge_id=asked.challenge_id,
        code=rig.member.sent[-1].code,
        device_id="phone 9",
    )
    return await rig.call(rig.identifiers.ProvePhone, request, token)


async def test_a_shopper_who_proves_the_others_phone_merges_both_himself(rig: Rig) -> None:
    at = await desk(rig.member)
    old = (await rig.member.login("0912345678")).member.member_id
    line = await by_phone(rig, "0987654321", join_token=(await rig.visit("U-ming")).join_token)
    mine, token = line.member.member_id, line.session.access_token
    await at.sold(old, 2_000)
    assert await why(at.preview(mine, old, token)) == "MERGE_UNPROVEN"
    assert await why(at.merge(mine, old, token, reason="")) == "MERGE_UNPROVEN"
    await proved(rig, token, "0912345678")
    (candidate,) = await at.candidates(token)
    assert (candidate.proof, {candidate.member_id, candidate.other_member_id}) == ("PHONE", {mine, old})
    assert (await at.preview(mine, old, token)).survivor_id == old, "who has been here longer"
    done = await at.merge(mine, old, token, reason="")
    assert (done.origin, done.proof) == ("SHOPPER", "PHONE")
    assert (await at.points(old))[1] == 200
    assert await at.candidates() == [], "the pair is settled"
    assert (await rig.visit("U-ming", device="phone 2")).signed_in.member.member_id == old, "LINE leads there, too"
    await at.undo(done.merge_id)
    assert (await rig.visit("U-ming", device="phone 3")).signed_in.member.member_id == mine


async def test_a_proof_is_the_provers_alone_and_for_a_while(rig: Rig) -> None:
    at = await desk(rig.member)
    old = (await rig.member.login("0912345678")).member.member_id
    mine = await rig.member.login("0987654321", device_id="phone 2")
    stranger = await rig.member.login("0955555555", device_id="phone 3")
    await proved(rig, mine.session.access_token, "0912345678")
    rig.member.clock.advance(minutes=2)
    owner = await rig.member.login("0912345678", "phone 4")
    for token in (stranger.session.access_token, owner.session.access_token):
        assert await why(at.merge(mine.member.member_id, old, token, reason="")) == "MERGE_UNPROVEN"
    rig.member.clock.advance(minutes=16)
    assert await why(at.merge(mine.member.member_id, old, mine.session.access_token, reason="")) == "MERGE_UNPROVEN"
    assert await at.candidates(mine.session.access_token) == []
    assert len(await at.candidates()) == 1, "but a person may still look"


async def test_two_line_accounts_are_two_people_unless_headquarters_insists(rig: Rig) -> None:
    at = await desk(rig.member)
    first = (await by_phone(rig, "0912345678", join_token=(await rig.visit("U-one")).join_token)).member.member_id
    second = (await by_phone(rig, "0987654321", join_token=(await rig.visit("U-two")).join_token)).member.member_id
    seen = await at.preview(first, second)
    assert (list(seen.blocked_by), "line" in seen.disagreements) == (["line"], True)
    assert await why(at.merge(first, second)) == "MERGE_BLOCKED"
    done = await at.merge(first, second, despite_conflict=True)
    assert {done.survivor_id, done.absorbed_id} == {first, second}
    await at.undo(done.merge_id)
    await at.proved()


async def test_a_recycled_number_freezes_value_until_a_person_has_looked(rig: Rig) -> None:
    at = await desk(rig.member)
    old = (await by_phone(rig, "0912345678", join_token=(await rig.visit("U-one")).join_token)).member.member_id
    await at.sold(old, 5_000)
    newcomer = await by_phone(rig, "0987654321", join_token=(await rig.visit("U-two")).join_token)
    mine, token = newcomer.member.member_id, newcomer.session.access_token
    await proved(rig, token, "0912345678")
    assert await at.candidates() == [], "nobody takes them for one person"
    rig.member.clock.advance(minutes=2)
    assert (await rig.member.login("0912345678", "phone 5")).member.member_id == mine, "the number is the newcomer's"
    assert (await at.points(mine))[1] == 0, "and what the old holder has is not"
    assert await why(at.hold(new(), old, 100)) == "VALUE_FROZEN"
    (freeze,) = (await rig.call(at.merging.ListValueFreezes, pb.ListValueFreezesRequest(), at.token)).freezes
    assert (freeze.member_id, freeze.other_member_id, freeze.reason) == (old, mine, "PHONE_RECYCLED")
    release = pb.ReleaseValueRequest(request_id=new(), member_id=old, reason="OWNER_CONFIRMED")
    adviser = await rig.member.adviser()
    assert await why(rig.call(at.merging.ReleaseValue, release, adviser)) == "PERMISSION_DENIED"
    await rig.call(at.merging.ReleaseValue, release, at.token)
    await at.hold(new(), old, 100)
    again = pb.ReleaseValueRequest(request_id=new(), member_id=old, reason="OWNER_CONFIRMED")
    assert await why(rig.call(at.merging.ReleaseValue, again, at.token)) == "VALUE_NOT_FROZEN"
    await at.proved()


async def test_merging_thaws_nothing(rig: Rig) -> None:
    at = await desk(rig.member)
    old = (await by_phone(rig, "0912345678", join_token=(await rig.visit("U-one")).join_token)).member.member_id
    newcomer = await by_phone(rig, "0987654321", join_token=(await rig.visit("U-two")).join_token)
    await proved(rig, newcomer.session.access_token, "0912345678")
    other = (await rig.member.login("0966666666", "phone 6")).member.member_id
    await at.sold(other, 5_000)
    done = await at.merge(old, other)
    assert await why(at.hold(new(), other, 10)) == "VALUE_FROZEN"
    await at.proved()
    await at.undo(done.merge_id)
    await at.hold(new(), other, 10)
    assert await why(at.hold(new(), old, 0)) in ("VALUE_FROZEN", "FIELD_INVALID", "POINTS_INSUFFICIENT")
    await at.proved()


async def test_a_till_that_names_two_members_at_once_fills_the_queue(member: Member) -> None:
    at: Desk = await desk(member)
    adviser = await member.adviser()
    phone = (await member.enrol(adviser, phone="0912345678", display_name="王小明")).member_id
    card = (await member.enrol(adviser, card_no="CARD-7001", display_name="王小明")).member_id
    await send(member, enrolled(member, new(), phone="0912345678", card_no="CARD-7001"))
    (candidate,) = await at.candidates()
    assert {candidate.member_id, candidate.other_member_id} == {phone, card}
    assert (list(candidate.agreements), candidate.origin, candidate.score) == (["card", "name"], "TILL", 55)
    request = pb.DismissMergeCandidateRequest(
        request_id=new(), candidate_id=candidate.candidate_id, reason="TWO_PEOPLE"
    )
    await member.call(at.merging.DismissMergeCandidate, request, at.token)
    assert await at.candidates() == []
    again = pb.DismissMergeCandidateRequest(request_id=new(), candidate_id=candidate.candidate_id, reason="TWO_PEOPLE")
    with pytest.raises(grpc.aio.AioRpcError) as settled:
        await member.call(at.merging.DismissMergeCandidate, again, at.token)
    assert refusal(settled.value) == "MERGE_CANDIDATE_UNKNOWN"


async def test_wishes_come_along_and_go_back(member: Member) -> None:
    at = await desk(member)
    card, phone = await two(member, at)
    adviser = await member.adviser()
    await with_sku(member, "SCARF", "HAT", "COAT")
    for sku in ("SCARF", "HAT"):
        await add(member, adviser, card, sku, "in red")
    await add(member, adviser, phone, "HAT", "in blue")
    done = await at.merge(card, phone)
    assert await listed(member, adviser, phone) == {"SCARF": "in red", "HAT": "in blue"}
    await add(member, adviser, phone, "COAT")
    await at.undo(done.merge_id)
    assert await listed(member, adviser, phone) == {"HAT": "in blue", "COAT": ""}
    assert await listed(member, adviser, card) == {"SCARF": "in red", "HAT": "in red"}
    done = await at.merge(card, phone)
    await remove(member, adviser, phone, "SCARF")
    await at.undo(done.merge_id)
    assert await listed(member, adviser, card) == {"HAT": "in red"}, "he took it off himself"
