"""The parts of returns, put together."""

from typing import TYPE_CHECKING, Any

from kit.clock import Clock
from kit.consumer import On
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.order.v1.returns_service_pb2_grpc import add_ReturnServiceServicer_to_server
from omo.order.v1.serial_service_pb2_grpc import add_SerialServiceServicer_to_server
from services.order.freight import domain as freight
from services.order.payments.usecases import REFUND, Payments
from services.order.returns import store_prepaid_due, store_proof, store_till
from services.order.returns.boards import Boards
from services.order.returns.care import Care
from services.order.returns.granting import LATE, Granting
from services.order.returns.onward import Onward
from services.order.returns.paying import Paying
from services.order.returns.reactions import ReturnReactions
from services.order.returns.servicer import ReturnServicer
from services.order.returns.taking import Taking
from services.order.returns.till import WAITING, TillReturns
from services.order.returns.usecases import Returns
from services.order.returns.way_back import WayBack
from services.order.serials import store as serials
from services.order.serials.servicer import SerialServicer
from services.order.serials.usecases import Serials
from services.order.settings import Settings

if TYPE_CHECKING:
    from omo.member.v1.credit_service_pb2_grpc import CreditServiceAsyncStub

CHECKS = (*store_proof.CHECKS, *store_till.CHECKS, *store_prepaid_due.CHECKS, *serials.CHECKS)


class ReturnsRoom:
    """What the service's own composition asks for."""

    def __init__(
        self, settings: Settings, db: Database, clock: Clock, payments: Payments, credit: "CreditServiceAsyncStub"
    ) -> None:
        self.boards = Boards(clock)
        self._paying = Paying(db, clock, payments, credit, self.boards)
        granting = Granting(clock)
        self.returns = Returns(db, clock, Taking(clock, granting))
        self.at_tills = TillReturns(clock, granting)
        self._way_back = WayBack(clock, granting)
        care = Care(db, clock, self.boards, settings.page_key.encode())
        self._servicer = ReturnServicer(db, clock, self.returns, care, Onward(db, clock))
        self._serials = SerialServicer(Serials(db, clock))

    def ears(self) -> list[On[Any]]:
        """What it hears."""
        return ReturnReactions(self.boards).handlers()

    def timers(self) -> dict[str, InTx | Leased]:
        """What falls due."""
        return {
            REFUND: Leased(self._paying.due),
            LATE: InTx(self.boards.late),
            WAITING: InTx(self.at_tills.look_again),
            freight.BACK: InTx(self._way_back.due),
        }

    def serve_on(self, server: Server) -> None:
        """What it answers."""
        server.add(add_ReturnServiceServicer_to_server, self._servicer)
        server.add(add_SerialServiceServicer_to_server, self._serials)
