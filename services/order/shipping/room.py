"""Sending, put together."""

import grpc

from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.inventory.v1.shipment_service_pb2_grpc import ShipmentServiceStub
from omo.member.v1.identity_service_pb2_grpc import ContactServiceStub
from omo.order.v1 import fulfilment_care_service_pb2_grpc as care_rpc
from omo.order.v1 import shipping_service_pb2_grpc as shipping_rpc
from services.order.freight.usecases import Freight
from services.order.fulfilment.collateral import COLLATERAL
from services.order.fulfilment.parcels import BOOK, CALL_OFF
from services.order.fulfilment.usecases import READY_SLA, SHIP_SLA
from services.order.fulfilment.usecases_deadlines import Deadlines
from services.order.fulfilment.usecases_handover import Handovers
from services.order.fulfilment.usecases_reject import Rejections
from services.order.legs.room import TransferRoom
from services.order.settings import Settings
from services.order.shipping.carrier import Carriers
from services.order.shipping.servicer import ShippingServicer
from services.order.shipping.servicer_care import FulfilmentCareServicer
from services.order.shipping.simulator import SimulatedCarrier
from services.order.shipping.usecases_booking import Booking
from services.order.shipping.usecases_care import Care
from services.order.shipping.usecases_collateral import Collateral
from services.order.shipping.usecases_moves import MOVE, Moves
from services.order.shipping.usecases_packing import Packing
from services.order.shipping.usecases_tracking import Tracking


class ShippingRoom:
    """What the service's own composition asks for."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        clock: Clock,
        to_inventory: grpc.aio.Channel,
        to_member: grpc.aio.Channel,
        handovers: Handovers,
        rejections: Rejections,
    ) -> None:
        self._db, self._clock = db, clock
        self._simulator = SimulatedCarrier(settings.carrier_url, settings.carrier_secret)
        self._carriers = Carriers([self._simulator] if settings.carrier_url else [])
        self._packing = Packing(db, clock, self._carriers, handovers)
        self._booking = Booking(db, clock, self._carriers, ContactServiceStub(to_member))
        self._tracking = Tracking(db, clock, self._carriers, handovers)
        self._moves = Moves(db, clock, ShipmentServiceStub(to_inventory))
        self._transfers = TransferRoom(settings, db, clock, to_inventory, rejections)
        self._collateral = Collateral(db, clock, rejections)
        self._freight = Freight(db, clock, sorted(settings.shipping()), settings.page_key.encode())

    def timers(self) -> dict[str, InTx | Leased]:
        """What falls due."""
        deadlines = Deadlines(self._clock)
        return {
            BOOK: Leased(self._booking.book_due),
            CALL_OFF: Leased(self._booking.call_off_due),
            MOVE: Leased(self._moves.due),
            COLLATERAL: Leased(self._collateral.due),
            READY_SLA: InTx(deadlines.ready_missed),
            SHIP_SLA: InTx(deadlines.ship_missed),
            **self._transfers.timers(),
        }

    def serve_on(self, server: Server) -> None:
        """What it answers."""
        ways = (self._carriers, self._packing, self._booking, self._tracking)
        shipping = ShippingServicer(self._db, self._clock, *ways, self._freight)
        server.add(shipping_rpc.add_ShippingServiceServicer_to_server, shipping)
        care = FulfilmentCareServicer(Care(self._db, self._clock), self._moves)
        server.add(care_rpc.add_FulfilmentCareServiceServicer_to_server, care)
        self._transfers.serve_on(server)

    async def end(self) -> None:
        """Closes the way to the carriers."""
        await self._simulator.close()
