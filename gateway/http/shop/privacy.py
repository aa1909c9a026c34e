"""What a shopper agreed to, takes along and has forgotten."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import consented
from gateway.http.shapes.consented import (
    ClaimLeftValue,
    Consents,
    ConsentsKept,
    ErasureAnswer,
    ErasureFound,
    ErasurePath,
    ExportAnswer,
    ExportPath,
    LeftValue,
    RequestErasure,
    SetConsents,
)
from omo.member.v1 import privacy_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Privacy"])

TokenPath = Annotated[
    str,
    Path(min_length=1, max_length=500, examples=["<signed token>"], description="`download_token` of the export."),
]
_FILE: dict[int | str, dict[str, object]] = {
    200: {
        "description": "A zip of JSON lines, one file per service and section.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}, "example": "<zip>"}},
    }
}


@router.get("/v1/me/consents", operation_id="list_consents", response_model=Consents)
async def list_consents(ask: Asking) -> Response:
    """What the shopper agreed to, and every choice ever made."""
    return await consented.consents(ask, ask.me)


@router.put("/v1/me/consents", operation_id="set_consents", response_model=ConsentsKept)
async def set_consents(body: SetConsents, ask: Asking) -> Response:
    """Records choices; earlier ones stay on record."""
    return await consented.consented(ask, ask.me, body)


@router.post("/v1/me/exports", operation_id="request_export", response_model=ExportAnswer, status_code=202)
async def request_export(ask: Asking) -> Response:
    """Asks every service for what it keeps of the shopper."""
    return await consented.export(ask, ask.me)


@router.get("/v1/me/exports/{export_id}", operation_id="get_export", response_model=ExportAnswer)
async def get_export(export_id: ExportPath, ask: Asking) -> Response:
    """How far it is; while READY with the link's token."""
    return await consented.exported(ask, export_id)


@router.get("/v1/exports/{token}", operation_id="download_export", responses=_FILE, response_class=Response)
async def download_export(token: TokenPath, ask: Asking) -> Response:
    """The file, once: whoever has the link may fetch it, and nobody twice."""
    data = b""
    while True:
        piece = await ask(ask.to.privacy.DownloadExport, pb.DownloadExportRequest(token=token, offset=len(data)))
        data += piece.data
        if not piece.data or len(data) >= piece.size_bytes:
            break
    headers = {"content-disposition": 'attachment; filename="export.zip"'}
    return Response(data, media_type="application/zip", headers=headers)


@router.post("/v1/me/erasures", operation_id="request_erasure", response_model=ErasureAnswer, status_code=202)
async def request_erasure(ask: Asking, body: RequestErasure | None = None) -> Response:
    """Asks to be forgotten; open orders and value delay it, and say so."""
    return await consented.erase(ask, ask.me, body)


@router.get("/v1/me/erasures/{erasure_id}", operation_id="get_erasure", response_model=ErasureFound)
async def get_erasure(erasure_id: ErasurePath, ask: Asking) -> Response:
    """How far it is."""
    return await consented.erased(ask, erasure_id)


@router.post("/v1/me/left-value", operation_id="claim_left_value", response_model=LeftValue)
async def claim_left_value(body: ClaimLeftValue, ask: Asking) -> Response:
    """Takes what somebody had who was forgotten, by the code that he was given before."""
    request = pb.ClaimLeftValueRequest(request_id=ask.key, member_id=ask.me, claim_code=body.claim_code)
    return asking.answer(LeftValue, await ask(ask.to.privacy.ClaimLeftValue, request))


@router.post("/v1/me/erasures/{erasure_id}/cancel", operation_id="cancel_erasure", response_model=ErasureAnswer)
async def cancel_erasure(erasure_id: ErasurePath, ask: Asking) -> Response:
    """Takes it back, as long as the key is not destroyed."""
    return await consented.stay(ask, erasure_id)
