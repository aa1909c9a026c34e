"""The work on the floor, put together: tasks, transfers, counts, feeds, variances, confidence."""

from kit.audit import Check
from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.inventory.v1 import (
    counting_service_pb2_grpc,
    counting_variance_service_pb2_grpc,
    feeds_service_pb2_grpc,
    lots_service_pb2_grpc,
    supply_service_pb2_grpc,
    tasks_service_pb2_grpc,
    transfers_service_pb2_grpc,
)
from services.inventory.backorders import store as backorders_store
from services.inventory.backorders.usecases import Backorders
from services.inventory.confidence import evidence
from services.inventory.counting.servicer import CountServicer
from services.inventory.counting.usecases import Counts
from services.inventory.feeds.servicer import FeedServicer
from services.inventory.feeds.usecases import Feeds
from services.inventory.lots import naming
from services.inventory.lots import store_proof as lots_proof
from services.inventory.lots.blocking import Expiry
from services.inventory.lots.servicer import LotServicer
from services.inventory.lots.usecases import Lots
from services.inventory.settings import Settings
from services.inventory.stock.holds import Holds
from services.inventory.supply.servicer import SupplyServicer
from services.inventory.supply.usecases import LATE, Supply
from services.inventory.tasks.servicer import TaskServicer
from services.inventory.tasks.usecases import Tasks
from services.inventory.transfers import store_proof as transfers_proof
from services.inventory.transfers.legs import Legs
from services.inventory.transfers.reactions import LegReactions
from services.inventory.transfers.servicer import TransferServicer
from services.inventory.transfers.usecases import TIDY, Transfers
from services.inventory.variances import store as variances_store
from services.inventory.variances.servicer import VarianceServicer
from services.inventory.variances.usecases import Variances

CHECKS: tuple[Check, ...] = (
    *transfers_proof.CHECKS,
    *variances_store.CHECKS,
    *backorders_store.CHECKS,
    *lots_proof.CHECKS,
)


def transfers(settings: Settings, db: Database, clock: Clock, holds: Holds) -> Transfers:
    """Goods between locations."""
    return Transfers(db, clock, holds, settings.page_key(), settings.time_zone)


def reactions(settings: Settings, clock: Clock) -> LegReactions:
    """What is heard of order: goods between places, and goods that are missing."""
    return LegReactions(Legs(clock, settings.time_zone))


def supply(settings: Settings, db: Database, clock: Clock) -> Supply:
    """Goods that are to come."""
    return Supply(db, clock, settings.page_key(), settings.time_zone)


def timers(settings: Settings, db: Database, clock: Clock, holds: Holds) -> dict[str, InTx | Leased]:
    """What falls due on the floor."""
    return {
        LATE: InTx(supply(settings, db, clock).late),
        naming.EXPIRE: InTx(Expiry(clock, settings.time_zone).expire),
        TIDY: InTx(transfers(settings, db, clock, holds).tidy),
        evidence.REFRESH: InTx(evidence.Refresh(clock).some),
    }


async def start(db: Database, clock: Clock) -> None:
    """Has how sure the books are looked at from now on."""
    async with db.transaction() as tx:
        await evidence.start(tx, clock())


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
    server.add(
        supply_service_pb2_grpc.add_SupplyServiceServicer_to_server,
        SupplyServicer(supply(settings, db, clock), Backorders(db, clock, key), clock),
    )
    server.add(
        counting_service_pb2_grpc.add_CountServiceServicer_to_server,
        CountServicer(Counts(db, clock, key), clock),
    )
    server.add(
        counting_variance_service_pb2_grpc.add_VarianceServiceServicer_to_server,
        VarianceServicer(Variances(db, clock, key), clock),
    )
    server.add(
        lots_service_pb2_grpc.add_LotServiceServicer_to_server,
        LotServicer(Lots(db, clock, key, settings.time_zone)),
    )
    server.add(
        feeds_service_pb2_grpc.add_StockFeedServiceServicer_to_server,
        FeedServicer(Feeds(db, clock, key, settings.time_zone), clock),
    )
