"""A shopper who has two accounts, or a receipt from before he was known."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import merged as shapes
from gateway.http.shapes.claimed import ClaimedSale, ClaimReceipt
from omo.member.v1 import merging_service_pb2 as pb
from omo.order.v1 import sales_service_pb2 as sales_pb

router = APIRouter(route_class=Door, tags=["Me"])


@router.get("/v1/me/merge-candidates", operation_id="list_own_merges", response_model=shapes.MergeCandidates)
async def list_own_merges(ask: Asking) -> Response:
    """Other accounts that the shopper has just proved are his, by telephone or LINE; a proof is good for 15 minutes."""
    reply = await ask(ask.to.merging.ListMergeCandidates, pb.ListMergeCandidatesRequest())
    return asking.page(shapes.MergeCandidate, "candidates", reply.candidates, "")


@router.get(
    "/v1/me/merge-candidates/{other_member_id}", operation_id="preview_own_merge", response_model=shapes.PreviewAnswer
)
async def preview_own_merge(other_member_id: shapes.OtherPath, ask: Asking) -> Response:
    """What merging it would do: who stays, and what would move. Nothing is changed."""
    request = pb.PreviewMergeRequest(member_id=ask.me, other_member_id=other_member_id)
    return asking.answer(shapes.PreviewAnswer, await ask(ask.to.merging.PreviewMerge, request))


@router.post("/v1/me/merges", operation_id="merge_own", response_model=shapes.MergeAnswer)
async def merge_own(body: shapes.MergeOwn, ask: Asking) -> Response:
    """Makes both accounts one: everything that both hold is the survivor's. The absorbed one must sign in again."""
    request = pb.MergeMembersRequest(
        request_id=ask.key, member_id=ask.me, other_member_id=body.other_member_id, winners=winners(body)
    )
    return asking.answer(shapes.MergeAnswer, await ask(ask.to.merging.MergeMembers, request))


@router.post("/v1/me/receipts", operation_id="claim_receipt", response_model=ClaimedSale)
async def claim_receipt(body: ClaimReceipt, ask: Asking) -> Response:
    """Makes a past store sale the shopper's: points and tier follow as of the sale's own day."""
    request = sales_pb.ClaimSaleRequest(request_id=ask.key, member_id=ask.me, **body.model_dump())
    return asking.answer(ClaimedSale, await ask(ask.to.sales.ClaimSale, request))


def winners(body: shapes.MergeOwn) -> list[pb.FieldWinner]:
    """Whose name is to be kept, where somebody chose."""
    chosen = body.keep_name_of
    return [pb.FieldWinner(field="display_name", member_id=chosen)] if chosen else []
