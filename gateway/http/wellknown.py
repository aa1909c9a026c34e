"""What machines ask of any server: is it well, and which keys sign its tokens."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, status
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Shown, eg
from omo.member.v1 import access_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Operation"])


class Health(Shown):
    """Whether this process takes work."""

    status: Annotated[str, eg("ok", "ok or stopping.")]


class Jwks(Shown):
    """A JWK set (RFC 7517)."""

    keys: Annotated[
        list[dict[str, Any]],
        eg([{"kty": "OKP", "crv": "Ed25519", "kid": "2026-11-a", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]),
    ]


@router.get("/healthz", operation_id="get_health", response_model=Health)
async def get_health(ask: Asking) -> Response:
    """200 while this process takes work, 503 while it stops."""
    able = ask.feed.able
    document = {"status": "ok" if able else "stopping"}
    return asking.encoded(document, status.HTTP_200_OK if able else status.HTTP_503_SERVICE_UNAVAILABLE)


@router.get("/.well-known/jwks.json", operation_id="get_jwks", response_model=Jwks)
async def get_jwks(ask: Asking) -> Response:
    """The public keys that verify access tokens."""
    reply = await ask(ask.to.access.GetJwks, pb.GetJwksRequest())
    response = asking.encoded(json.loads(reply.jwks_json))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
