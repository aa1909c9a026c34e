"""Returns as gRPC."""

from typing import Any

from kit import access, fields, requests
from kit.access import Kind as Who
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import returns_service_pb2 as pb
from omo.order.v1 import returns_service_pb2_grpc as rpc
from services.order.checkout.domain import TransitionRefused
from services.order.returns import domain_policy, store_policy, wire, wire_policy
from services.order.returns.care import Care
from services.order.returns.domain_units import Wish
from services.order.returns.onward import Onward
from services.order.returns.usecases import Returns

_MOST_REF = 64


class ReturnServicer(rpc.ReturnServiceServicer):
    """ReturnService: unwrap, call one use case, wrap."""

    def __init__(self, db: Database, clock: Clock, returns: Returns, care: Care, onward: Onward) -> None:
        self._db = db
        self._clock = clock
        self._returns = returns
        self._care = care
        self._onward = onward

    async def PreviewReturn(self, request: pb.PreviewReturnRequest, context: Any) -> pb.PreviewReturnResponse:
        asked = wire.asked(request.units)
        return await self._returns.preview(Wish(_name(request), asked, "", "", as_credit=request.as_credit))

    async def OpenReturn(self, request: pb.OpenReturnRequest, context: Any) -> pb.OpenReturnResponse:
        exchange = request.exchange_order_id
        wish = Wish(
            _name(request), wire.asked(request.units), wire.reason(request.reason), _place(request), request.received,
            request.verified, request.as_credit, request.override,
            fields.identifier("exchange_order_id", exchange) if exchange else None, request.waive_fees,
            wire.serial_reason(request.serial_reason),
        )  # fmt: skip
        if not wish.units:
            raise invalid("units", "must hold 1 to 100 entries")
        return await self._returns.open(Request.of("ReturnService/OpenReturn", request), wish)

    async def AuthoriseReturn(self, request: pb.AuthoriseReturnRequest, context: Any) -> pb.AuthoriseReturnResponse:
        return await self._returns.authorise(Request.of("ReturnService/AuthoriseReturn", request), _id(request))

    async def ReceiveReturn(self, request: pb.ReceiveReturnRequest, context: Any) -> pb.ReceiveReturnResponse:
        asked = Request.of("ReturnService/ReceiveReturn", request)
        units, why = wire.asked(request.units), wire.serial_reason(request.serial_reason)
        return await self._returns.receive(asked, _id(request), _place(request), units, why)

    async def SendOnReturn(self, request: pb.SendOnReturnRequest, context: Any) -> pb.SendOnReturnResponse:
        target = fields.code("to_location_id", request.to_location_id)
        return await self._onward.send(Request.of("ReturnService/SendOnReturn", request), _id(request), target)

    async def ArriveReturn(self, request: pb.ArriveReturnRequest, context: Any) -> pb.ArriveReturnResponse:
        asked = Request.of("ReturnService/ArriveReturn", request)
        return await self._onward.arrive(asked, _id(request), _place(request))

    async def DisposeUnits(self, request: pb.DisposeUnitsRequest, context: Any) -> pb.DisposeUnitsResponse:
        asked = Request.of("ReturnService/DisposeUnits", request)
        if not 0 <= request.first_unit <= request.last_unit:
            raise invalid("last_unit", "must not come before first_unit")
        run, to = (request.first_unit, request.last_unit), wire.disposition(request.disposition, needed=True)
        reason = wire.reason(request.reason)
        return await self._returns.dispose(asked, _id(request), request.line_no, run, to, reason)

    async def CancelReturn(self, request: pb.CancelReturnRequest, context: Any) -> pb.CancelReturnResponse:
        asked = Request.of("ReturnService/CancelReturn", request)
        return await self._returns.cancel(asked, _id(request), wire.reason(request.reason))

    async def GetReturn(self, request: pb.GetReturnRequest, context: Any) -> pb.GetReturnResponse:
        return pb.GetReturnResponse(returned=await self._care.get(_id(request)))

    async def ListReturns(self, request: pb.ListReturnsRequest, context: Any) -> pb.ListReturnsResponse:
        return await self._care.page(request)

    async def PayRefund(self, request: pb.PayRefundRequest, context: Any) -> pb.PayRefundResponse:
        return await self._care.pay(Request.of("ReturnService/PayRefund", request), _refund(request))

    async def GetBoard(self, request: pb.GetBoardRequest, context: Any) -> pb.GetBoardResponse:
        return pb.GetBoardResponse(board=await self._care.board(_refund(request)))

    async def ListBoards(self, request: pb.ListBoardsRequest, context: Any) -> pb.ListBoardsResponse:
        return await self._care.boards(request)

    async def RetryReversals(self, request: pb.RetryReversalsRequest, context: Any) -> pb.RetryReversalsResponse:
        return await self._care.retry(Request.of("ReturnService/RetryReversals", request), _refund(request))

    async def SettleReversal(self, request: pb.SettleReversalRequest, context: Any) -> pb.SettleReversalResponse:
        asked = Request.of("ReturnService/SettleReversal", request)
        ref = fields.text("ref", request.ref, _MOST_REF, empty=True)
        reason = wire.reason(request.reason)
        return await self._care.settle(asked, _refund(request), wire.kind(request.kind), ref, reason)

    async def GetReturnPolicy(self, request: pb.GetReturnPolicyRequest, context: Any) -> pb.GetReturnPolicyResponse:
        async with self._db.read() as tx:
            return pb.GetReturnPolicyResponse(policy=wire_policy.policy(await store_policy.newest(tx)))

    async def PutReturnPolicy(self, request: pb.PutReturnPolicyRequest, context: Any) -> pb.PutReturnPolicyResponse:
        domain_policy.checked(wire_policy.terms(request.policy, 0))

        async def work(tx: Tx) -> pb.PutReturnPolicyResponse:
            version = (await store_policy.newest(tx)).version + 1
            terms = wire_policy.terms(request.policy, version)
            if not await store_policy.insert(tx, terms, self._clock(), access.current().actor):
                raise TransitionRefused("somebody else wrote terms at the same moment", state=f"version {version}")
            return pb.PutReturnPolicyResponse(policy=wire_policy.policy(terms))

        asked = Request.of("ReturnService/PutReturnPolicy", request)
        return await requests.once(self._db, asked, work, pb.PutReturnPolicyResponse)


def _id(request: Any) -> str:
    return fields.identifier("return_id", request.return_id)


def _refund(request: Any) -> str:
    return fields.identifier("refund_id", request.refund_id)


def _name(request: Any) -> str:
    return fields.text("order_id", request.order_id, 64)


def _place(request: Any) -> str:
    """Where goods are, or are expected: staff speak for their own stores."""
    location_id = fields.code("location_id", request.location_id)
    if access.current().kind in (Who.STAFF, Who.DEVICE):
        access.require_location(location_id)
    return location_id
