"""Headquarters: what members hold of points and tiers, what is done by hand, and what the brand owes."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from gateway.http import csv_pages
from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import loyalty
from gateway.http.shapes.fields import MemberPath, PageSize, PageToken
from gateway.http.shapes.loyalty import Because, GrantTier, ImportTiers, PointsEntry, PointsLot
from gateway.http.shapes.members import StandingAnswer
from omo.member.v1 import points_service_pb2 as pb
from omo.member.v1 import tier_service_pb2 as tiers_pb

router = APIRouter(route_class=Door, tags=["HQ: members"])

_LOT = "0199a5c2-9911-7d10-9a4b-1c2d3e4f5a6b"
LotPath = Annotated[str, Path(min_length=1, max_length=64, examples=[_LOT], description="The lot.")]
_CSV = "month,lots,pending,active,held,value\r\n2027-11,1204,5200,91800,300,97300\r\n"


@router.get("/v1/hq/members/{member_id}/standing", operation_id="get_any_standing", response_model=StandingAnswer)
async def get_any_standing(member_id: MemberPath, ask: Asking) -> Response:
    """Points, tier, what is missing to the next one, and what to keep this one."""
    request = pb.GetStandingRequest(member_id=member_id)
    return asking.answer(StandingAnswer, await ask(ask.to.points.GetStanding, request))


@router.get("/v1/hq/members/{member_id}/points", operation_id="list_any_points", response_model=loyalty.PointsPage)
async def list_any_points(
    member_id: MemberPath, ask: Asking, page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """The member's points statement, newest first."""
    request = pb.ListPointsEntriesRequest(member_id=member_id, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.points.ListPointsEntries, request)
    return asking.page(PointsEntry, "entries", reply.entries, reply.next_page_token)


@router.get(
    "/v1/hq/members/{member_id}/points/lots", operation_id="list_any_points_lots", response_model=loyalty.PointsLots
)
async def list_any_points_lots(
    member_id: MemberPath, ask: Asking, page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """The member's open lots, first what ends first."""
    request = pb.ListLotsRequest(member_id=member_id, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.points.ListLots, request)
    return asking.page(PointsLot, "lots", reply.lots, reply.next_page_token)


@router.post(
    "/v1/hq/members/{member_id}/points/lots/{lot_id}/activate",
    operation_id="activate_lot",
    response_model=StandingAnswer,
)
async def activate_lot(member_id: MemberPath, lot_id: LotPath, body: Because, ask: Asking) -> Response:
    """Makes what is pending in a lot spendable before its time."""
    request = pb.ActivateLotRequest(request_id=ask.key, member_id=member_id, lot_id=lot_id, reason=body.reason)
    return asking.answer(StandingAnswer, await ask(ask.to.points.ActivateLot, request))


@router.get(
    "/v1/hq/members/{member_id}/tier/changes", operation_id="list_any_tier_changes", response_model=loyalty.TierChanges
)
async def list_any_tier_changes(
    member_id: MemberPath, ask: Asking, page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """What became of the member's tier, newest first."""
    request = tiers_pb.ListTierChangesRequest(member_id=member_id, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.tiers.ListTierChanges, request)
    return asking.page(loyalty.TierChange, "changes", reply.changes, reply.next_page_token)


@router.post("/v1/hq/members/{member_id}/tier/grant", operation_id="grant_tier", response_model=StandingAnswer)
async def grant_tier(member_id: MemberPath, body: GrantTier, ask: Asking) -> Response:
    """Gives a tier for a time; what counts toward tiers stays as it is."""
    request = translation.fill(tiers_pb.GrantTierRequest(request_id=ask.key, member_id=member_id), body)
    return asking.answer(StandingAnswer, await ask(ask.to.tiers.GrantTier, request))


@router.post("/v1/hq/members/{member_id}/tier/grant/end", operation_id="end_tier_grant", response_model=StandingAnswer)
async def end_tier_grant(member_id: MemberPath, body: Because, ask: Asking) -> Response:
    """Ends what was given by hand before its time."""
    request = tiers_pb.EndTierGrantRequest(request_id=ask.key, member_id=member_id, reason=body.reason)
    return asking.answer(StandingAnswer, await ask(ask.to.tiers.EndTierGrant, request))


@router.post("/v1/hq/tiers/import", operation_id="import_tiers", response_model=loyalty.ImportedTiers)
async def import_tiers(body: ImportTiers, ask: Asking) -> Response:
    """Takes over tiers and what counted toward them; rows that cannot be taken are answered by their number."""
    request = translation.fill(tiers_pb.ImportTiersRequest(request_id=ask.key), body)
    return asking.answer(loyalty.ImportedTiers, await ask(ask.to.tiers.ImportTiers, request))


@router.get(
    "/v1/hq/points/liability", tags=["HQ: figures"], operation_id="get_liability", response_model=loyalty.Liability
)
async def get_liability(ask: Asking) -> Response:
    """Open points by the month in which they end, and what they are worth."""
    return asking.answer(loyalty.Liability, await ask(ask.to.points.GetLiability, pb.GetLiabilityRequest()))


@router.get(
    "/v1/hq/points/liability.csv",
    tags=["HQ: figures"],
    operation_id="get_liability_csv",
    response_class=Response,
    responses=csv_pages.described(_CSV, paged=False),
)
async def get_liability_csv(ask: Asking) -> Response:
    """The same as CSV, a line a month."""
    reply = await ask(ask.to.points.GetLiability, pb.GetLiabilityRequest())
    rows = ((one.month, one.lots, one.pending, one.active, one.held, one.value) for one in reply.months)
    return csv_pages.page(_CSV.partition("\r\n")[0].split(","), rows, "")
