"""Households as gRPC: unwrap, one use case, wrap."""

from typing import Any

from kit import access, fields, requests
from kit.errors import invalid
from kit.postgres import Tx
from omo.member.v1 import household_service_pb2 as pb
from omo.member.v1 import household_service_pb2_grpc as rpc
from services.member.ground import Ground
from services.member.household import wire
from services.member.household.domain import Household
from services.member.household.usecases import Households
from services.member.points import store as ledger_store

_MOST = 1_000_000_000


class HouseholdServicer(rpc.HouseholdServiceServicer):
    """One card, several members; each acts for himself."""

    def __init__(self, g: Ground, households: Households) -> None:
        self._g = g
        self._households = households

    async def CreateHousehold(self, request: pb.CreateHouseholdRequest, context: Any) -> pb.CreateHouseholdResponse:
        """Opens one."""
        member_id = _own(request.member_id)

        async def work(tx: Tx) -> pb.CreateHouseholdResponse:
            return pb.CreateHouseholdResponse(
                household=await self._told(tx, await self._households.create(tx, member_id))
            )

        asked = requests.Request.of("CreateHousehold", request)
        return await requests.once(self._g.db, asked, work, pb.CreateHouseholdResponse)

    async def InviteToHousehold(
        self, request: pb.InviteToHouseholdRequest, context: Any
    ) -> pb.InviteToHouseholdResponse:
        """A code; asked again with another key it is another one."""
        member_id = _own(request.member_id)
        async with self._g.db.transaction() as tx:
            made = await self._households.invite(tx, member_id)
        return pb.InviteToHouseholdResponse(code=made.code, expire_time=fields.timestamp(made.expire_time))

    async def JoinHousehold(self, request: pb.JoinHouseholdRequest, context: Any) -> pb.JoinHouseholdResponse:
        """Comes in."""
        member_id, code = _own(request.member_id), fields.text("code", request.code, 64)

        async def work(tx: Tx) -> pb.JoinHouseholdResponse:
            joined = await self._households.join(tx, member_id, code)
            return pb.JoinHouseholdResponse(household=await self._told(tx, joined))

        asked = requests.Request.of("JoinHousehold", request)
        return await requests.once(self._g.db, asked, work, pb.JoinHouseholdResponse)

    async def LeaveHousehold(self, request: pb.LeaveHouseholdRequest, context: Any) -> pb.LeaveHouseholdResponse:
        """Goes, or is let go."""
        member_id = _own(request.member_id)
        leaving = fields.identifier("leaving_id", request.leaving_id) if request.leaving_id else ""

        async def work(tx: Tx) -> pb.LeaveHouseholdResponse:
            await self._households.leave(tx, member_id, leaving)
            return pb.LeaveHouseholdResponse()

        asked = requests.Request.of("LeaveHousehold", request)
        return await requests.once(self._g.db, asked, work, pb.LeaveHouseholdResponse)

    async def GetHousehold(self, request: pb.GetHouseholdRequest, context: Any) -> pb.GetHouseholdResponse:
        """Who shares, and what is in the pot."""
        member_id = _own(request.member_id)
        async with self._g.db.transaction() as tx:
            return pb.GetHouseholdResponse(household=await self._told(tx, await self._households.get(tx, member_id)))

    async def MoveHouseholdPoints(
        self, request: pb.MoveHouseholdPointsRequest, context: Any
    ) -> pb.MoveHouseholdPointsResponse:
        """Into the pot or out of it."""
        member_id = _own(request.member_id)
        if not request.points or abs(request.points) > _MOST:
            raise invalid("points", f"must not be 0, and at most {_MOST} either way")
        key = f"{access.current().actor.encode()}:{request.request_id}"

        async def work(tx: Tx) -> pb.MoveHouseholdPointsResponse:
            found = await self._households.move(tx, member_id, request.points, key)
            return pb.MoveHouseholdPointsResponse(household=await self._told(tx, found))

        asked = requests.Request.of("MoveHouseholdPoints", request)
        return await requests.once(self._g.db, asked, work, pb.MoveHouseholdPointsResponse)

    async def _told(self, tx: Tx, found: Household) -> pb.Household:
        pot = await ledger_store.balance(tx, found.household_id)
        return wire.household(found, self._households.policy, pot)


def _own(member_id: str) -> str:
    asked = fields.identifier("member_id", member_id)
    access.require_member(asked)
    return asked
