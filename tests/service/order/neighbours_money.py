"""Credit and prepaid packs of members as refunds see them: each request once."""

from typing import Any

import grpc

from kit.errors import Code, Fault
from omo.member.v1 import credit_service_pb2 as credit_pb
from omo.member.v1 import credit_service_pb2_grpc as credit_rpc
from omo.member.v1 import prepaid_service_pb2 as prepaid_pb
from omo.member.v1 import prepaid_service_pb2_grpc as prepaid_rpc


class NothingOwed(Fault):
    code = Code.NOT_FOUND
    reason = "VALUE_UNKNOWN"


def serve_on(server: grpc.aio.Server, world: Any) -> None:
    """Adds both to the neighbours' server."""
    credit_rpc.add_CreditServiceServicer_to_server(Credit(world), server)
    prepaid_rpc.add_PrepaidServiceServicer_to_server(Prepaid(world), server)  # type: ignore[abstract]


class Credit(credit_rpc.CreditServiceServicer):
    def __init__(self, world: Any) -> None:
        self._world = world

    async def AdjustCredit(
        self, request: credit_pb.AdjustCreditRequest, context: Any
    ) -> credit_pb.AdjustCreditResponse:
        return await self._world.answer("credit.adjust", context, lambda: self._adjust(request))  # type: ignore[no-any-return]

    def _adjust(self, request: credit_pb.AdjustCreditRequest) -> credit_pb.AdjustCreditResponse:
        self._world.credit.setdefault(request.request_id, (request.member_id, request.amount))
        return credit_pb.AdjustCreditResponse()


class Prepaid(prepaid_rpc.PrepaidServiceServicer):
    def __init__(self, world: Any) -> None:
        self._world = world

    async def SettlePrepaidRefund(
        self, request: prepaid_pb.SettlePrepaidRefundRequest, context: Any
    ) -> prepaid_pb.SettlePrepaidRefundResponse:
        return await self._world.answer("prepaid.settle", context, lambda: self._settle(request))  # type: ignore[no-any-return]

    def _settle(self, request: prepaid_pb.SettlePrepaidRefundRequest) -> prepaid_pb.SettlePrepaidRefundResponse:
        world, by = self._world, request.request_id
        if request.pack_id not in world.owed or world.settled.get(request.pack_id, by) != by:
            raise NothingOwed("nothing is owed for this pack")
        world.settled[request.pack_id] = by
        return prepaid_pb.SettlePrepaidRefundResponse(amount=world.owed[request.pack_id])
