"""The work on the floor as tests drive it: stubs, and who stands where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kit import access
from kit.timers import Due, InTx
from omo.inventory.v1 import (
    counting_service_pb2,
    counting_service_pb2_grpc,
    counting_variance_service_pb2,
    counting_variance_service_pb2_grpc,
    feeds_service_pb2,
    feeds_service_pb2_grpc,
    lots_service_pb2,
    lots_service_pb2_grpc,
    supply_service_pb2,
    supply_service_pb2_grpc,
    tasks_service_pb2,
    tasks_service_pb2_grpc,
    transfers_service_pb2,
    transfers_service_pb2_grpc,
)
from services.inventory import main
from tests.service.inventory.conftest import HQ, Inventory, new

_SERVICES = {
    "StockTaskService": (tasks_service_pb2, tasks_service_pb2_grpc.StockTaskServiceStub),
    "TransferService": (transfers_service_pb2, transfers_service_pb2_grpc.TransferServiceStub),
    "CountService": (counting_service_pb2, counting_service_pb2_grpc.CountServiceStub),
    "VarianceService": (counting_variance_service_pb2, counting_variance_service_pb2_grpc.VarianceServiceStub),
    "SupplyService": (supply_service_pb2, supply_service_pb2_grpc.SupplyServiceStub),
    "StockFeedService": (feeds_service_pb2, feeds_service_pb2_grpc.StockFeedServiceStub),
    "LotService": (lots_service_pb2, lots_service_pb2_grpc.LotServiceStub),
}


def staff(location_id: str = "TPE01", code: str = "A102", role: str = "adviser") -> dict[str, Any]:
    return {"audience": "staff", "sub": f"s-{code}", "roles": [role], "locations": [location_id], "staff_code": code}


@dataclass(slots=True)
class Floor:
    """Calls any RPC of the floor by its name; a request id is made where none is given."""

    inventory: Inventory

    async def do(self, name: str, who: Mapping[str, Any] = HQ, **given: Any) -> Any:
        module, stub = next((module, stub) for module, stub in _SERVICES.values() if hasattr(module, f"{name}Request"))
        kind = getattr(module, f"{name}Request")
        if "request_id" in kind.DESCRIPTOR.fields_by_name:
            given.setdefault("request_id", new())
        return await self.inventory.call(getattr(stub(self.inventory.channel), name), kind(**given), who)

    async def due(self, kind: str, key: str, payload: bytes = b"") -> None:
        """Does what a timer would, now."""
        handler = main.floor_timers(self.inventory.ground)[kind]
        assert isinstance(handler, InTx)
        at = self.inventory.clock()
        with access.acting_as(access.service("inventory")):
            async with self.inventory.db.transaction() as tx:
                await handler.run(tx, [Due(kind=kind, key=key, payload=payload, attempt=1, fence=1, due_time=at)])
