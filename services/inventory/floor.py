"""The work on the floor, put together: tasks, transfers, counts, feeds, variances, confidence."""

from kit.audit import Check
from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.inventory.v1 import tasks_service_pb2_grpc, transfers_service_pb2_grpc
from services.inventory.settings import Settings
from services.inventory.stock.holds import Holds
from services.inventory.tasks.servicer import TaskServicer
from services.inventory.tasks.usecases import Tasks
from services.inventory.transfers import store_proof as transfers_proof
from services.inventory.transfers.servicer import TransferServicer
from services.inventory.transfers.usecases import TIDY, Transfers

CHECKS: tuple[Check, ...] = transfers_proof.CHECKS


def transfers(settings: Settings, db: Database, clock: Clock, holds: Holds) -> Transfers:
    """Goods between locations."""
    return Transfers(db, clock, holds, settings.page_key(), settings.time_zone)


def timers(settings: Settings, db: Database, clock: Clock, holds: Holds) -> dict[str, InTx | Leased]:
    """What falls due on the floor."""
    return {TIDY: InTx(transfers(settings, db, clock, holds).tidy)}


def open_floor(settings: Settings, db: Database, clock: Clock, holds: Holds, server: Server) -> None:
    """Everything that stores do with goods beside selling them."""
    key = settings.page_key()
    server.add(
        tasks_service_pb2_grpc.add_StockTaskServiceServicer_to_server,
        TaskServicer(Tasks(db, clock, key)),
    )
    server.add(
        transfers_service_pb2_grpc.add_TransferServiceServicer_to_server,
        TransferServicer(transfers(settings, db, clock, holds), clock),
    )
