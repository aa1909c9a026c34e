"""Guests: reached by a sealed contact, limited like codes, and the members who they prove to be."""

import hmac
import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest

from kit.access import Kind
from kit.timers import Due
from omo.audit.v1 import audit_service_pb2 as audit_pb
from omo.audit.v1 import audit_service_pb2_grpc as audit_rpc
from omo.member.v1 import guest_service_pb2 as pb
from omo.member.v1 import guest_service_pb2_grpc as rpc
from omo.member.v1 import identifiers_service_pb2 as identifier_pb
from omo.member.v1 import identifiers_service_pb2_grpc as identifier_rpc
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.member.v1 import member_events_pb2
from services.member.contacts import naming
from tests.service.member.conftest import SECRETS, Member, refusal
from tests.service.member.events import events

PHONE, EMAIL = "0912345678", "ming@example.com"


async def begin(member: Member, **told: str) -> pb.BeginGuestResponse:
    given = {
        "request_id": str(uuid.uuid4()), "device_id": "phone 1", "client_address": "203.0.113.7",
        "name": "陳小明", "phone": PHONE, **told,
    }  # fmt: skip
    stub = rpc.GuestServiceStub(member.channel)
    return await member.call(stub.BeginGuest, pb.BeginGuestRequest(**given), await member.service("gateway"))  # type: ignore[no-any-return]


async def refused(member: Member, **told: str) -> str:
    """Why a guest is not begun; nothing, if he is."""
    try:
        await begin(member, **told)
    except grpc.aio.AioRpcError as error:
        return refusal(error)
    return ""


async def claim(member: Member, token: str, member_id: str) -> int:
    request = pb.ClaimGuestsRequest(request_id=str(uuid.uuid4()), member_id=member_id)
    return int((await member.call(rpc.GuestServiceStub(member.channel).ClaimGuests, request, token)).guests)


async def proven(member: Member) -> list[tuple[str, str]]:
    told = await events(member.db, member_events_pb2.MemberMerged)
    return [(one.absorbed_member_id, one.member_id) for one in told if one.meta.reason == "GUEST_PROVEN"]


async def rows(member: Member, query: str) -> list[Any]:
    async with member.db.read() as tx:
        return list(await tx.fetch(query))


async def revealed(member: Member, token: str, contact_id: str) -> Any:
    request = identity_pb.RevealRequest(contact_id=contact_id, purpose="label")
    return await member.call(member.contacts.Reveal, request, token)


async def drifts(member: Member) -> dict[str, list[str]]:
    stub = audit_rpc.AuditServiceStub(member.channel)
    reply = await member.call(stub.Prove, audit_pb.ProveRequest(), await member.service("operator"))
    return {check.name: [one.subject for one in check.drifts] for check in reply.checks if check.drifts}


async def test_a_guest_is_a_token_and_a_sealed_contact_and_no_member(member: Member) -> None:
    guest = await begin(member, address="臺北市信義區松高路1號", email=EMAIL)
    principal = await member.principal(guest.access_token)
    assert (principal.kind, principal.id, principal.audience) == (Kind.GUEST, guest.guest_id, "guest")
    life = guest.access_expire_time.ToDatetime(member.wall().tzinfo) - member.wall()
    assert timedelta(minutes=29) < life <= timedelta(minutes=30)
    assert guest.masked_name == "陳○明"
    opened = await revealed(member, await member.adviser(), guest.contact_id)
    assert (opened.name, opened.phone, opened.address) == ("陳小明", "+886912345678", "臺北市信義區松高路1號")
    assert await rows(member, "SELECT FROM members") == []
    assert await rows(member, "SELECT FROM identifier_holders") == []
    assert await events(member.db, member_events_pb2.MemberEnrolled) == []
    for table in ("guests", "contacts", "requests", "otp_windows"):
        kept = str([tuple(row) for row in await rows(member, f"SELECT * FROM {table}")])
        assert not any(word in kept for word in ("陳小明", "912345678", EMAIL, "203.0.113")), table
    assert guest.access_token not in str(await rows(member, "SELECT encode(answer, 'escape') FROM requests"))
    assert await drifts(member) == {}


async def test_order_can_tell_that_the_contact_is_the_guests(member: Member) -> None:
    guest = await begin(member)
    order = naming.key(SECRETS["order"])
    head = uuid.UUID(guest.contact_id).bytes[:8]
    made = uuid.UUID(bytes=head + _tag(order, head, guest.guest_id))
    assert str(made) == guest.contact_id


def _tag(key: bytes, head: bytes, owner_id: str) -> bytes:
    made = hmac.digest(key, head + owner_id.encode(), "sha256")[:8]
    return (int.from_bytes(made, "big") & (1 << 62) - 1 | 1 << 63).to_bytes(8, "big")


async def test_the_same_request_of_the_same_device_is_the_same_guest(member: Member) -> None:
    first = await begin(member, request_id="k")
    again = await begin(member, request_id="k", client_address="198.51.100.9")
    assert (again.guest_id, again.contact_id) == (first.guest_id, first.contact_id)
    assert await refused(member, request_id="k", name="王大明") == "REQUEST_REUSED"
    member.clock.advance(minutes=2)
    assert (await begin(member, request_id="k", device_id="phone 2")).guest_id != first.guest_id


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"phone": "", "email": ""}, "FIELD_INVALID"),
        ({"phone": "12"}, "PHONE_INVALID"),
        ({"email": "nobody"}, "FIELD_INVALID"),
        ({"name": ""}, "FIELD_INVALID"),
        ({"device_id": ""}, "FIELD_INVALID"),
        ({"name": "4111 1111 1111 1111"}, "FIELD_INVALID"),
    ],
)
async def test_somebody_must_be_reached(member: Member, told: dict[str, str], reason: str) -> None:
    assert await refused(member, **told) == reason


