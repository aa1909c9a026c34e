"""Gift cards, put together."""

from typing import Any

from kit.consumer import On
from kit.rpc.server import Server
from omo.member.v1 import gift_card_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2 as events
from services.member.cards import store
from services.member.cards.guessing import Guessing
from services.member.cards.personal import HOLDING
from services.member.cards.reactions import CardReactions
from services.member.cards.selling import Selling
from services.member.cards.servicer import GiftCardServicer
from services.member.cards.usecases import Cards
from services.member.ground import Ground, Room


class CardRoom(Room):
    """Batches, sale, assignment; the wallet holds and spends."""

    checks = store.CHECKS
    holdings = (HOLDING,)

    def __init__(self, g: Ground) -> None:
        self._g = g
        self.cards = Cards(g.vault, g.clock)
        self.selling = Selling(self.cards, g.clock)

    def ears(self) -> list[On[Any]]:
        """Orders and store sales, as far as their lines sell cards; of ends after the wallet, which notes them."""
        heard = CardReactions(self.selling)
        return [
            On.many(events.OrderConfirmed, heard.on_orders_confirmed),
            On.many(events.SalesRecorded, heard.on_sales_recorded),
            On.many(events.OrderCancelled, heard.on_orders_cancelled),
            On.many(events.UnitsReturned, heard.on_units_returned),
        ]

    def serve_on(self, server: Server) -> None:
        """Adds the gift card service."""
        g = self._g
        guessing = Guessing(g.db, g.vault, g.clock)
        servicer = GiftCardServicer(g.db, g.clock, self.cards, guessing, self.selling, g.page_key)
        server.add(rpc.add_GiftCardServiceServicer_to_server, servicer)
