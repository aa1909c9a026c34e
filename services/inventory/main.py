"""The inventory service, put together."""

from dataclasses import dataclass
from datetime import timedelta

from kit import audit, process
from kit.clock import Clock
from kit.consumer import Consumer
from kit.postgres import Database
from kit.process import Process
from kit.rounds import Rounds
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.audit.v1 import audit_service_pb2_grpc
from omo.inventory.v1 import (
    availability_service_pb2_grpc,
    catalogue_assortment_service_pb2_grpc,
    catalogue_import_service_pb2_grpc,
    catalogue_price_service_pb2_grpc,
    catalogue_search_service_pb2_grpc,
    catalogue_service_pb2_grpc,
    planning_service_pb2_grpc,
    repairs_service_pb2_grpc,
    stock_service_pb2_grpc,
)
from omo.member.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from services.inventory import floor, sending
from services.inventory.assortment.servicer import AssortmentServicer
from services.inventory.assortment.usecases import Assortments
from services.inventory.availability.impact import Preview
from services.inventory.availability.levels import Availability
from services.inventory.availability.limits import Book
from services.inventory.availability.servicer import AvailabilityServicer
from services.inventory.availability.usecases import Availability as Reading
from services.inventory.availability.usecases_rules import Rules
from services.inventory.availability.watch import EDGE, Watch
from services.inventory.catalogue.places import Places
from services.inventory.catalogue.prices import Prices
from services.inventory.catalogue.products import Products
from services.inventory.catalogue.reference import Reference
from services.inventory.catalogue.servicer import CatalogueServicer
from services.inventory.imports.servicer import ImportServicer
from services.inventory.imports.tables import Tables
from services.inventory.imports.usecases import Imports
from services.inventory.permissions import PERMISSIONS
from services.inventory.planning.servicer import PlanningServicer
from services.inventory.planning.usecases import Planning
from services.inventory.pricing.servicer import PriceServicer
from services.inventory.pricing.usecases import ListPrices
from services.inventory.privacy.reactions import PrivacyReactions
from services.inventory.privacy.usecases import DELIVER, Persons
from services.inventory.promises.repairs import Repairs
from services.inventory.repairs import store as repairs_store
from services.inventory.repairs.servicer import RepairServicer
from services.inventory.repairs.usecases import Mends
from services.inventory.returned.reactions import ReturnReactions
from services.inventory.search.relearning import Relearning
from services.inventory.search.servicer import SearchServicer
from services.inventory.search.usecases import Search
from services.inventory.settings import Settings
from services.inventory.stock import ledger
from services.inventory.stock.facts import Facts
from services.inventory.stock.holds import Holds
from services.inventory.stock.journal import Journal
from services.inventory.stock.orders import Orders
from services.inventory.stock.reactions import StockReactions
from services.inventory.stock.servicer import StockFactServicer, StockServicer
from services.inventory.stock.store_proof import CHECKS, OPEN
from services.inventory.stock.sweep import Sweep
from services.inventory.tasks import opening


@dataclass(frozen=True, slots=True)
class Ground:
    """What every capability of this service stands on."""

    settings: Settings
    db: Database
    clock: Clock
    holds: Holds
    reactions: StockReactions
    book: Book
    watch: Watch
    repairs: Repairs


def ground(settings: Settings, db: Database, clock: Clock) -> Ground:
    """The use cases that calls, events and the sweep share."""
    reactions = StockReactions(Orders(clock, settings.time_zone))
    book = Book(clock)
    keep, most = timedelta(days=settings.hold_retention_days), settings.cart_holds_most
    holds = Holds(db, clock, keep, rules=book, most=most)
    repairs = Repairs(db, clock, book, opening)
    return Ground(settings, db, clock, holds, reactions, book, Watch(db, clock, book), repairs)


def open_catalogue(g: Ground, server: Server) -> None:
    """What exists, where, and at what list price."""
    key = g.settings.page_key()
    products, places = Products(g.db, g.clock, key), Places(g.db, g.clock, key)
    prices, reference = Prices(g.db, g.clock, key), Reference(g.db, key)
    server.add(
        catalogue_service_pb2_grpc.add_CatalogueServiceServicer_to_server,
        CatalogueServicer(products, places, prices, reference, g.settings.time_zone),
    )
    server.add(
        catalogue_search_service_pb2_grpc.add_SearchServiceServicer_to_server,
        SearchServicer(Search(g.db, g.clock, key)),
    )
    server.add(
        catalogue_assortment_service_pb2_grpc.add_AssortmentServiceServicer_to_server,
        AssortmentServicer(Assortments(g.db, g.clock, key)),
    )
    server.add(
        catalogue_price_service_pb2_grpc.add_PriceServiceServicer_to_server,
        PriceServicer(ListPrices(g.db, g.clock, key)),
    )
    server.add(catalogue_import_service_pb2_grpc.add_ImportServiceServicer_to_server, ImportServicer(imports(g)))


