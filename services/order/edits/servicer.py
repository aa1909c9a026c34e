"""Changes of orders as gRPC."""

from typing import Any

from kit import access, fields, requests
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import order_edit_service_pb2 as pb
from omo.order.v1 import order_edit_service_pb2_grpc as rpc
from services.order.checkout.domain import TransitionRefused
from services.order.edits import store, wire
from services.order.edits.usecases import Edits


class OrderEditServicer(rpc.OrderEditServiceServicer):
    """OrderEditService: unwrap, call one use case, wrap."""

    def __init__(self, db: Database, clock: Clock, edits: Edits) -> None:
        self._db = db
        self._clock = clock
        self._edits = edits

    async def PreviewEdit(self, request: pb.PreviewEditRequest, context: Any) -> pb.PreviewEditResponse:
        order_id = fields.identifier("order_id", request.order_id)
        return await self._edits.preview(order_id, wire.actions(request.actions))

    async def ApplyEdit(self, request: pb.ApplyEditRequest, context: Any) -> pb.ApplyEditResponse:
        return await self._edits.apply(Request.of("OrderEditService/ApplyEdit", request), wire.wish(request))

    async def GetEdits(self, request: pb.GetEditsRequest, context: Any) -> pb.GetEditsResponse:
        return await self._edits.list(fields.identifier("order_id", request.order_id))

    async def GetEditPolicy(self, request: pb.GetEditPolicyRequest, context: Any) -> pb.GetEditPolicyResponse:
        async with self._db.read() as tx:
            return pb.GetEditPolicyResponse(policy=wire.policy(await store.policy(tx)))

    async def PutEditPolicy(self, request: pb.PutEditPolicyRequest, context: Any) -> pb.PutEditPolicyResponse:
        wire.terms(request.policy, 0)

        async def work(tx: Tx) -> pb.PutEditPolicyResponse:
            policy = wire.terms(request.policy, (await store.policy(tx)).version + 1)
            if not await store.put_policy(tx, policy, self._clock(), access.current().actor):
                raise TransitionRefused("somebody else wrote it at the same moment", state=f"version {policy.version}")
            return pb.PutEditPolicyResponse(policy=wire.policy(policy))

        asked = Request.of("OrderEditService/PutEditPolicy", request)
        return await requests.once(self._db, asked, work, pb.PutEditPolicyResponse)
