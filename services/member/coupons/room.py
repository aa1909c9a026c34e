"""Coupons, put together."""

from kit.rpc.server import Server
from omo.member.v1 import coupon_service_pb2_grpc as rpc
from services.member.coupons import store
from services.member.coupons.servicer import CouponServicer
from services.member.coupons.usecases import Coupons
from services.member.ground import Ground, Room


class CouponRoom(Room):
    """Campaigns and issue; the wallet holds and spends."""

    checks = store.CHECKS

    def __init__(self, g: Ground) -> None:
        self._g = g
        self.coupons = Coupons(g.clock)

    def serve_on(self, server: Server) -> None:
        """Adds the coupon service."""
        g = self._g
        servicer = CouponServicer(g.db, g.clock, self.coupons, g.page_key)
        server.add(rpc.add_CouponServiceServicer_to_server, servicer)