async def test_only_the_gateway_begins_guests(member: Member) -> None:
    stub = rpc.GuestServiceStub(member.channel)
    welcome = await member.login("0987654321")
    for token in ("", welcome.session.access_token, await member.service("order")):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await member.call(stub.BeginGuest, pb.BeginGuestRequest(request_id="x"), token)
        assert refusal(error.value) in ("UNAUTHENTICATED", "PERMISSION_DENIED")


async def test_who_proves_the_number_is_the_guest_and_nobody_else(member: Member) -> None:
    guest, other = await begin(member), await begin(member, phone="0987654321")
    member.clock.advance(minutes=2)
    stranger = await member.login("0933000111", "phone 3")
    assert await proven(member) == []
    welcome = await member.login(PHONE, name="陳小明")
    assert welcome.created_now
    assert await proven(member) == [(guest.guest_id, welcome.member.member_id)]
    assert (await revealed(member, welcome.session.access_token, guest.contact_id)).name == "陳小明"
    for token, contact_id in (
        (stranger.session.access_token, guest.contact_id),
        (welcome.session.access_token, other.contact_id),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await revealed(member, token, contact_id)
        assert refusal(error.value) == "NOT_FOUND"
    member.clock.advance(minutes=2)
    await member.login(PHONE)
    assert len(await proven(member)) == 1, "once is once"
    assert await drifts(member) == {}


async def test_a_proven_guest_has_no_token_any_more(member: Member) -> None:
    await begin(member, request_id="k")
    await member.login(PHONE)
    assert await refused(member, request_id="k") == "GUEST_CLAIMED"


async def test_who_is_signed_in_asks_by_what_he_has_proved(member: Member) -> None:
    welcome = await member.login(PHONE)
    token, member_id = welcome.session.access_token, welcome.member.member_id
    member.clock.advance(minutes=2)
    guest, _ = await begin(member), await begin(member, phone="", email=EMAIL)
    assert await claim(member, token, member_id) == 1, "the address is nobody's yet"
    assert await proven(member) == [(guest.guest_id, member_id)]
    assert await claim(member, token, member_id) == 0
    other = await member.login("0987654321", "phone 2")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await claim(member, other.session.access_token, member_id)
    assert refusal(error.value) == "NOT_FOUND"


async def test_what_was_proved_long_ago_finds_nothing_that_was_ordered_since(member: Member) -> None:
    """A number is somebody else's one day: its former owner keeps his session, and gets none of his orders."""
    welcome = await member.login(PHONE)
    token, member_id = welcome.session.access_token, welcome.member.member_id
    member.clock.advance(minutes=11)
    first = await begin(member)
    assert await claim(member, token, member_id) == 0
    assert await proven(member) == []
    member.clock.advance(minutes=2)
    await member.login(PHONE)
    assert await proven(member) == [(first.guest_id, member_id)], "he proves it anew"
    member.clock.advance(minutes=2)
    await begin(member)
    assert await claim(member, token, member_id) == 1, "each proof counts from its own time"


async def test_who_proves_the_address_is_the_guest(member: Member) -> None:
    guest = await begin(member, phone="", email=" Ming@Example.com ")
    welcome = await member.login(PHONE)
    token, member_id = welcome.session.access_token, welcome.member.member_id
    stub = identifier_rpc.IdentifierServiceStub(member.channel)
    ask = identifier_pb.RequestEmailProofRequest(member_id=member_id, email=EMAIL)
    asked = await member.call(stub.RequestEmailProof, ask, token)
    assert await proven(member) == []
    prove = identifier_pb.ProveEmailRequest(
        member_id=member_id, challenge_id=asked.challenge_id, code=member.sent[-1].code
    )
    await member.call(stub.ProveEmail, prove, token)
    assert await proven(member) == [(guest.guest_id, member_id)]


async def test_a_number_that_staff_have_typed_proves_nothing(member: Member) -> None:
    guest = await begin(member)
    enrolled = await member.enrol(await member.adviser(), phone=PHONE)
    assert await proven(member) == []
    member.clock.advance(minutes=2)
    await member.login(PHONE)
    assert await proven(member) == [(guest.guest_id, enrolled.member_id)]


async def test_an_old_guest_is_nobodys_and_is_forgotten(member: Member) -> None:
    """A number may be somebody else's by then."""
    guest = await begin(member)
    member.clock.advance(days=91)
    await member.login(PHONE)
    assert await proven(member) == []
    member.clock.advance(days=90)
    adviser = await member.adviser()
    assert (await revealed(member, adviser, guest.contact_id)).name == "陳小明"
    async with member.db.transaction() as tx:
        await member.parts.guests.guests.sweep(tx, Due("guests.sweep", "guests.sweep"))
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await revealed(member, adviser, guest.contact_id)
    assert refusal(error.value) == "NOT_FOUND"
    assert await rows(member, "SELECT FROM guests") == []
    assert await drifts(member) == {}
