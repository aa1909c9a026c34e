"""One number and several people: who is meant, who wins by proof, and what somebody says is not his (features 2.9)."""

from typing import Any

import grpc
import pytest

from omo.member.v1 import identifiers_service_pb2 as identifiers_pb
from omo.member.v1 import identifiers_service_pb2_grpc as identifiers_rpc
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.member.v1 import member_pb2, profile_pb2
from omo.member.v1 import merging_service_pb2 as pb
from tests.service.member.conftest import Member, refusal
from tests.service.member.merging_rig import desk, new

PHONE, CARD = member_pb2.IDENTIFIER_KIND_PHONE, member_pb2.IDENTIFIER_KIND_CARD
SAME, ANOTHER = identity_pb.IF_TAKEN_SAME_PERSON, identity_pb.IF_TAKEN_ANOTHER_PERSON
NUMBER, ACCOUNT = identifiers_pb.DISPUTE_REASON_NOT_MY_NUMBER, identifiers_pb.DISPUTE_REASON_NOT_MY_ACCOUNT


async def why(awaited: Any) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await awaited
    return refusal(error.value)


async def find(member: Member, key: str, token: str) -> identity_pb.FindMemberResponse:
    request = identity_pb.FindMemberRequest(key=key)
    return await member.call(member.identity.FindMember, request, token)  # type: ignore[no-any-return]


async def dispute(member: Member, token: str, member_id: str, reason: Any, **said: Any) -> Any:
    stub = identifiers_rpc.IdentifierServiceStub(member.channel)
    request = identifiers_pb.DisputeIdentifierRequest(request_id=new(), member_id=member_id, reason=reason, **said)
    return await member.call(stub.DisputeIdentifier, request, token)


async def cases(member: Member, token: str) -> list[tuple[str, str, bool]]:
    at = await desk(member)
    found = (await member.call(at.merging.ListIdentityCases, pb.ListIdentityCasesRequest(), token)).cases
    return [(one.member_id, one.reason, one.value_frozen) for one in found]


async def family(member: Member) -> tuple[str, str, str]:
    """A father and a daughter with one telephone; and the staff member who enrolled them."""
    adviser = await member.adviser()
    father = (await member.enrol(adviser, phone="0912345678", display_name="王大明")).member_id
    told = {"phone": "+886 912-345-678", "display_name": "王小美", "card_no": "HK00020001"}
    assert await why(member.enrol(adviser, **told)) == "IDENTIFIER_TAKEN"
    daughter = (await member.enrol(adviser, **told, if_taken=ANOTHER)).member_id
    return father, daughter, adviser


async def test_two_who_share_a_number_are_told_apart_at_the_till_and_nothing_moves(member: Member) -> None:
    father, daughter, adviser = await family(member)
    at = await desk(member)
    await at.sold(father, 5_000)
    found = await find(member, "0912345678", adviser)
    assert not found.HasField("member")
    assert [(one.member_id, one.display_name) for one in found.candidates] == [(father, "王○明"), (daughter, "王○美")]
    assert (await find(member, daughter, adviser)).member.member_id == daughter, "whom the staff member chose"
    assert (await find(member, "HK00020001", adviser)).member.member_id == daughter
    assert ((await at.points(father))[1], (await at.points(daughter))[1]) == (500, 0)
    looks = await member.db.pool.fetch("SELECT member_id FROM personal_reads WHERE rpc = 'FindMember' ORDER BY read_id")
    assert {row["member_id"] for row in looks[:2]} == {father, daughter}, "whoever is shown is written down"
    signed_in = await member.login("0912345678")
    assert signed_in.member.member_id == father, "the number signs its holder in, and nobody else"
    await at.proved()


async def test_no_more_share_a_number_than_a_household_has_and_no_card_is_shared(member: Member) -> None:
    _, _, adviser = await family(member)
    for _ in range(7):
        await member.enrol(adviser, phone="0912345678", display_name="", if_taken=ANOTHER)
    assert await why(member.enrol(adviser, phone="0912345678", if_taken=ANOTHER)) == "IDENTIFIER_LIMITED"
    assert await why(member.enrol(adviser, card_no="HK00020001", if_taken=ANOTHER)) == "IDENTIFIER_TAKEN"
    assert await why(member.enrol(adviser, phone="0912345678", if_taken=9)) == "FIELD_INVALID"


