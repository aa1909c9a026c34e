"""Coupons as gRPC: unwrap, one use case, wrap."""

from datetime import UTC, datetime
from typing import Any

from kit import access, fields, pages, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import coupon_service_pb2 as pb
from omo.member.v1 import coupon_service_pb2_grpc as rpc
from services.member.coupons import store, wire
from services.member.coupons.usecases import Coupons
from services.member.value import store as lots
from services.member.value import wire as values

_LAST = (datetime(9999, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")
_AT_ONCE = 500


class CouponServicer(rpc.CouponServiceServicer):
    """Campaigns, and who gets a coupon."""

    def __init__(self, db: Database, clock: Clock, coupons: Coupons, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._coupons = coupons
        self._page_key = page_key

    async def PutCouponCampaign(
        self, request: pb.PutCouponCampaignRequest, context: Any
    ) -> pb.PutCouponCampaignResponse:
        """Makes or changes one."""
        given = wire.campaign(request.campaign, self._clock())

        async def work(tx: Tx) -> pb.PutCouponCampaignResponse:
            return pb.PutCouponCampaignResponse(campaign=wire.shown(await self._coupons.put(tx, given)))

        asked = Request.of("CouponService/PutCouponCampaign", request)
        return await requests.once(self._db, asked, work, pb.PutCouponCampaignResponse)

    async def ListCouponCampaigns(
        self, request: pb.ListCouponCampaignsRequest, context: Any
    ) -> pb.ListCouponCampaignsResponse:
        """Newest first."""
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key)
        after = (datetime.fromisoformat(cursor["t"]), cursor["i"]) if cursor else _LAST
        async with self._db.read() as tx:
            rows = await store.page(tx, after, size, self._clock())
        token = ""
        if len(rows) == size:
            last = {"t": rows[-1]["business_time"].isoformat(), "i": rows[-1]["campaign_id"]}
            token = pages.encode(last, self._page_key)
        shown = [wire.shown(store.campaign(row), dict(row)) for row in rows]
        return pb.ListCouponCampaignsResponse(campaigns=shown, next_page_token=token)

    async def IssueCoupons(self, request: pb.IssueCouponsRequest, context: Any) -> pb.IssueCouponsResponse:
        """One to each."""
        campaign_id = fields.identifier("campaign_id", request.campaign_id)
        if not 1 <= len(request.member_ids) <= _AT_ONCE:
            raise invalid("member_ids", f"must be 1 to {_AT_ONCE}")
        members = [fields.identifier(f"member_ids[{n}]", text) for n, text in enumerate(request.member_ids)]

        async def work(tx: Tx) -> pb.IssueCouponsResponse:
            return pb.IssueCouponsResponse(issued=len(await self._coupons.issue(tx, campaign_id, members)))

        asked = Request.of("CouponService/IssueCoupons", request)
        return await requests.once(self._db, asked, work, pb.IssueCouponsResponse)

    async def ClaimCoupon(self, request: pb.ClaimCouponRequest, context: Any) -> pb.ClaimCouponResponse:
        """A member takes one."""
        campaign_id = fields.identifier("campaign_id", request.campaign_id)
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)

        async def work(tx: Tx) -> pb.ClaimCouponResponse:
            made = await self._coupons.claim(tx, campaign_id, member_id)
            lot = (await lots.lock(tx, [made.lot_id]))[made.lot_id]
            return pb.ClaimCouponResponse(coupon=values.lot(lot, self._clock()))

        asked = Request.of("CouponService/ClaimCoupon", request)
        return await requests.once(self._db, asked, work, pb.ClaimCouponResponse)
