"""Gift cards, put together."""

from kit.rpc.server import Server
from omo.member.v1 import gift_card_service_pb2_grpc as rpc
from services.member.cards import store
from services.member.cards.guessing import Guessing
from services.member.cards.personal import HOLDING
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

    def serve_on(self, server: Server) -> None:
        """Adds the gift card service."""
        g = self._g
        guessing = Guessing(g.db, g.vault, g.clock)
        servicer = GiftCardServicer(g.db, g.clock, self.cards, guessing, g.page_key)
        server.add(rpc.add_GiftCardServiceServicer_to_server, servicer)
