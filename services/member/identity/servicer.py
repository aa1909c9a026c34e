"""Identity and the lane PEOPLE as gRPC."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

import grpc

from kit import access, fields
from kit.access import Kind as Caller
from kit.clock import Clock
from omo.member.v1 import identity_service_pb2 as pb
from omo.member.v1 import identity_service_pb2_grpc as rpc
from omo.member.v1 import member_pb2
from services.member.access import wire as access_wire
from services.member.asking import asked
from services.member.identity import enrolment, origins, wire, wire_facts, wire_imports
from services.member.identity.enrolment import Enrolment
from services.member.identity.facts import PeopleFacts
from services.member.identity.login import Login, Told
from services.member.identity.otp import Otp
from services.member.identity.phones import Phones
from services.member.identity.usecases import Members
from services.member.vault import Vault

Context = grpc.aio.ServicerContext[Any, Any]
# points and tier of a member, from the capability that knows them
Standings = Callable[[str], Awaitable[member_pb2.Standing | None]]

_FRONT = "gateway"


class IdentityServicer(rpc.IdentityServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(
        self,
        vault: Vault,
        phones: Phones,
        otp: Otp,
        login: Login,
        members: Members,
        enrolment: Enrolment,
        clock: Clock,
        standings: Standings | None = None,
    ) -> None:
        self._vault = vault
        self._phones = phones
        self._otp = otp
        self._login = login
        self._members = members
        self._enrolment = enrolment
        self._clock = clock
        self._standings = standings

    async def RequestOtp(self, request: pb.RequestOtpRequest, context: Context) -> pb.RequestOtpResponse:
        phone = self._phones.mobile("phone", request.phone)
        device_id = fields.text("device_id", request.device_id, 128)
        sent = await self._otp.request(phone, device_id, _address(request, context))
        return pb.RequestOtpResponse(
            challenge_id=sent.challenge_id,
            expire_time=fields.timestamp(sent.expire_time),
            retry_after=sent.retry_after,
        )

    async def VerifyOtp(self, request: pb.VerifyOtpRequest, context: Context) -> pb.VerifyOtpResponse:
        source = origins.source(request.source)
        told = Told(
            fields.text("device_id", request.device_id, 128),
            source,
            fields.text("display_name", request.display_name, 100, empty=True),
            request.join_token,
            origins.anonymous(request.anonymous_id, source),
            request.join_history,
        )
        welcome = await self._login.verify(
            fields.identifier("challenge_id", request.challenge_id), fields.text("code", request.code, 16), told
        )
        return pb.VerifyOtpResponse(
            session=access_wire.session(welcome.session),
            member=wire.own(welcome.member),
            claimed_now=welcome.claimed_now,
            created_now=welcome.created_now,
        )

    async def EnrolMember(self, request: pb.EnrolMemberRequest, context: Context) -> pb.EnrolMemberResponse:
        told = enrolment.newcomer(
            fields.identifier("member_id", request.member_id) if request.member_id else "",
            fields.text("display_name", request.display_name, 100, empty=True),
            fields.code("location_id", request.location_id),
            self._clock(),
        )
        return await self._enrolment.enrol(
            asked(self._vault, "EnrolMember", request, "phone", "display_name", "card_no"),
            told,
            request.phone,
            request.card_no,
            wire.if_taken(request.if_taken),
        )

    async def GetMember(self, request: pb.GetMemberRequest, context: Context) -> pb.GetMemberResponse:
        member = await self._members.get(fields.identifier("member_id", request.member_id))
        return pb.GetMemberResponse(member=wire.member(member))

    async def FindMember(self, request: pb.FindMemberRequest, context: Context) -> pb.FindMemberResponse:
        found = await self._members.find(request.key)
        if found.member is None:
            return pb.FindMemberResponse(found_by=found.by, candidates=map(wire.member, found.candidates))
        standing = await self._standings(found.member.member_id) if self._standings else None
        return pb.FindMemberResponse(member=wire.member(found.member), standing=standing, found_by=found.by)

    async def ImportMembers(self, request: pb.ImportMembersRequest, context: Context) -> pb.ImportMembersResponse:
        members = wire_imports.members(request)
        return await self._members.bring_in(asked(self._vault, "ImportMembers", request), members)


def _address(request: pb.RequestOtpRequest, context: Context) -> str:
    """Where the code is asked for from: only our own front door is believed what it says of somebody else.

    Whoever calls us himself could name another network with each call, and never meet its limit.
    """
    caller = access.current()
    if caller.kind is Caller.SERVICE and caller.id == _FRONT:
        return request.client_address
    kind, _, rest = context.peer().partition(":")
    host = rest.rpartition(":")[0]
    return unquote(host).strip("[]") if kind in ("ipv4", "ipv6") else ""


class PeopleFactServicer(rpc.PeopleFactServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, facts: PeopleFacts, clock: Clock) -> None:
        self._facts = facts
        self._clock = clock

    async def RecordPeople(self, request: pb.RecordPeopleRequest, context: Context) -> pb.RecordPeopleResponse:
        caller = access.current()
        if caller.kind is Caller.DEVICE and caller.terminal_id != request.terminal_id:
            raise access.Denied("a terminal sends its own facts only", field="terminal_id", permission="facts.people")
        access.require_location(request.location_id)
        frame = wire_facts.frame(request, self._clock())
        return wire_facts.answer(await self._facts.record(frame), frame.first_sequence)
