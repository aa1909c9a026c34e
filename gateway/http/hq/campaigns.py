"""Headquarters: campaigns and triggers, started, stopped and measured; what bringing members earns."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import campaigned as shapes
from gateway.http.shapes.fields import PageSize, PageToken
from omo.member.v1 import campaigns_pb2
from omo.member.v1 import campaigns_service_pb2 as pb
from omo.member.v1 import referrals_service_pb2 as referrals_pb

router = APIRouter(route_class=Door, tags=["HQ: campaigns"])

CampaignPath = Annotated[
    str, Path(min_length=1, max_length=64, examples=["autumn"], description="The brand's own code of a campaign.")
]


@router.put("/v1/hq/campaigns/{campaign_id}", operation_id="put_campaign", response_model=shapes.CampaignAnswer)
async def put_campaign(campaign_id: CampaignPath, body: shapes.PutCampaign, ask: Asking) -> Response:
    """Keeps a campaign, or a trigger, that is not active."""
    told = translation.fill(campaigns_pb2.Campaign(campaign_id=campaign_id), body)
    request = pb.PutCampaignRequest(request_id=ask.key, campaign=told)
    return asking.answer(shapes.CampaignAnswer, await ask(ask.to.campaigns.PutCampaign, request))


@router.get("/v1/hq/campaigns", operation_id="list_campaigns", response_model=shapes.CampaignPage)
async def list_campaigns(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """All campaigns and triggers."""
    request = pb.ListCampaignsRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.campaigns.ListCampaigns, request)
    return asking.page(shapes.Campaign, "campaigns", reply.campaigns, reply.next_page_token)


@router.get("/v1/hq/campaigns/{campaign_id}", operation_id="get_campaign", response_model=shapes.CampaignAnswer)
async def get_campaign(campaign_id: CampaignPath, ask: Asking) -> Response:
    """A campaign."""
    reply = await ask(ask.to.campaigns.GetCampaign, pb.GetCampaignRequest(campaign_id=campaign_id))
    return asking.answer(shapes.CampaignAnswer, reply)


@router.post(
    "/v1/hq/campaigns/{campaign_id}/start", operation_id="start_campaign", response_model=shapes.CampaignAnswer
)
async def start_campaign(campaign_id: CampaignPath, ask: Asking) -> Response:
    """Makes it active; one that was paused or halted goes on where it was."""
    request = pb.StartCampaignRequest(request_id=ask.key, campaign_id=campaign_id)
    return asking.answer(shapes.CampaignAnswer, await ask(ask.to.campaigns.StartCampaign, request))


@router.post(
    "/v1/hq/campaigns/{campaign_id}/pause", operation_id="pause_campaign", response_model=shapes.CampaignAnswer
)
async def pause_campaign(campaign_id: CampaignPath, ask: Asking) -> Response:
    """Sends no more of it, also of what waits, until it is started again."""
    request = pb.PauseCampaignRequest(request_id=ask.key, campaign_id=campaign_id)
    return asking.answer(shapes.CampaignAnswer, await ask(ask.to.campaigns.PauseCampaign, request))


@router.get(
    "/v1/hq/campaigns/{campaign_id}/results",
    operation_id="get_campaign_results",
    response_model=shapes.CampaignResultsAnswer,
)
async def get_campaign_results(campaign_id: CampaignPath, ask: Asking) -> Response:
    """What became of it, and how much more often those who were written to reached its goal."""
    request = pb.GetCampaignResultsRequest(campaign_id=campaign_id)
    return asking.answer(shapes.CampaignResultsAnswer, await ask(ask.to.campaigns.GetCampaignResults, request))


@router.put("/v1/hq/referral-rules", operation_id="put_referral_rules", response_model=shapes.ReferralRulesAnswer)
async def put_referral_rules(body: shapes.PutReferralRules, ask: Asking) -> Response:
    """Changes what bringing members earns."""
    request = translation.fill(referrals_pb.PutReferralRulesRequest(request_id=ask.key), body)
    return asking.answer(shapes.ReferralRulesAnswer, await ask(ask.to.referrals.PutReferralRules, request))


@router.get("/v1/hq/referral-rules", operation_id="get_referral_rules", response_model=shapes.ReferralRulesAnswer)
async def get_referral_rules(ask: Asking) -> Response:
    """What bringing members earns; version 0: nothing."""
    reply = await ask(ask.to.referrals.GetReferralRules, referrals_pb.GetReferralRulesRequest())
    return asking.answer(shapes.ReferralRulesAnswer, reply)
