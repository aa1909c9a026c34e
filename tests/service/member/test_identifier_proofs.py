"""E-mail addresses and telephones that a member proves, and whose they are then."""

import re

from omo.member.v1 import identifiers_service_pb2 as pb
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.member.v1 import member_pb2
from tests.service.member.merging_rig import desk
from tests.service.member.sign_in_rig import Rig
from tests.service.member.test_identifiers import CARD, EMAIL, add, listed, rig, signed_in, why

__all__ = ["rig"]


async def ask_mail(rig: Rig, who: tuple[str, str], email: str) -> pb.RequestEmailProofResponse:
    rig.member.clock.advance(minutes=2)
    request = pb.RequestEmailProofRequest(member_id=who[0], email=email)
    return await rig.call(rig.identifiers.RequestEmailProof, request, who[1])  # type: ignore[no-any-return]


async def prove_mail(rig: Rig, who: tuple[str, str], challenge_id: str, code: str) -> member_pb2.Identifier:
    request = pb.ProveEmailRequest(member_id=who[0], challenge_id=challenge_id, code=code)
    return (await rig.call(rig.identifiers.ProveEmail, request, who[1])).identifier  # type: ignore[no-any-return]


async def test_an_address_is_proved_by_its_code_however_it_is_written(rig: Rig) -> None:
    mine, adviser = await signed_in(rig), await rig.member.adviser()
    sent = await ask_mail(rig, mine, "Ming.Chen+shop@Gmail.com")
    letter = rig.member.sent[-1]
    assert (letter.email, letter.purpose, letter.phone) == ("ming.chen+shop@gmail.com", "email", "")
    wrong = str((int(letter.code) + 1) % 1_000_000).zfill(6)
    assert await why(prove_mail(rig, mine, sent.challenge_id, wrong)) == "OTP_WRONG"
    proved = await prove_mail(rig, mine, sent.challenge_id, letter.code)
    assert (proved.value, proved.state) == ("mingchen@gmail.com", member_pb2.IDENTIFIER_STATE_VERIFIED)
    assert await why(prove_mail(rig, mine, sent.challenge_id, letter.code)) == "OTP_SPENT"
    find = identity_pb.FindMemberRequest(key="MINGCHEN@gmail.com")
    found = await rig.call(rig.member.identity.FindMember, find, adviser)
    assert (found.member.member_id, found.found_by) == (mine[0], identity_pb.MEMBER_KEY_EMAIL)
    other = await signed_in(rig, "0987654321", "phone 2")
    sent = await ask_mail(rig, other, "mingchen@gmail.com")  # the same mailbox
    assert await why(prove_mail(rig, other, sent.challenge_id, rig.member.sent[-1].code)) == "IDENTIFIER_TAKEN"


async def test_an_address_is_proved_by_its_link_once(rig: Rig) -> None:
    room = next(one for one in rig.member.parts.rooms if type(one).__name__ == "IdentifierRoom")
    room.emails._link_url = "https://shop.example/mail"  # type: ignore[attr-defined]
    mine = await signed_in(rig)
    await ask_mail(rig, mine, "ming@example.com")
    found = re.fullmatch(r"https://shop\.example/mail\?token=([\w-]+)", rig.member.sent[-1].link)
    assert found
    follow = pb.FollowEmailLinkRequest(token=found[1])
    await rig.call(rig.identifiers.FollowEmailLink, follow)
    assert EMAIL in [one.kind for one in await listed(rig, mine)]
    assert await why(rig.call(rig.identifiers.FollowEmailLink, follow)) == "CODE_SPENT"


