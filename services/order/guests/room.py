"""Guests' orders, put together."""

from typing import Any

from kit.clock import Clock
from kit.consumer import On
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import InTx
from omo.member.v1.member_events_pb2 import MemberMerged
from omo.order.v1.guest_order_service_pb2_grpc import add_GuestOrderServiceServicer_to_server
from services.order.checkout.usecases_cancel import Cancellations
from services.order.checkout.usecases_reads import OrderBook
from services.order.guests.claims import AGAIN, GuestClaims
from services.order.guests.forgetting import FORGET, GuestForgetting
from services.order.guests.links import GuestLinks
from services.order.guests.reactions import GuestReactions
from services.order.guests.servicer import GuestOrderServicer
from services.order.guests.usecases import GuestOrders
from services.order.settings import Settings


class GuestRoom:
    """What the service's own composition asks for."""

    def __init__(self, settings: Settings, db: Database, clock: Clock, cancellations: Cancellations) -> None:
        self._db, self._clock, self._cancellations = db, clock, cancellations
        self._links = GuestLinks(settings.pin_key_bytes())
        self._claims = GuestClaims(clock)
        self.forgetting = GuestForgetting(clock)

    def ears(self) -> list[On[Any]]:
        """What it hears."""
        return [On.many(MemberMerged, GuestReactions(self._claims).on_members_merged)]

    def timers(self) -> dict[str, InTx]:
        """What falls due."""
        return {AGAIN: InTx(self._claims.again), FORGET: InTx(self.forgetting.sweep)}

    def serve_on(self, server: Server, book: OrderBook) -> None:
        """What it answers."""
        orders = GuestOrders(self._db, self._clock, self._links, book, self._cancellations)
        server.add(add_GuestOrderServiceServicer_to_server, GuestOrderServicer(orders))