async def test_an_enrolment_of_somebody_known_gives_him_what_else_he_showed(member: Member) -> None:
    """2.9.4: one is attached, if limits hold; of several the strongest is meant, and a person looks at the pair."""
    adviser = await member.adviser()
    known = (await member.enrol(adviser, phone="0912345678", display_name="陳 小明")).member_id
    other = (await member.enrol(adviser, card_no="HK00012346", display_name="林一")).member_id
    again = await member.enrol(adviser, phone="0912345678", card_no="HK00012345", display_name="陳小明")
    assert again.member_id == known, "of the same name"
    assert (await find(member, "HK00012345", adviser)).member.member_id == known
    told = {"phone": "0912345678", "card_no": "HK00012346", "display_name": "某人"}
    assert await why(member.enrol(adviser, **told)) == "IDENTIFIER_TAKEN"
    assert (await member.enrol(adviser, **told, if_taken=SAME)).member_id == known
    assert (await find(member, "HK00012346", adviser)).member.member_id == other, "who has it keeps it"
    (pair,) = await (await desk(member)).candidates()
    assert {pair.member_id, pair.other_member_id} == {known, other}


async def test_what_a_member_is_refused_a_person_looks_at(member: Member) -> None:
    adviser = await member.adviser()
    holder = (await member.enrol(adviser, card_no="HK00012345")).member_id
    mine = await member.login("0987654321", "phone 2")
    stub = identifiers_rpc.IdentifierServiceStub(member.channel)
    request = identifiers_pb.AddIdentifierRequest(
        request_id=new(), member_id=mine.member.member_id, kind=CARD, value="HK00012345"
    )
    assert await why(member.call(stub.AddIdentifier, request, mine.session.access_token)) == "IDENTIFIER_TAKEN"
    (pair,) = await (await desk(member)).candidates()
    assert {pair.member_id, pair.other_member_id} == {holder, mine.member.member_id}


async def typed(member: Member) -> tuple[str, str]:
    """A member who came by one number, and has another that a store had typed; with points. And headquarters."""
    at, adviser = await desk(member), await member.adviser()
    owner = (await member.login("0987654321", "phone 1")).member.member_id
    store_account = (await member.enrol(adviser, phone="0912345678", display_name="陳小明")).member_id
    await at.sold(owner, 5_000)
    await at.merge(owner, store_account)
    assert (await find(member, "0912345678", adviser)).member.member_id == owner
    return owner, at.token


async def test_a_proof_takes_a_number_that_was_typed_into_anothers_account_and_nothing_else(member: Member) -> None:
    owner, hq = await typed(member)
    at = await desk(member)
    member.clock.advance(minutes=2)
    stranger = await member.login("0912345678", "phone 2")
    assert (stranger.created_now, stranger.claimed_now) == (True, False)
    assert stranger.member.member_id != owner
    assert ((await at.points(owner))[1], (await at.points(stranger.member.member_id))[1]) == (500, 0)
    assert await cases(member, hq) == [(owner, "PHONE_DEMOTED", False)]
    await at.hold(new(), owner, 100)
    member.clock.advance(minutes=2)
    assert (await member.login("0987654321", "phone 3")).member.member_id == owner
    assert await why(at.merge(owner, stranger.member.member_id, stranger.session.access_token)) == "MERGE_UNPROVEN"
    await at.proved()


async def test_who_is_signed_in_and_proves_a_typed_number_gets_it_and_no_right_to_merge(member: Member) -> None:
    owner, hq = await typed(member)
    at = await desk(member)
    mine = await member.login("0955555555", "phone 2")
    member.clock.advance(minutes=2)
    asked = await member.request_otp("0912345678", "phone 2")
    stub = identifiers_rpc.IdentifierServiceStub(member.channel)
    proof = identifiers_pb.ProvePhoneRequest(
        member_id=mine.member.member_id,
        challenge_id=asked.challenge_id,
        code=member.sent[-1].code,
        device_id="phone 2",
    )
    proved = await member.call(stub.ProvePhone, proof, mine.session.access_token)
    assert proved.identifier.value == "+886912345678"
    assert await cases(member, hq) == [(owner, "PHONE_DEMOTED", False)]
    assert await why(at.merge(mine.member.member_id, owner, mine.session.access_token)) == "MERGE_UNPROVEN"
    await at.proved()


