"""The parts of promotions, put together."""

import grpc

from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.server import Server
from omo.member.v1.segments_service_pb2_grpc import SegmentServiceStub
from omo.order.v1.promotion_service_pb2_grpc import add_PromotionServiceServicer_to_server
from services.order.promotions.servicer import PromotionServicer
from services.order.promotions.usecases import Promotions
from services.order.promotions.usecases_rehearsal import Rehearsals
from services.order.promotions.usecases_segments import Memberships
from services.order.reference.usecases import Reference
from services.order.settings import Settings


class PromotionRoom:
    """What the service's own composition asks for."""

    def __init__(
        self, settings: Settings, db: Database, clock: Clock, reference: Reference, member: grpc.aio.Channel
    ) -> None:
        self.promotions = Promotions(db, clock, settings.page_key.encode())
        self.segments = Memberships(SegmentServiceStub(member)).of
        self._servicer = PromotionServicer(db, self.promotions, Rehearsals(db, clock, reference))

    def serve_on(self, server: Server) -> None:
        """What it answers."""
        server.add(add_PromotionServiceServicer_to_server, self._servicer)
