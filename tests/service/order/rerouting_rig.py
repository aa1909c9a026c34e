"""Somebody who is asked where his pickup shall go instead: what tests ask for him, and with his link."""

import uuid
from typing import Any

from omo.order.v1 import order_pb2
from omo.order.v1 import rerouting_service_pb2 as pb
from omo.order.v1 import rerouting_service_pb2_grpc as rpc
from tests.service.order.rig import Rig, line
from tests.service.order.sourcing_rig import Sourcing, state_of

OPTION = pb.PickupOption.Value


class Asked:
    """The shopper, whoever has his link, and the brand."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.stub: Any = rpc.ReroutingServiceStub(rig.channel)
        self.sourcing = Sourcing(rig)

    async def terms(self, **given: Any) -> None:
        request = pb.PutPickupPolicyRequest(request_id=str(uuid.uuid4()), policy=pb.PickupPolicy(**given))
        await self.rig.call(self.stub.PutPickupPolicy, request, self.rig.hq())

    async def rejected(self, *lines: Any) -> tuple[order_pb2.Order, str]:
        """An order whose store cannot, and the token of its shopper's link."""
        order = await self.rig.place(lines=list(lines) or [line("COAT", 2)])
        task = await self.sourcing.store.fulfilment_id(order.order_id)
        await self.sourcing.store.step("Reject", task, reason="NOT_IN_STOCK")
        shown = await self.rig.call(self.stub.GetPickupChoice, pb.GetPickupChoiceRequest(order_id=order.order_id))
        return order, shown.token

    async def look(self, token: str) -> pb.PickupChoice:
        """Signed out."""
        reply = await self.rig.call(self.stub.GetPickupChoice, pb.GetPickupChoiceRequest(token=token), "")
        return reply.choice  # type: ignore[no-any-return]

    async def choose(self, token: str, option: str, place: str = "") -> pb.PickupChoice:
        request = pb.ChoosePickupRequest(token=token, option=OPTION(f"PICKUP_OPTION_{option}"), location_id=place)
        return (await self.rig.call(self.stub.ChoosePickup, request, "")).choice  # type: ignore[no-any-return]

    async def tasks(self, order_id: str) -> list[tuple[str, str]]:
        return [(one.location_id, state_of(one)) for one in (await self.rig.get(order_id)).fulfilments]
