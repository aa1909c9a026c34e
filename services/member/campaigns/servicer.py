"""Campaigns as gRPC: unwrap, call one use case, wrap."""

from typing import Any

from kit import access, fields, pages
from kit.clock import Clock
from kit.postgres import Database
from kit.requests import Request, once
from omo.member.v1 import campaigns_service_pb2 as pb
from omo.member.v1 import campaigns_service_pb2_grpc
from services.member.campaigns import store, store_members, wire
from services.member.campaigns.usecases import Campaigns


class CampaignServicer(campaigns_service_pb2_grpc.CampaignServiceServicer):
    """Campaigns, triggers and missions."""

    def __init__(self, db: Database, clock: Clock, campaigns: Campaigns, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._campaigns = campaigns
        self._page_key = page_key

    async def PutCampaign(self, request: pb.PutCampaignRequest, context: Any) -> pb.PutCampaignResponse:
        campaign = wire.campaign(request.campaign)

        async def work(tx: Any) -> pb.PutCampaignResponse:
            row = await self._campaigns.put(tx, campaign)
            return pb.PutCampaignResponse(campaign=wire.campaign_message(row))

        return await once(self._db, Request.of("PutCampaign", request), work, pb.PutCampaignResponse)

    async def GetCampaign(self, request: pb.GetCampaignRequest, context: Any) -> pb.GetCampaignResponse:
        async with self._db.read() as tx:
            row = await self._campaigns.get(tx, fields.code("campaign_id", request.campaign_id))
        return pb.GetCampaignResponse(campaign=wire.campaign_message(row))

    async def ListCampaigns(self, request: pb.ListCampaignsRequest, context: Any) -> pb.ListCampaignsResponse:
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key) or {}
        async with self._db.read() as tx:
            found = await store.page(tx, cursor.get("campaign", ""), size + 1)
        more = pages.encode({"campaign": found[size - 1].campaign_id}, self._page_key) if len(found) > size else ""
        return pb.ListCampaignsResponse(campaigns=map(wire.campaign_message, found[:size]), next_page_token=more)

    async def StartCampaign(self, request: pb.StartCampaignRequest, context: Any) -> pb.StartCampaignResponse:
        campaign_id = fields.code("campaign_id", request.campaign_id)

        async def work(tx: Any) -> pb.StartCampaignResponse:
            row = await self._campaigns.start(tx, campaign_id)
            return pb.StartCampaignResponse(campaign=wire.campaign_message(row))

        return await once(self._db, Request.of("StartCampaign", request), work, pb.StartCampaignResponse)

    async def PauseCampaign(self, request: pb.PauseCampaignRequest, context: Any) -> pb.PauseCampaignResponse:
        campaign_id = fields.code("campaign_id", request.campaign_id)

        async def work(tx: Any) -> pb.PauseCampaignResponse:
            row = await self._campaigns.pause(tx, campaign_id)
            return pb.PauseCampaignResponse(campaign=wire.campaign_message(row))

        return await once(self._db, Request.of("PauseCampaign", request), work, pb.PauseCampaignResponse)

    async def GetCampaignResults(
        self, request: pb.GetCampaignResultsRequest, context: Any
    ) -> pb.GetCampaignResultsResponse:
        async with self._db.read() as tx:
            found = await self._campaigns.results(tx, fields.code("campaign_id", request.campaign_id))
        return pb.GetCampaignResultsResponse(results=found)

    async def ListMissions(self, request: pb.ListMissionsRequest, context: Any) -> pb.ListMissionsResponse:
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        async with self._db.read() as tx:
            rows = await store_members.missions(tx, member_id)
        return pb.ListMissionsResponse(missions=[wire.mission(row, self._clock()) for row in rows])
