"""Headquarters: what members agreed to, take along and have forgotten, and how long what is kept."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import consented
from gateway.http.shapes.consented import (
    Consents,
    ConsentsKept,
    ErasureAnswer,
    ErasureFound,
    ErasurePath,
    ExportAnswer,
    ExportPath,
    RequestErasure,
    RetentionAnswer,
    RetentionIn,
    RetentionRules,
    SetConsents,
)
from gateway.http.shapes.fields import MemberPath
from omo.member.v1 import privacy_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: privacy"])

_M = "/v1/hq/members/{member_id}"
SubjectPath = Annotated[
    str, Path(min_length=1, max_length=64, examples=["timeline.BROWSING"], description="What it is about.")
]


@router.get(f"{_M}/consents", operation_id="list_any_consents", response_model=Consents)
async def list_any_consents(member_id: MemberPath, ask: Asking) -> Response:
    """What the member agreed to, and every choice ever made."""
    return await consented.consents(ask, member_id)


@router.put(f"{_M}/consents", operation_id="set_any_consents", response_model=ConsentsKept)
async def set_any_consents(member_id: MemberPath, body: SetConsents, ask: Asking) -> Response:
    """Records what the member said to service; `source` is `service`."""
    return await consented.consented(ask, member_id, body)


@router.post(f"{_M}/exports", operation_id="request_any_export", response_model=ExportAnswer, status_code=202)
async def request_any_export(member_id: MemberPath, ask: Asking) -> Response:
    """Asks for the member; only he gets the link."""
    return await consented.export(ask, member_id)


@router.get("/v1/hq/exports/{export_id}", operation_id="get_any_export", response_model=ExportAnswer)
async def get_any_export(export_id: ExportPath, ask: Asking) -> Response:
    """How far it is."""
    return await consented.exported(ask, export_id)


@router.post(f"{_M}/erasures", operation_id="request_any_erasure", response_model=ErasureAnswer, status_code=202)
async def request_any_erasure(member_id: MemberPath, ask: Asking, body: RequestErasure | None = None) -> Response:
    """Asks for the member to be forgotten; open orders and value delay it, and say so."""
    return await consented.erase(ask, member_id, body)


@router.get("/v1/hq/erasures/{erasure_id}", operation_id="get_any_erasure", response_model=ErasureFound)
async def get_any_erasure(erasure_id: ErasurePath, ask: Asking) -> Response:
    """How far it is, what stands in the way, which services have given their receipt."""
    return await consented.erased(ask, erasure_id)


@router.post("/v1/hq/erasures/{erasure_id}/cancel", operation_id="cancel_any_erasure", response_model=ErasureAnswer)
async def cancel_any_erasure(erasure_id: ErasurePath, ask: Asking) -> Response:
    """Takes it back, as long as the key is not destroyed."""
    return await consented.stay(ask, erasure_id)


@router.get("/v1/hq/retention", operation_id="list_retention_rules", response_model=RetentionRules)
async def list_retention_rules(ask: Asking) -> Response:
    """How long everything is kept, and why."""
    return asking.answer(RetentionRules, await ask(ask.to.privacy.ListRetentionRules, pb.ListRetentionRulesRequest()))


@router.put("/v1/hq/retention/{subject}", operation_id="put_retention_rule", response_model=RetentionAnswer)
async def put_retention_rule(subject: SubjectPath, body: RetentionIn, ask: Asking) -> Response:
    """Changes how long something is kept; books never less than the law says."""
    request = pb.PutRetentionRuleRequest(request_id=ask.key)
    translation.fill(request.rule, body, subject=subject)
    return asking.answer(RetentionAnswer, await ask(ask.to.privacy.PutRetentionRule, request))
