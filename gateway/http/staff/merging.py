"""Members who may be one person, as a store's manager settles them; receipts that members show at the till."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import merged as shapes
from gateway.http.shapes.claimed import ClaimAtTill, ClaimedSale
from gateway.http.shapes.fields import MemberPath, PageSize, PageToken
from gateway.http.shop.merging import winners
from omo.member.v1 import merging_service_pb2 as pb
from omo.order.v1 import sales_service_pb2 as sales_pb

router = APIRouter(route_class=Door, tags=["Staff: members"])


@router.get("/v1/staff/merge-candidates", operation_id="list_merge_candidates", response_model=shapes.MergeCandidates)
async def list_merge_candidates(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Pairs that may be one person, best first, with score and reasons."""
    return await queue(ask, page_size, page_token)


@router.get(
    "/v1/staff/members/{member_id}/merges/{other_member_id}",
    operation_id="preview_merge",
    response_model=shapes.PreviewAnswer,
)
async def preview_merge(member_id: MemberPath, other_member_id: shapes.OtherPath, ask: Asking) -> Response:
    """What merging the two would do; who looked is written down."""
    return await preview(member_id, other_member_id, ask)


@router.post("/v1/staff/merges", operation_id="merge_members", response_model=shapes.MergeAnswer)
async def merge_members(body: shapes.MergePair, ask: Asking) -> Response:
    """Makes two members one, whatever they hold or owe."""
    return await merge(body, ask)


@router.get("/v1/staff/members/{member_id}/merges", operation_id="list_merges", response_model=shapes.Merges)
async def list_merges(member_id: MemberPath, ask: Asking) -> Response:
    """In what merges the member stayed or was absorbed."""
    return await listed(member_id, ask)


@router.post(
    "/v1/staff/merge-candidates/{candidate_id}/dismiss",
    operation_id="dismiss_merge_candidate",
    response_model=shapes.CandidateAnswer,
)
async def dismiss_merge_candidate(candidate_id: shapes.CandidatePath, body: shapes.SayTwo, ask: Asking) -> Response:
    """Says that the two are two people."""
    return await dismiss(candidate_id, body, ask)


@router.post("/v1/staff/members/{member_id}/receipts", operation_id="claim_sale", response_model=ClaimedSale)
async def claim_sale(member_id: MemberPath, body: ClaimAtTill, ask: Asking) -> Response:
    """Makes a past sale of the own store the member's who shows its receipt."""
    request = sales_pb.ClaimSaleRequest(request_id=ask.key, member_id=member_id, **body.model_dump())
    return asking.answer(ClaimedSale, await ask(ask.to.sales.ClaimSale, request))


async def queue(ask: Asking, page_size: int, page_token: str) -> Response:
    """The review queue."""
    request = pb.ListMergeCandidatesRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.merging.ListMergeCandidates, request)
    return asking.page(shapes.MergeCandidate, "candidates", reply.candidates, reply.next_page_token)


async def preview(member_id: str, other_member_id: str, ask: Asking) -> Response:
    """What it would do."""
    request = pb.PreviewMergeRequest(member_id=member_id, other_member_id=other_member_id)
    return asking.answer(shapes.PreviewAnswer, await ask(ask.to.merging.PreviewMerge, request))


async def merge(body: shapes.MergePair, ask: Asking, *, despite_conflict: bool = False) -> Response:
    """Makes them one."""
    request = pb.MergeMembersRequest(
        request_id=ask.key,
        member_id=body.member_id,
        other_member_id=body.other_member_id,
        winners=winners(body),
        reason=body.reason,
        despite_conflict=despite_conflict,
    )
    return asking.answer(shapes.MergeAnswer, await ask(ask.to.merging.MergeMembers, request))


async def listed(member_id: str, ask: Asking) -> Response:
    """What became of a member."""
    request = pb.ListMergesRequest(member_id=member_id)
    return asking.answer(shapes.Merges, await ask(ask.to.merging.ListMerges, request))


async def dismiss(candidate_id: str, body: shapes.SayTwo, ask: Asking) -> Response:
    """They are two."""
    request = pb.DismissMergeCandidateRequest(request_id=ask.key, candidate_id=candidate_id, reason=body.reason)
    return asking.answer(shapes.CandidateAnswer, await ask(ask.to.merging.DismissMergeCandidate, request))