async def test_who_stands_in_anothers_account_says_so_and_what_it_has_waits(member: Member) -> None:
    at, adviser = await desk(member), await member.adviser()
    father = (await member.enrol(adviser, phone="0912345678", display_name="王大明")).member_id
    await at.sold(father, 5_000)
    mine = await member.login("0912345678", "phone 2")
    assert (mine.member.member_id, mine.claimed_now) == (father, True)
    token = mine.session.access_token
    said = await dispute(member, token, father, ACCOUNT, kind=PHONE, value="0912 345 678")
    assert said.value_frozen
    assert await why(at.hold(new(), father, 100)) == "VALUE_FROZEN"
    assert await cases(member, at.token) == [(father, "NOT_MY_ACCOUNT", True)]
    member.clock.advance(minutes=2)
    anew = await member.login("0912345678", "phone 2")
    assert anew.created_now, "his number is free for an account of his own"
    assert anew.member.member_id != father
    record = await member.db.pool.fetchrow("SELECT member_id, data FROM timeline_records WHERE kind = 'IDENTITY'")
    assert (record["member_id"], "NOT_MY_ACCOUNT" in str(record["data"])) == (father, True)
    assert profile_pb2.TIMELINE_KIND_IDENTITY
    close = pb.CloseIdentityCaseRequest(request_id=new(), case_id=said.case_id, reason="OWNER_CONFIRMED")
    assert await why(member.call(at.merging.CloseIdentityCase, close, adviser)) == "PERMISSION_DENIED"
    await member.call(at.merging.CloseIdentityCase, close, at.token)
    again = pb.CloseIdentityCaseRequest(request_id=new(), case_id=said.case_id, reason="OWNER_CONFIRMED")
    assert await why(member.call(at.merging.CloseIdentityCase, again, at.token)) == "IDENTITY_CASE_UNKNOWN"
    assert await cases(member, at.token) == []
    await at.proved()


async def test_a_number_that_was_only_typed_goes_and_freezes_nothing(member: Member) -> None:
    owner, hq = await typed(member)
    adviser, at = await member.adviser(), await desk(member)
    said = await dispute(member, adviser, owner, NUMBER, kind=PHONE, value="0912345678")
    assert not said.value_frozen
    await at.hold(new(), owner, 100)
    assert await cases(member, hq) == [(owner, "NOT_MY_NUMBER", False)]
    assert await why(find(member, "0912345678", adviser)) == "MEMBER_UNKNOWN"
    unknown = dispute(member, adviser, owner, NUMBER, kind=PHONE, value="0912345678")
    assert await why(unknown) == "IDENTIFIER_UNKNOWN"
    proved = await dispute(member, adviser, owner, NUMBER, kind=PHONE, value="0987654321")
    assert proved.value_frozen, "it has opened the account, and the owner has no other way in"
    wrong: list[dict[str, Any]] = [
        {"reason": 0, "kind": PHONE, "value": "0912345678"},
        {"reason": NUMBER, "value": "0912345678"},
    ]
    for said_wrong in wrong:
        assert await why(dispute(member, adviser, owner, **said_wrong)) == "FIELD_INVALID"
    await at.proved()


async def test_a_daughter_who_is_told_apart_gets_the_number_when_it_is_not_her_fathers(member: Member) -> None:
    father, daughter, adviser = await family(member)
    await dispute(member, adviser, father, NUMBER, kind=PHONE, value="0912345678")
    found = await find(member, "0912345678", adviser)
    assert found.member.member_id == daughter
    mine = await member.login("0912345678", "phone 2")
    assert (mine.member.member_id, mine.claimed_now) == (daughter, True), "the one who shares it proves that it is hers"
    await dispute(member, mine.session.access_token, daughter, ACCOUNT, kind=PHONE, value="0912345678")
    assert await why(find(member, "0912345678", adviser)) == "MEMBER_UNKNOWN"


async def test_who_shares_a_number_shares_it_again_after_a_merge_that_was_wrong(member: Member) -> None:
    father, daughter, adviser = await family(member)
    at = await desk(member)
    son = (await member.enrol(adviser, phone="0912345678", display_name="王中", if_taken=ANOTHER)).member_id
    for absorbed in (daughter, son):
        done = await at.merge(father if absorbed == daughter else daughter, absorbed)
        people = (await find(member, "0912345678", adviser)).candidates
        assert len(people) == 2, "one of the three is one of the others"
        await at.undo(done.merge_id)
        people = (await find(member, "0912345678", adviser)).candidates
        assert {one.member_id for one in people} == {father, daughter, son}
    await at.proved()
