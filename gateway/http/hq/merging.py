"""Headquarters: members who are one person or two, and value that is frozen until somebody has looked."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import merged as shapes
from gateway.http.shapes.fields import MemberPath, PageSize, PageToken
from gateway.http.staff import merging
from omo.member.v1 import merging_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: members"])


@router.get("/v1/hq/merge-candidates", operation_id="list_all_candidates", response_model=shapes.MergeCandidates)
async def list_all_candidates(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Pairs that may be one person, best first, with score and reasons."""
    return await merging.queue(ask, page_size, page_token)


@router.post(
    "/v1/hq/merge-candidates/{candidate_id}/dismiss",
    operation_id="dismiss_any_candidate",
    response_model=shapes.CandidateAnswer,
)
async def dismiss_any_candidate(candidate_id: shapes.CandidatePath, body: shapes.SayTwo, ask: Asking) -> Response:
    """Says that the two are two people."""
    return await merging.dismiss(candidate_id, body, ask)


@router.get(
    "/v1/hq/members/{member_id}/merges/{other_member_id}",
    operation_id="preview_any_merge",
    response_model=shapes.PreviewAnswer,
)
async def preview_any_merge(member_id: MemberPath, other_member_id: shapes.OtherPath, ask: Asking) -> Response:
    """What merging the two would do; who looked is written down."""
    return await merging.preview(member_id, other_member_id, ask)


@router.post("/v1/hq/merges", operation_id="merge_any_members", response_model=shapes.MergeAnswer)
async def merge_any_members(body: shapes.MergeAnyPair, ask: Asking) -> Response:
    """Makes two members one; also where something that only one person has differs, if headquarters insists."""
    return await merging.merge(body, ask, despite_conflict=body.despite_conflict)


@router.get("/v1/hq/members/{member_id}/merges", operation_id="list_any_merges", response_model=shapes.Merges)
async def list_any_merges(member_id: MemberPath, ask: Asking) -> Response:
    """In what merges the member stayed or was absorbed."""
    return await merging.listed(member_id, ask)


@router.post("/v1/hq/merges/{merge_id}/undo", operation_id="undo_merge", response_model=shapes.MergeAnswer)
async def undo_merge(merge_id: shapes.MergePath, body: shapes.UndoMerge, ask: Asking) -> Response:
    """Makes them two again: what came with the absorbed one goes back; both sign in again."""
    request = pb.UndoMergeRequest(request_id=ask.key, merge_id=merge_id, order_ids=body.order_ids, reason=body.reason)
    return asking.answer(shapes.MergeAnswer, await ask(ask.to.merging.UndoMerge, request))


@router.get("/v1/hq/identity-cases", operation_id="list_identity_cases", response_model=shapes.IdentityCases)
async def list_identity_cases(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Who lost a number to another's proof, or said that it is not his, and nobody has looked; the oldest first."""
    request = pb.ListIdentityCasesRequest(page_size=page_size, page_token=page_token)
    return asking.answer(shapes.IdentityCases, await ask(ask.to.merging.ListIdentityCases, request))


@router.post(
    "/v1/hq/identity-cases/{case_id}/close", operation_id="close_identity_case", response_model=shapes.CaseAnswer
)
async def close_identity_case(case_id: shapes.CasePath, body: shapes.CloseCase, ask: Asking) -> Response:
    """Says that somebody has looked; frozen value is released by itself."""
    request = pb.CloseIdentityCaseRequest(request_id=ask.key, case_id=case_id, reason=body.reason)
    return asking.answer(shapes.CaseAnswer, await ask(ask.to.merging.CloseIdentityCase, request))


@router.get("/v1/hq/frozen-value", operation_id="list_value_freezes", response_model=shapes.ValueFreezes)
async def list_value_freezes(ask: Asking) -> Response:
    """Whose value is frozen until somebody has looked, such as after a telephone number has moved."""
    return asking.answer(shapes.ValueFreezes, await ask(ask.to.merging.ListValueFreezes, pb.ListValueFreezesRequest()))


@router.post("/v1/hq/members/{member_id}/release", operation_id="release_value", response_model=shapes.FreezeAnswer)
async def release_value(member_id: MemberPath, body: shapes.ReleaseValue, ask: Asking) -> Response:
    """Lets the member spend again."""
    request = pb.ReleaseValueRequest(request_id=ask.key, member_id=member_id, reason=body.reason)
    return asking.answer(shapes.FreezeAnswer, await ask(ask.to.merging.ReleaseValue, request))
