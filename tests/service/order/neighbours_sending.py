"""Member's sealed contacts, and inventory's moves of shipments, as sending sees them."""

from dataclasses import dataclass, field
from typing import Any

import grpc

from kit.errors import Code, Fault
from kit.rpc import faults
from omo.inventory.v1 import shipment_service_pb2 as shipment_pb
from omo.inventory.v1 import shipment_service_pb2_grpc as shipment_rpc
from omo.member.v1 import identity_service_pb2 as contact_pb
from omo.member.v1 import identity_service_pb2_grpc as contact_rpc


class _Forgotten(Fault):
    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


class _Elsewhere(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "OUT_OF_STOCK"


@dataclass(slots=True)
class Sending:
    """Addresses by contact, who had them opened, and what was asked to be moved."""

    addresses: dict[str, str] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    moves: list[Any] = field(default_factory=list)
    full: set[str] = field(default_factory=set)
    # so many times it has not heard yet of the order that it is asked about
    unheard: int = 0

    def serve_on(self, server: grpc.aio.Server) -> None:
        contact_rpc.add_ContactServiceServicer_to_server(_Contacts(self), server)  # type: ignore[abstract]
        shipment_rpc.add_ShipmentServiceServicer_to_server(_Shipments(self), server)


class _Contacts(contact_rpc.ContactServiceServicer):
    def __init__(self, world: Sending) -> None:
        self._world = world

    async def Reveal(self, request: contact_pb.RevealRequest, context: Any) -> contact_pb.RevealResponse:
        self._world.opened.append(request.purpose)
        if request.contact_id not in self._world.addresses:
            await faults.abort(context, _Forgotten("no such contact"), "member")
        address = self._world.addresses[request.contact_id]
        return contact_pb.RevealResponse(name="陳小明", phone="+886912345678", address=address)


class _Shipments(shipment_rpc.ShipmentServiceServicer):
    def __init__(self, world: Sending) -> None:
        self._world = world

    async def MoveShipment(
        self, request: shipment_pb.MoveShipmentRequest, context: Any
    ) -> shipment_pb.MoveShipmentResponse:
        if self._world.unheard:
            self._world.unheard -= 1
            await faults.abort(context, _Forgotten("never confirmed", order_id=request.order_id), "inventory")
        self._world.moves.append(request)
        if request.to_location_id in self._world.full:
            await faults.abort(context, _Elsewhere("not all of it"), "inventory")
        return shipment_pb.MoveShipmentResponse(decision_id="d9")
