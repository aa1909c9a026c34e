"""Passkeys, made and used by an authenticator in software."""

import uuid

import grpc
import pytest
import pytest_asyncio

from omo.member.v1 import identifiers_service_pb2 as identifiers_pb
from omo.member.v1 import signin_service_pb2 as pb
from tests.service.member import sign_in_rig
from tests.service.member.authenticator import Authenticator
from tests.service.member.conftest import Member, refusal
from tests.service.member.sign_in_rig import Rig


@pytest_asyncio.fixture
async def rig(member: Member) -> Rig:
    return sign_in_rig.rig(member)


async def made(rig: Rig, device: Authenticator) -> tuple[str, str, pb.Passkey]:
    """A member with a passkey: his id, his token, and it."""
    welcome = await rig.member.login("0912345678")
    member_id, token = welcome.member.member_id, welcome.session.access_token
    return member_id, token, await add(rig, device, member_id, token)


async def add(rig: Rig, device: Authenticator, member_id: str, token: str) -> pb.Passkey:
    begun = await rig.call(rig.signin.BeginPasskey, pb.BeginPasskeyRequest(member_id=member_id), token)
    request = pb.AddPasskeyRequest(
        member_id=member_id,
        challenge_id=begun.challenge_id,
        credential_json=device.make(begun.options_json),
        name="我的手機",
    )
    passkey: pb.Passkey = (await rig.call(rig.signin.AddPasskey, request, token)).passkey
    return passkey


async def login(rig: Rig, device: Authenticator) -> pb.SignedIn:
    begun = await rig.call(rig.signin.BeginPasskeyLogin, pb.BeginPasskeyLoginRequest(device_id="phone 2"))
    request = pb.FinishPasskeyLoginRequest(
        challenge_id=begun.challenge_id, credential_json=device.sign(begun.options_json), device_id="phone 2"
    )
    signed_in: pb.SignedIn = (await rig.call(rig.signin.FinishPasskeyLogin, request)).signed_in
    return signed_in


async def why(awaited: object) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await awaited  # type: ignore[misc]
    return refusal(error.value)


async def test_a_passkey_signs_its_member_in(rig: Rig) -> None:
    device = Authenticator()
    member_id, token, passkey = await made(rig, device)
    assert (passkey.name, passkey.synced) == ("我的手機", True)
    welcome = await login(rig, device)
    assert welcome.member.member_id == member_id
    assert (await rig.member.principal(welcome.session.access_token)).id == member_id
    listed = await rig.call(rig.signin.ListPasskeys, pb.ListPasskeysRequest(member_id=member_id), token)
    assert [(one.passkey_id, one.HasField("last_use_time")) for one in listed.passkeys] == [(passkey.passkey_id, True)]


async def test_the_passkeys_member_is_who_he_is_after_a_merge(rig: Rig) -> None:
    device = Authenticator()
    member_id, _, _ = await made(rig, device)
    other = (await rig.member.login("0987654321", "phone 3")).member.member_id
    async with rig.member.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO member_aliases (alias_id, member_id, reason) VALUES ($1, $2, 'x')", member_id, other
        )
    assert (await login(rig, device)).member.member_id == other


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"origin": "https://evil.example"}, "LOGIN_REFUSED"),
        ({"domain": "evil.example"}, "LOGIN_REFUSED"),
        ({"flags": 0x01}, "LOGIN_REFUSED"),  # nobody was asked for a finger or a PIN
        ({"key": Authenticator().key}, "LOGIN_REFUSED"),
        ({"credential_id": b"somebody else's"}, "LOGIN_REFUSED"),
    ],
)
async def test_what_does_not_verify_signs_nobody_in(rig: Rig, changed: dict[str, object], reason: str) -> None:
    device = Authenticator()
    await made(rig, device)
    for name, value in changed.items():
        setattr(device, name, value)
    assert await why(login(rig, device)) == reason


async def test_a_counter_that_goes_back_is_a_copy(rig: Rig) -> None:
    device = Authenticator(counter=5)
    await made(rig, device)
    await login(rig, device)
    device.counter = 3
    assert await why(login(rig, device)) == "LOGIN_REFUSED"


async def test_a_challenge_is_used_once_by_whom_it_was_for(rig: Rig) -> None:
    device = Authenticator()
    member_id, token, _ = await made(rig, device)
    begun = await rig.call(rig.signin.BeginPasskeyLogin, pb.BeginPasskeyLoginRequest(device_id="phone 2"))
    request = pb.FinishPasskeyLoginRequest(
        challenge_id=begun.challenge_id, credential_json=device.sign(begun.options_json), device_id="phone 3"
    )
    assert await why(rig.call(rig.signin.FinishPasskeyLogin, request)) == "LOGIN_SPENT"
    request.device_id = "phone 2"
    await rig.call(rig.signin.FinishPasskeyLogin, request)
    assert await why(rig.call(rig.signin.FinishPasskeyLogin, request)) == "LOGIN_SPENT"
    other = (await rig.member.login("0987654321", "phone 3")).session.access_token
    asked = await rig.call(rig.signin.BeginPasskey, pb.BeginPasskeyRequest(member_id=member_id), token)
    foreign = pb.AddPasskeyRequest(member_id=member_id, challenge_id=asked.challenge_id, credential_json="{}")
    assert await why(rig.call(rig.signin.AddPasskey, foreign, other)) == "NOT_FOUND"
    rig.member.clock.advance(minutes=6)
    late = pb.AddPasskeyRequest(
        member_id=member_id, challenge_id=asked.challenge_id, credential_json=Authenticator().make(asked.options_json)
    )
    assert await why(rig.call(rig.signin.AddPasskey, late, token)) == "LOGIN_SPENT"


async def test_one_passkey_is_one_members(rig: Rig) -> None:
    device = Authenticator()
    await made(rig, device)
    other = await rig.member.login("0987654321", "phone 3")
    assert await why(add(rig, device, other.member.member_id, other.session.access_token)) == "IDENTIFIER_TAKEN"


async def test_the_last_way_to_sign_in_stays(rig: Rig) -> None:
    device = Authenticator()
    member_id, token, passkey = await made(rig, device)

    def request(passkey_id: str) -> pb.RemovePasskeyRequest:
        return pb.RemovePasskeyRequest(request_id=str(uuid.uuid4()), member_id=member_id, passkey_id=passkey_id)

    assert await why(rig.call(rig.signin.RemovePasskey, request(str(uuid.uuid4())), token)) == "IDENTIFIER_UNKNOWN"
    listed = await rig.call(
        rig.identifiers.ListIdentifiers, identifiers_pb.ListIdentifiersRequest(member_id=member_id), token
    )
    gone = identifiers_pb.RemoveIdentifierRequest(
        request_id=str(uuid.uuid4()), member_id=member_id, identifier_id=listed.identifiers[0].identifier_id
    )
    await rig.call(rig.identifiers.RemoveIdentifier, gone, token)  # the phone: the passkey remains
    assert await why(rig.call(rig.signin.RemovePasskey, request(passkey.passkey_id), token)) == "LAST_LOGIN"
    assert (await login(rig, device)).member.member_id == member_id
