"""Sourcing, put together: which place sends what, what places refuse, and what waits for a place."""

from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.inventory.v1 import shipment_service_pb2_grpc, sourcing_service_pb2_grpc
from services.inventory.promises.sourced import Promised
from services.inventory.sourcing.reactions import SourcingReactions
from services.inventory.sourcing.servicer import SourcingServicer
from services.inventory.sourcing.servicer_moves import ShipmentServicer
from services.inventory.sourcing.usecases import DECIDE, GIVE_UP, Sourcing
from services.inventory.sourcing.usecases_moves import Moves
from services.inventory.sourcing.usecases_pickups import Pickups
from services.inventory.sourcing.usecases_reads import Reads
from services.inventory.sourcing.usecases_refusals import REFUSED, Refusals
from services.inventory.sourcing.usecases_rejections import Rejections
from services.inventory.sourcing.usecases_rules import RuleSets
from services.inventory.sourcing.usecases_send import Sendings
from services.inventory.sourcing.usecases_waits import Waits
from services.inventory.stock.limits import Rules
from services.inventory.tasks import opening


def reactions(clock: Clock, rules: Rules) -> SourcingReactions:
    """What is heard of order."""
    stock = Promised(clock, rules, opening)
    return SourcingReactions(Sourcing(clock, stock), Refusals(clock, stock))


def timers(db: Database, clock: Clock, rules: Rules) -> dict[str, InTx | Leased]:
    """Refusals and decisions that fall due, and waits that end."""
    stock = Promised(clock, rules, opening)
    return {
        REFUSED: InTx.many(Refusals(clock, stock).take),
        DECIDE: InTx.many(Sourcing(clock, stock).decide),
        GIVE_UP: Leased(Waits(db, clock, stock).give_up),
    }


def open_sourcing(db: Database, clock: Clock, rules: Rules, key: bytes, server: Server) -> None:
    """Which place sends what, by whose rules, and why."""
    stock = Promised(clock, rules, opening)
    sets = RuleSets(db, clock, Sourcing(clock, stock), stock, key)
    rejections, waits, pickups = Rejections(db, clock, stock), Waits(db, clock, stock), Pickups(db, clock, stock)
    servicer = SourcingServicer(sets, Reads(db, key), rejections, waits, pickups, Sendings(db, clock, stock))
    moves = ShipmentServicer(Moves(db, clock, stock))
    server.add(shipment_service_pb2_grpc.add_ShipmentServiceServicer_to_server, moves)
    server.add(sourcing_service_pb2_grpc.add_SourcingServiceServicer_to_server, servicer)