async def test_a_link_to_an_address_of_another_member_leads_to_a_look_and_takes_nothing(rig: Rig) -> None:
    """The refusal undoes all that came with it but what a person is to look at."""
    room = next(one for one in rig.member.parts.rooms if type(one).__name__ == "IdentifierRoom")
    room.emails._link_url = "https://shop.example/mail"  # type: ignore[attr-defined]
    holder, mine = await signed_in(rig), await signed_in(rig, "0987654321", "phone 2")
    sent = await ask_mail(rig, holder, "ming@example.com")
    await prove_mail(rig, holder, sent.challenge_id, rig.member.sent[-1].code)
    await ask_mail(rig, mine, "ming@example.com")
    token = rig.member.sent[-1].link.partition("token=")[2]
    follow = pb.FollowEmailLinkRequest(token=token)
    assert await why(rig.call(rig.identifiers.FollowEmailLink, follow)) == "IDENTIFIER_TAKEN"
    (pair,) = await (await desk(rig.member)).candidates()
    assert {pair.member_id, pair.other_member_id} == {holder[0], mine[0]}
    assert EMAIL not in [one.kind for one in await listed(rig, mine)]


async def test_a_card_that_staff_hand_out_twice_leads_to_a_look(rig: Rig) -> None:
    adviser = await rig.member.adviser()
    holder = (await rig.member.enrol(adviser, card_no="HK00012345")).member_id
    other = (await rig.member.enrol(adviser, phone="0987654321")).member_id
    for _ in range(2):
        assert await why(add(rig, (other, adviser), CARD, "hk00012345")) == "IDENTIFIER_TAKEN"
    (pair,) = await (await desk(rig.member)).candidates()
    assert {pair.member_id, pair.other_member_id} == {holder, other}
    assert pair.origin == "TILL"


async def test_letters_and_tries_are_counted(rig: Rig) -> None:
    mine = await signed_in(rig)
    sent = await ask_mail(rig, mine, "ming@example.com")
    again = pb.RequestEmailProofRequest(member_id=mine[0], email="ming@example.com")
    assert await why(rig.call(rig.identifiers.RequestEmailProof, again, mine[1])) == "OTP_LIMITED"
    right = rig.member.sent[-1].code
    wrong = str((int(right) + 1) % 1_000_000).zfill(6)
    for _ in range(5):
        assert await why(prove_mail(rig, mine, sent.challenge_id, wrong)) == "OTP_WRONG"
    assert await why(prove_mail(rig, mine, sent.challenge_id, right)) == "OTP_SPENT"


async def prove_phone(rig: Rig, who: tuple[str, str], phone: str, device: str = "phone 1") -> pb.ProvePhoneResponse:
    rig.member.clock.advance(minutes=2)
    asked = await rig.member.request_otp(phone, device)
    request = pb.ProvePhoneRequest(
        member_id=who[0], challenge_id=asked.challenge_id, code=rig.member.sent[-1].code, device_id=device
    )
    return await rig.call(rig.identifiers.ProvePhone, request, who[1])  # type: ignore[no-any-return]


async def test_a_proved_phone_takes_the_place_of_the_one_before(rig: Rig) -> None:
    mine = await signed_in(rig)
    assert (await prove_phone(rig, mine, "0987654321")).identifier.value == "+886987654321"
    phones = [one.value for one in await listed(rig, mine) if one.kind == member_pb2.IDENTIFIER_KIND_PHONE]
    assert phones == ["+886987654321", ""]
    assert (await signed_in(rig, "0987654321"))[0] == mine[0]
    assert (await signed_in(rig, "0912345678", "phone 2"))[0] != mine[0]  # whose number it is now


async def test_a_phone_of_another_account_stays_there_and_both_wait_for_a_merge(rig: Rig) -> None:
    one, other = await signed_in(rig), await signed_in(rig, "0987654321", "phone 2")
    answer = await prove_phone(rig, other, "0912345678", "phone 2")
    assert answer.identifier.value == "+886987654321"  # his own still
    assert (await signed_in(rig))[0] == one[0]
    candidate = await rig.member.db.pool.fetchrow("SELECT proof, proven_by FROM merge_candidates")
    assert (candidate["proof"].lower(), candidate["proven_by"]) == ("phone", other[0])
