"""Who collects and who hands over: the shopper's app, and the counter of TPE01."""

import uuid
from dataclasses import dataclass
from typing import Any

from omo.order.v1 import pickup_service_pb2 as pb
from omo.order.v1 import pickup_service_pb2_grpc as rpc
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import Rig


@dataclass(slots=True)
class Desk:
    """The shopper's app and the store's counter."""

    rig: Rig
    store: Store

    @property
    def stub(self) -> Any:
        return rpc.PickupServiceStub(self.rig.channel)

    async def do(self, verb: str, token: str | None = None, **given: Any) -> Any:
        request = getattr(pb, f"{verb}Request")(**given)
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:
            request.request_id = str(uuid.uuid4())
        return await self.rig.call(getattr(self.stub, verb), request, token)

    async def at_counter(self, verb: str, **given: Any) -> Any:
        return await self.do(verb, self.store.adviser(), **given)

    async def part(self, fulfilment_id: str, units: dict[int, int], pin: str = "", **more: Any) -> Any:
        asked = [pb.PickupUnits(line_no=no, quantity=many) for no, many in units.items()]
        return await self.at_counter("HandOverPart", fulfilment_id=fulfilment_id, pin=pin, units=asked, **more)
