"""Store systems: enrolment, credential, revocation."""

import asyncio
import uuid

import grpc
import pytest

from kit import access
from omo.member.v1 import access_service_pb2 as pb
from omo.member.v1 import member_events_pb2
from tests.service.member.conftest import Member, refusal
from tests.service.member.events import events


async def code(member: Member, request_id: str = "", location_id: str = "TPE01") -> pb.CreateTerminalCodeResponse:
    request = pb.CreateTerminalCodeRequest(
        request_id=request_id or str(uuid.uuid4()), location_id=location_id, name="till 1"
    )
    made: pb.CreateTerminalCodeResponse = await member.call(
        member.access.CreateTerminalCode, request, await member.service("operator")
    )
    return made


async def enrol(member: Member, text: str) -> pb.EnrolTerminalResponse:
    enrolled: pb.EnrolTerminalResponse = await member.call(
        member.access.EnrolTerminal, pb.EnrolTerminalRequest(code=text)
    )
    return enrolled


async def token_refused(member: Member, terminal_id: str, secret: str) -> bool:
    request = pb.IssueDeviceTokenRequest(terminal_id=terminal_id, device_secret=secret)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.call(member.access.IssueDeviceToken, request)
    return refusal(error.value) == "CREDENTIAL_INVALID"


async def spent(member: Member, text: str) -> bool:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await enrol(member, text)
    return refusal(error.value) == "CODE_SPENT"


async def test_a_terminal_speaks_for_its_store(member: Member) -> None:
    terminal_id, _, token = await member.terminal("TXG01")
    said = await member.principal(token)
    assert (said.kind, said.id, said.terminal_id) == (access.Kind.DEVICE, terminal_id, terminal_id)
    assert said.location_ids == ("TXG01",)


async def test_a_code_works_once_however_it_is_typed(member: Member) -> None:
    made = await code(member)
    assert (await enrol(member, f" {made.code.lower().replace('-', ' ')} ")).terminal.location_id == "TPE01"
    assert await spent(member, made.code)


async def test_a_code_works_once_when_two_terminals_type_it(member: Member) -> None:
    made = await code(member)
    answers = await asyncio.gather(*(enrol(member, made.code) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(answer, pb.EnrolTerminalResponse) for answer in answers) == 1


async def test_a_code_lives_a_quarter_of_an_hour(member: Member) -> None:
    early, late = await code(member), await code(member)
    member.clock.advance(minutes=14, seconds=59)
    assert (await enrol(member, early.code)).device_secret
    member.clock.advance(seconds=1)
    assert await spent(member, late.code)
    assert await spent(member, "AAAAA-AAAAA")


async def test_a_repeated_request_shows_the_same_code(member: Member) -> None:
    request_id = str(uuid.uuid4())
    first = await code(member, request_id)
    assert await code(member, request_id) == first
    member.clock.advance(minutes=1)
    assert (await code(member, str(uuid.uuid4()))).code != first.code


async def test_neither_code_nor_credential_stands_in_the_database(member: Member) -> None:
    made = await code(member)
    enrolled = await enrol(member, made.code)
    async with member.db.read() as tx:
        kept = "".join(
            [row[0] for row in await tx.fetch("SELECT c::text FROM terminal_codes AS c")]
            + [row[0] for row in await tx.fetch("SELECT t::text FROM terminals AS t")]
            + [row[0].decode("latin-1") for row in await tx.fetch("SELECT answer FROM requests")]
        )
    assert enrolled.terminal.terminal_id in kept
    for secret in (made.code, made.code.replace("-", ""), enrolled.device_secret):
        assert secret not in kept


async def test_a_wrong_credential_gets_no_token(member: Member) -> None:
    terminal_id, secret, _ = await member.terminal()
    another = "B" if secret.startswith("A") else "A"
    assert await token_refused(member, terminal_id, another + secret[1:])
    assert await token_refused(member, terminal_id, "")
    assert await token_refused(member, str(uuid.uuid4()), secret)


async def test_a_revoked_terminal_gets_no_token_and_its_sessions_end(member: Member) -> None:
    terminal_id, secret, device = await member.terminal()
    await member.put_staff()
    session = await member.sign_in(device)
    request = pb.RevokeTerminalRequest(request_id=str(uuid.uuid4()), terminal_id=terminal_id, reason="STOLEN")
    answer = await member.call(member.access.RevokeTerminal, request, (await member.hq("admin")).access_token)
    ends = answer.tokens_expire_time.ToSeconds() - member.wall().timestamp()
    assert 3590 <= ends <= 3600
    assert await token_refused(member, terminal_id, secret)
    again = pb.RefreshSessionRequest(refresh_token=session.refresh_token, device_id=terminal_id)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.call(member.access.RefreshSession, again)
    assert refusal(error.value) == "REFRESH_INVALID"
    with pytest.raises(grpc.aio.AioRpcError):
        await member.sign_in(device)  # its token lives on, and is worth nothing here any more
    told = await events(member.db, member_events_pb2.TerminalChanged)
    assert [(one.terminal.active, one.meta.sequence, one.meta.reason) for one in told] == [
        (True, 1, ""),
        (False, 2, "STOLEN"),
    ]


async def test_only_a_known_terminal_is_revoked(member: Member) -> None:
    request = pb.RevokeTerminalRequest(request_id=str(uuid.uuid4()), terminal_id=str(uuid.uuid4()), reason="gone")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.call(member.access.RevokeTerminal, request, await member.service("operator"))
    assert refusal(error.value) == "NOT_FOUND"


async def test_terminals_are_listed_by_store(member: Member) -> None:
    mine = [(await member.terminal("TPE01"))[0] for _ in range(3)]
    await member.terminal("TXG01")
    token = await member.service("operator")
    first = await member.call(
        member.access.ListTerminals, pb.ListTerminalsRequest(location_id="TPE01", page_size=2), token
    )
    rest = pb.ListTerminalsRequest(location_id="TPE01", page_size=2, page_token=first.next_page_token)
    second = await member.call(member.access.ListTerminals, rest, token)
    assert [one.terminal_id for one in (*first.terminals, *second.terminals)] == mine
    assert not second.next_page_token
