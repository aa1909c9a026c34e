"""What is collected in stores, put together: proofs and proxies, ways to stores, appointments, what nobody collects."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kit.audit import Check
from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.order.v1.appointment_service_pb2_grpc import add_AppointmentServiceServicer_to_server
from omo.order.v1.leg_service_pb2_grpc import add_LegServiceServicer_to_server
from omo.order.v1.noshow_service_pb2_grpc import add_NoShowServiceServicer_to_server
from omo.order.v1.pickup_service_pb2_grpc import add_PickupServiceServicer_to_server
from services.order.appointments import store as appointments_store
from services.order.appointments.servicer import AppointmentServicer
from services.order.appointments.usecases import NEAR, Appointments
from services.order.fulfilment.pins import Pins
from services.order.fulfilment.usecases import ACCEPT_SLA, PICKUP_DEADLINE
from services.order.fulfilment.usecases_deadlines import Deadlines
from services.order.fulfilment.usecases_handover import CAPTURE, Handovers
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.legs import store as legs_store
from services.order.legs import store_transfers
from services.order.legs.servicer import LegServicer
from services.order.legs.usecases import Legs
from services.order.noshows import store as noshows_store
from services.order.noshows.servicer import NoShowServicer
from services.order.noshows.unclaimed import UNCLAIMED, Unclaimed
from services.order.noshows.usecases import FEE_BACK, NoShows
from services.order.payments.usecases import LET_GO, Payments
from services.order.pickups import store
from services.order.pickups.codes import PickupCodes
from services.order.pickups.proving import Proofs
from services.order.pickups.servicer import PickupServicer
from services.order.pickups.usecases import Pickups
from services.order.pickups.usecases_parts import Parts
from services.order.rerouting.asking import Asking
from services.order.settings import Settings

if TYPE_CHECKING:  # it exists for the type checker only
    from omo.member.v1.credit_service_pb2_grpc import CreditServiceAsyncStub

CHECKS: tuple[Check, ...] = (
    *store.CHECKS,
    *legs_store.CHECKS,
    *store_transfers.CHECKS,
    *appointments_store.CHECKS,
    *noshows_store.CHECKS,
)


class PickupRoom:
    """What the service's own composition asks for."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        clock: Clock,
        pins: Pins,
        payments: Payments,
        undelivered: Undelivered,
        credit: "CreditServiceAsyncStub",
    ) -> None:
        self._db, self._clock, self._pins, self._undelivered = db, clock, pins, undelivered
        self._codes = PickupCodes(settings.pin_key_bytes())
        self._page_key = settings.page_key.encode()
        self.proofs = Proofs(clock, pins, self._codes)
        self.handovers = Handovers(db, clock, self.proofs, payments, undelivered)
        self.unclaimed = Unclaimed(db, clock, undelivered, payments)
        self._appointments = Appointments(db, clock, ZoneInfo(settings.time_zone))
        self._noshows = NoShows(db, clock, self.unclaimed, credit, settings.currency, self._page_key)

    def timers(self) -> dict[str, InTx | Leased]:
        """What falls due."""
        deadlines = Deadlines(self._clock, self.unclaimed.expired)
        return {
            CAPTURE: Leased(self.handovers.capture_due),
            ACCEPT_SLA: InTx(deadlines.accept_missed),
            PICKUP_DEADLINE: InTx(deadlines.pickup_missed),
            NEAR: InTx(self._appointments.near),
            UNCLAIMED: InTx(self.unclaimed.due),
            LET_GO: Leased(self.unclaimed.let_go_due),
            FEE_BACK: Leased(self._noshows.fee_back_due),
        }

    def serve_on(self, server: Server) -> None:
        """What it answers."""
        asking = Asking(self._clock)
        parts = Parts(self._db, self._clock, self._pins, self.proofs, self.handovers, self._undelivered, asking)
        pickups = Pickups(self._db, self._clock, self._pins, self._codes)
        legs = Legs(self._db, self._clock, self._undelivered, self._page_key)
        server.add(add_PickupServiceServicer_to_server, PickupServicer(pickups, parts))
        server.add(add_LegServiceServicer_to_server, LegServicer(legs))
        server.add(add_AppointmentServiceServicer_to_server, AppointmentServicer(self._appointments))
        server.add(add_NoShowServiceServicer_to_server, NoShowServicer(self._noshows))