def imports(g: Ground) -> Imports:
    """Files of goods, on their way into the catalogue."""
    key = g.settings.page_key()
    products = Products(g.db, g.clock, key)
    tables = Tables(products, Prices(g.db, g.clock, key), Places(g.db, g.clock, key), g.settings.time_zone)
    return Imports(g.db, g.clock, products, tables, key)


def open_stock(g: Ground, server: Server) -> None:
    """To whom it is promised, and every movement of it."""
    availability = Availability(g.db, g.clock)
    journal = Journal(g.db, g.clock, g.settings.page_key(), g.settings.time_zone)
    reading, ttl = Reading(g.db, g.clock, g.book), g.settings.hold_ttl_seconds
    server.add(
        stock_service_pb2_grpc.add_StockServiceServicer_to_server,
        StockServicer(g.holds, availability, reading, journal, g.clock, ttl),
    )
    server.add(
        stock_service_pb2_grpc.add_StockFactServiceServicer_to_server,
        StockFactServicer(Facts(g.db, g.clock, g.settings.time_zone), g.clock),
    )


def open_sourcing(g: Ground, server: Server) -> None:
    """Which place sends what, by whose rules, and why."""
    sending.open_sourcing(g.db, g.clock, g.book, g.settings.page_key(), server)


def open_floor(g: Ground, server: Server) -> None:
    """What stores do with goods beside selling them."""
    floor.open_floor(g.settings, g.db, g.clock, g.holds, server)


def floor_timers(g: Ground) -> dict[str, InTx | Leased]:
    """What falls due on the floor."""
    return floor.timers(g.settings, g.db, g.clock, g.holds)


def open_reading(g: Ground, server: Server) -> None:
    """What can be sold where, by rules."""
    key = g.settings.page_key()
    reading, rules = Reading(g.db, g.clock, g.book), Rules(g.db, g.clock, key)
    servicer = AvailabilityServicer(reading, rules, Preview(g.db, g.clock, key))
    server.add(availability_service_pb2_grpc.add_AvailabilityServiceServicer_to_server, servicer)


def open_planning(g: Ground, server: Server) -> None:
    """What the planner foresaw and suggests; it is a process of its own, and never loaded here."""
    transfers = floor.transfers(g.settings, g.db, g.clock, g.holds)
    servicer = PlanningServicer(Planning(g.db, g.clock, transfers, g.settings.page_key()))
    server.add(planning_service_pb2_grpc.add_PlanningServiceServicer_to_server, servicer)


def open_repairs(g: Ground, server: Server) -> None:
    """What an operator does about a drift."""
    mends = Mends(g.db, g.clock, g.holds, g.repairs, g.settings.page_key())
    server.add(repairs_service_pb2_grpc.add_RepairServiceServicer_to_server, RepairServicer(mends))


def open_audit(g: Ground, server: Server, consumer: Consumer) -> None:
    """Proofs, and how far the service is from quiet."""
    servicer = audit.AuditServicer(
        g.db, g.clock, (*CHECKS, *floor.CHECKS, *repairs_store.CHECKS), consumer.pending, OPEN
    )
    server.add(audit_service_pb2_grpc.add_AuditServiceServicer_to_server, servicer)


async def serve(settings: Settings) -> None:
    """Serves until it is told to stop."""
    async with Process("inventory", settings) as p:
        db, _, clock = await p.database(), await p.jetstream(), await p.clock()
        g = ground(settings, db, clock)
        await floor.start(db, clock)
        p.relay()
        # stock first: what is to be sourced is allocated before it is looked at
        persons = Persons(db, clock, PrivacyServiceStub(p.connect(settings.member_target)))
        heard = [*g.reactions.handlers(), *sending.reactions(clock, g.book).handlers()]
        heard += [*ReturnReactions(clock, settings.time_zone).handlers(), *floor.reactions(settings, clock).handlers()]
        consumer = p.consumer([*heard, *PrivacyReactions(persons).handlers()])
        p.loop(Rounds(Sweep(g.holds)))
        p.loop(Rounds(Relearning(db)))
        p.loop(Rounds(g.watch))
        p.timers(
            {
                **imports(g).timers(),
                ledger.REPAIR: Leased(g.repairs.run),
                EDGE: InTx(g.watch.on_edge),
                DELIVER: Leased(persons.deliver),
                **sending.timers(db, clock, g.book),
                **floor_timers(g),
            }
        )
        p.on_stop(g.holds.drain)
        server = p.grpc(PERMISSIONS)
        open_catalogue(g, server)
        open_stock(g, server)
        open_reading(g, server)
        open_sourcing(g, server)
        open_floor(g, server)
        open_planning(g, server)
        open_repairs(g, server)
        open_audit(g, server, consumer)
        await p.run()


if __name__ == "__main__":
    process.main(serve, Settings)
