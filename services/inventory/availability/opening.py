"""The capability put together, as it is served."""

from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.server import Server
from omo.inventory.v1 import availability_service_pb2_grpc as rpc
from services.inventory.availability.impact import Preview
from services.inventory.availability.limits import Book
from services.inventory.availability.servicer import AvailabilityServicer
from services.inventory.availability.usecases import Availability
from services.inventory.availability.usecases_rules import Rules


def open_availability(db: Database, clock: Clock, book: Book, page_key: bytes, server: Server) -> None:
    """Serves what can be sold; `book` is shared with whoever promises stock."""
    servicer = AvailabilityServicer(
        Availability(db, clock, book), Rules(db, clock, page_key), Preview(db, clock, page_key)
    )
    server.add(rpc.add_AvailabilityServiceServicer_to_server, servicer)
